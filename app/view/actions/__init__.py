"""Methods that run the actions of the action table, one module per task."""
