"""The 3D view measured in a process of its own, and the buildings that are shown to it."""
