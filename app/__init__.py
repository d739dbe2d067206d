"""The program: engine, server, command line and window of the twin."""
