"""One folder per protocol, found by walking; nobody names one."""
