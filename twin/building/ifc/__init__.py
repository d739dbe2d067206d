"""IFC 2x3, 4 and 4x3: hierarchy, rooms, doors, devices and meshes, built by three geometry libraries."""
