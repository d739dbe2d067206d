"""Modbus TCP, and Modbus RTU through a TCP gateway: SunSpec devices, and meters by profile."""
