"""Register images of virtual Modbus devices, written from the makers' documents, independent of the adapter's tables."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

type Words = list[int]
type Image = dict[str, dict[int, int]]
"""Registers by address, by space (`holding`, `input`, `coil`)."""


def registers(format: str, *values: float) -> Words:
    """Values as big-endian registers; `format` as in `struct`."""
    data = struct.pack(f">{format}", *values)
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]


def letters(text: str, count: int) -> Words:
    """Text in `count` registers, padded with zeros."""
    data = text.encode("ascii").ljust(2 * count, b"\0")[: 2 * count]
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]


def at(address: int, *parts: Words) -> dict[int, int]:
    """Registers by address, one part after the other from `address` on."""
    return dict(enumerate((word for part in parts for word in part), address))


@dataclass(frozen=True, slots=True)
class VirtualModbusDevice:
    """A virtual device; `measured` returns the registers that change with power and energy."""

    id: str
    name: str
    unit: int
    profile: str
    """Profile to name in `--option units=`; empty where Oikos identifies the device itself."""
    image: Image
    measured: Callable[[float, float], list[tuple[str, int, Words]]]
    """Power in W and energy in Wh to space, address and registers."""


def _sdm630(unit: int, serial: int) -> VirtualModbusDevice:
    phase = {address: registers("f", 230.0 + address) for address in (0, 2, 4)}
    image: Image = {
        "input": at(0, *([0] for _ in range(0x60)))
        | dict.fromkeys(range(0x150, 0x180), 0)
        | {cell: word for address, value in phase.items() for cell, word in at(address, value).items()}
        | at(0x46, registers("f", 50.02))
        | at(0x3E, registers("f", 0.98)),
        "holding": at(0xFC00, registers("I", serial), [0x0070]),
    }
    return VirtualModbusDevice(
        f"sdm630-{unit}",
        f"Lab main meter {unit}",
        unit,
        "",
        image,
        lambda power, energy: [
            ("input", 0x34, registers("f", power)),
            ("input", 0x0C, registers("fff", power / 2, power / 4, power / 4)),
            ("input", 0x06, registers("fff", power / 460, power / 920, power / 920)),
            ("input", 0x48, registers("ff", energy / 1000, 0.0)),
        ],
    )


def _sunspec(unit: int, serial: int) -> VirtualModbusDevice:
    """An inverter with three phases, an input and limits: models 1, 103, 123, then the end."""
    common = [*letters("Oikos Lab", 16), *letters("Inverter 8", 16), *letters("", 8), *letters("1.2.3", 8)]
    start = 40002 + 68
    inverter = [0xFFFF] * 52
    inverter[0:2] = [103, 50]
    inverter[6], inverter[13], inverter[15], inverter[17], inverter[26] = 0xFFFE, 0xFFFF, 0, 0xFFFE, 0  # scales
    inverter[10:13] = [2301, 2304, 2299]
    inverter[16] = 5001
    inverter[18:24], inverter[31] = [0x8000] * 6, 0x8000  # other powers and the power factor: not implemented
    inverter[33:38] = [412, 0x8000, 0x8000, 0x8000, 0xFFFF]
    inverter[38] = 4
    controls = [0] * 26
    controls[0:2] = [123, 24]
    controls[4], controls[5], controls[9], controls[23] = 1, 1000, 0, 0xFFFF
    image: Image = {
        "holding": at(
            40000,
            letters("SunS", 2),
            [1, 66],
            common,
            letters(f"{serial}", 16),
            [unit, 0],
            inverter,
            controls,
            [0xFFFF, 0],
        )
    }
    return VirtualModbusDevice(
        f"inverter-{unit}",
        f"Lab inverter {unit}",
        unit,
        "",
        image,
        lambda power, energy: [
            ("holding", start + 14, registers("h", round(power))),
            ("holding", start + 2, registers("H", round(power / 6.9))),
            ("holding", start + 24, registers("I", round(energy))),
        ],
    )


def _abb(unit: int, serial: int) -> VirtualModbusDevice:
    none16, none32, none64 = [0x7FFF], registers("i", 0x7FFF_FFFF), [0xFFFF] * 4
    image: Image = {
        "holding": at(0x8900, registers("I", serial))
        | at(0x8908, letters("B1.0.0", 8))
        | at(0x8960, letters("B23 112-100", 6))
        | at(0x5000, registers("Q", 0), none64)
        | at(0x5460, *([none64] * 6))
        | at(0x5B00, registers("III", 2300, 2310, 2290))
        | at(0x5B0C, registers("III", 100, 100, 100))
        | at(0x5B14, registers("i", 0), none32, none32, none32)
        | at(0x5B2C, [5000])
        | at(0x5B3A, none16, none16, none16, none16)
    }
    return VirtualModbusDevice(
        f"b23-{unit}",
        f"Lab heat pump meter {unit}",
        unit,
        "",
        image,
        lambda power, energy: [
            ("holding", 0x5B14, registers("i", round(100 * power))),
            ("holding", 0x5000, registers("Q", round(energy / 10))),
        ],
    )


def _relay(unit: int, serial: int) -> VirtualModbusDevice:
    del serial
    return VirtualModbusDevice(
        f"relay-{unit}",
        f"Lab relays {unit}",
        unit,
        "waveshare-relay-8",
        {"coil": dict.fromkeys(range(8), 0)},
        lambda power, energy: [],
    )


MAKERS: tuple[Callable[[int, int], VirtualModbusDevice], ...] = (_sdm630, _sunspec, _abb, _relay)


def virtual_devices(n: int) -> list[VirtualModbusDevice]:
    """The first n devices, with unit ids from 1 on; each kind comes once before any comes twice."""
    return [MAKERS[index % len(MAKERS)](index + 1, 70_000_123 + index) for index in range(n)]
