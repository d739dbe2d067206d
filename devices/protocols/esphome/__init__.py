"""ESPHome devices: the native API, plain or encrypted."""
