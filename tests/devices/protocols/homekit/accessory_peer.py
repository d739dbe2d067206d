"""A HomeKit bridge by HAP-python, in a process of its own: `python accessory_peer.py PORT STATE_FILE [MDNS_ADDRESS]`.

Prints a line of JSON once it listens; lines on its standard input command it: `{"aid": 2, "name": "On", "value": true}`
sets a characteristic as a hand would, `{"aid": 2, "available": false}` takes a device's power, `{"add": "Fan"}` adds one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from pyhap import hap_handler, hsrp
from pyhap.accessory import Accessory, Bridge
from pyhap.accessory_driver import AccessoryDriver

from devices.lab.loopback import LOOPBACK

PIN = b"031-45-154"
MAC = "A1:B2:C3:D4:E5:F6"
SERVICES = (
    (2, "Desk lamp", "Lightbulb", ("Brightness", "Hue", "Saturation", "ColorTemperature")),
    (3, "Climate", "TemperatureSensor", ()),
    (4, "Front door", "LockMechanism", ()),
    (5, "Blind", "WindowCovering", ()),
    (6, "Wall button", "StatelessProgrammableSwitch", ()),
    (7, "Window", "ContactSensor", ("StatusLowBattery",)),
    (8, "Heating", "Thermostat", ("CurrentRelativeHumidity",)),
    (9, "Garage", "GarageDoorOpener", ()),
    (10, "Socket", "Outlet", ()),
)


def whole_bytes(number: int) -> bytes:
    """A number of SRP in its whole length: 1 byte (generator), 64 (hash) or 384 (group of 3072 bits; RFC 5054 section 2.6).

    HAP-python drops leading zeros, so that it refuses about one right code in a hundred as wrong.
    """
    return number.to_bytes(next(size for size in (1, 64, 384) if number.bit_length() <= 8 * size), "big")


hsrp.long_to_bytes = whole_bytes
hap_handler.long_to_bytes = whole_bytes


class Obedient(Accessory):
    """Does what it is told at once: what is targeted is so."""

    powered = True

    @property
    def available(self) -> bool:
        return self.powered

    def begin(self, service: str, extra: tuple[str, ...]) -> Obedient:
        self.set_info_service("1.2.3", "Oikos test", f"model {service}", f"serial-{self.aid}")
        made = self.add_preload_service(service, chars=list(extra))
        for name, follower in FOLLOWS.items():
            if any(one.display_name == name for one in made.characteristics):
                target, current = made.get_characteristic(name), made.get_characteristic(follower)
                target.setter_callback = lambda value, current=current: current.set_value(value)
        return self


FOLLOWS = {
    "LockTargetState": "LockCurrentState",
    "TargetPosition": "CurrentPosition",
    "TargetDoorState": "CurrentDoorState",
}


def characteristic(accessory: Accessory, name: str) -> Any:
    return next(one for service in accessory.services for one in service.characteristics if one.display_name == name)


def order(driver: AccessoryDriver, bridge: Bridge, told: dict[str, Any]) -> None:
    if "add" in told:
        bridge.add_accessory(Obedient(driver, told["add"], aid=99).begin(told["add"], ()))
        driver.config_changed()
        return
    accessory = bridge.accessories[told["aid"]]
    if "available" in told:
        accessory.powered = told["available"]
    else:
        characteristic(accessory, told["name"]).set_value(told["value"])


async def main(port: int, file: str, count: int, mdns: str) -> None:
    loop = asyncio.get_running_loop()
    driver = AccessoryDriver(
        address=LOOPBACK,
        port=port,
        persist_file=file,
        pincode=PIN,
        mac=MAC,
        loop=loop,
        advertise=bool(mdns),
        interface_choice=[mdns] if mdns else None,
    )
    bridge = Bridge(driver, "Test bridge")
    bridge.set_info_service("2.0", "Oikos test", "Bridge", "bridge-1")
    for aid, name, service, extra in SERVICES:
        bridge.add_accessory(Obedient(driver, name, aid=aid).begin(service, extra))
    for n in range(count):
        bridge.add_accessory(Obedient(driver, f"Sensor {n}", aid=1000 + n).begin("TemperatureSensor", ()))
    bridge.setup_message = lambda: None  # standard output is for JSON
    driver.add_accessory(bridge)
    await driver.async_start()
    print(json.dumps({"event": "online"}), flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        order(driver, bridge, json.loads(line))
        print(json.dumps({"event": "done"}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]))
