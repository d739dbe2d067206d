"""Devices as markers, and which of them is under the mouse."""
