"""Baked light: what each lamp and the sky throw onto the surfaces of one storey. Numbers in, numbers out."""
