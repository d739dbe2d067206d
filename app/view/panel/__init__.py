"""Panels, one module per panel; each shows data of the feed and sends requests through it."""
