"""BACnet/IP devices: their inputs, outputs and values, polled and by change of value."""
