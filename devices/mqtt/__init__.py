"""What MQTT needs beside its adapter: the discovery format of Home Assistant, its templates and colours, the wire."""
