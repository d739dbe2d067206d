"""Home Assistant's registries of areas, floors, devices and entities: rooms without shapes, laid out as a scheme."""
