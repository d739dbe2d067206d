"""Baked light: what each lamp and the sky contribute to the surfaces of one storey. Arrays in, arrays out."""
