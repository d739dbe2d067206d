"""Protocol packages, one folder each; `devices.protocol_registry` finds them by walking this package."""
