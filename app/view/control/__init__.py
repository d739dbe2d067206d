"""Controls: one widget per control word of the capability table."""
