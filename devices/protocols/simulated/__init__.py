"""Simulated building: weather, heat, occupancy, light and power, for the demo and for training. Time is a parameter."""
