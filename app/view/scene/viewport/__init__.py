"""What pixels are drawn into: surfaces on a screen, off a screen, and how fine they are."""
