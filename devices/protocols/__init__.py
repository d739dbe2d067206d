"""Protocol packages, one folder each; the registry finds them by walking this package."""
