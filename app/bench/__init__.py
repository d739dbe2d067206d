"""One file per row of the budget table (DESIGN 9), found by walking; each measures itself and its yardstick."""
