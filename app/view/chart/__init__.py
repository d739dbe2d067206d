"""Charts that draw recorded history, thinned to the pixels of the screen."""
