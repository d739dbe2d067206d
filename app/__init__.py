"""The program: composes the twin and the devices, takes commands, shows."""
