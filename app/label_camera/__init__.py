"""Labels before a camera of this machine, or one of the network: a child process reads it, and the codes that it shows."""
