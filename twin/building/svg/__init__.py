"""SVG plans: shapes that name areas and entities."""
