"""The verbs of the command line, one module each, found by walking; shared parts are in `framework`."""
