"""Mouse and keyboard tools of the 3D view."""
