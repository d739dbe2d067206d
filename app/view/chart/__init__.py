"""Charts: drawing what history answered, never more of it than the screen has pixels."""
