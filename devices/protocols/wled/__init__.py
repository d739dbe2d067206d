"""WLED light controllers: JSON over HTTP and WebSocket."""
