"""HomeKit Accessory Protocol over IP: accessories and bridges paired by their setup code."""
