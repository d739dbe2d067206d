"""Import of Home Assistant's registries (areas, floors, devices, entities): rooms without shapes, laid out as blocks."""
