"""The vocabulary of the twin: pure values and functions, no clock, file, thread or socket. Time is passed in."""
