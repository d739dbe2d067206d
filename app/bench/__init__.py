"""One module per row of the budget table (DESIGN 9), found by walking; each measures our code and a yardstick."""
