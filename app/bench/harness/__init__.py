"""What the rows share: what a result is, how time is measured, how a history is filled."""
