"""Matter: setup codes, the managed server, its client, and the meaning of clusters."""
