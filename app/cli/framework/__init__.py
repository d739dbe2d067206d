"""Shared parts of all verbs: definition, arguments, output, access to the project or to its running engine."""
