"""The camera: poses, flights between them, orbiting, kept viewpoints."""
