"""Values of the twin as colours: readings, scales, trends, comparison."""
