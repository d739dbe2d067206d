"""Simulated building: weather, heat, people, light and power, for the demo and for training. Time is passed in."""
