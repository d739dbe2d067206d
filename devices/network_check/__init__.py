"""The network check: can devices be discovered and reached from here, and if not, why not. Nothing leaves the local link."""
