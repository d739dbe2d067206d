"""What devices do, on the building itself."""
