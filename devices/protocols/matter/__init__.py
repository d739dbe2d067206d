"""Matter's parts: setup codes, the managed server, its wire, and what clusters mean."""
