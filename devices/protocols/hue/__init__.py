"""Hue bridges: CLIP API v2 over TLS with server-sent events."""
