"""Labels of devices: from a picture to the pairing code on it."""
