"""One file per verb of the command line, found by walking; what they share is in `framework`."""
