"""A BACnet/IP or, at an IPv6 address, BACnet/IPv6 device by rusty-bacnet, in a process of its own:
`python device_peer.py PORT MORE HOST`.

Prints a line of JSON once it answers; lines on its standard input command it: `{"input": 1, "value": 23.5}` sets an analog
input, `{"out_of_service": 1, "value": true}` takes one out of service, `{"limit": 1, "value": 30.0}` gives one a high limit, of which it
raises alarms.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from rusty_bacnet import BACnetServer, ObjectIdentifier, ObjectType, PropertyIdentifier, PropertyValue, Segmentation

INSTANCE = 260001


def device(port: int, more: int, host: str) -> BACnetServer:
    at: dict[str, Any] = {"interface": host, "broadcast_address": "127.255.255.255", "share_port_by_address": True}
    if ":" in host:
        at = {"transport": "ipv6", "ipv6_interface": host}
    server = BACnetServer(INSTANCE, "Air handler", port=port, segmentation_supported=Segmentation.BOTH, **at)
    server.add_analog_input(1, "Supply temperature", units=62, present_value=21.5)
    server.add_analog_input(2, "Humidity", units=29, present_value=45.0)
    server.add_analog_input(3, "Fan power", units=48, present_value=1.5)
    server.add_analog_output(1, "Heating valve", units=98)
    server.add_analog_value(1, "Setpoint", units=62)
    server.add_binary_input(1, "Filter alarm")
    server.add_binary_output(1, "Fan")
    server.add_multistate_value(1, "Mode", 3)
    server.add_notification_class(1, "Alarms")
    for n in range(more):
        server.add_analog_input(1000 + n, f"Sensor {n}", units=62, present_value=20.0)
    return server


async def limit(server: BACnetServer, input: int, value: float) -> None:
    of, names = ObjectIdentifier(ObjectType.ANALOG_INPUT, input), PropertyIdentifier
    for name, written in (
        (names.HIGH_LIMIT, PropertyValue.real(value)),
        (names.TIME_DELAY, PropertyValue.unsigned(0)),
        (names.NOTIFICATION_CLASS, PropertyValue.unsigned(0)),
        (names.LIMIT_ENABLE, PropertyValue.bit_string(6, b"\x40")),
        (names.EVENT_ENABLE, PropertyValue.bit_string(5, b"\xe0")),
    ):
        await server.write_property_local(of, name, written, source_object=None)


async def order(server: BACnetServer, told: dict[str, Any]) -> None:
    if "limit" in told:
        await limit(server, told["limit"], told["value"])
        return
    if "input" in told:
        object = ObjectIdentifier(ObjectType.ANALOG_INPUT, told["input"])
        await server.set_present_value_local(object, PropertyValue.real(told["value"]))
        return
    object = ObjectIdentifier(ObjectType.ANALOG_INPUT, told["out_of_service"])
    await server.write_property_local(
        object, PropertyIdentifier.OUT_OF_SERVICE, PropertyValue.boolean(told["value"]), source_object=None
    )


async def main(port: int, more: int, host: str) -> None:
    server = device(port, more, host)
    await server.start()
    print(json.dumps({"event": "online"}), flush=True)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        await order(server, json.loads(line))
        print(json.dumps({"event": "done"}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
