"""Panels: one file per panel; each is fed by the feed and asks through it."""
