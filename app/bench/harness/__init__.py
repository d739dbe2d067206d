"""Shared parts of the benches: results, time measurement, generated histories."""
