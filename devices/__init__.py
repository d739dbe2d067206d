"""Protocols. They speak twin.model only; the rest of Oikos never learns which wire a value came over."""
