"""Network check: whether devices can be discovered and reached from this machine. Nothing leaves the local link."""
