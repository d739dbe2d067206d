"""The 3D twin: two ways to put VTK into Qt, merged meshes cut by storey, baked light, numpy picks, painted labels."""
