"""The demo buildings, made by make.py."""
