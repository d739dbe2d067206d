"""From files and drawings to the model of a building."""
