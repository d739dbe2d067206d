"""Layers that animate devices: doors, blinds, fans, lamps, motion, alarms."""
