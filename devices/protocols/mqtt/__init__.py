"""MQTT with Home Assistant's discovery format."""
