"""Node programs of the lab's virtual Matter and Modbus devices."""

from __future__ import annotations

from pathlib import Path

from devices.node_runtime import NodeProgram

_HERE = Path(__file__).parent

MATTER = NodeProgram(
    _HERE,
    ("matter_devices.mjs", "matter_types.mjs", "matter_software.mjs", "matter_image.mjs", "matter_trust.mjs"),
    prepare="matter_trust.mjs",
    prepared="trust",
)
MODBUS = NodeProgram(_HERE, ("modbus_devices.mjs",), "modbus_package.json", install=("--omit=optional",))
