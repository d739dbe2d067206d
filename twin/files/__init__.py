"""Files of the user: atomic writing, checks before opening, problems for their errors."""
