"""Layers that animate what devices do: doors, blinds, fans, lamps, motion, alarms."""
