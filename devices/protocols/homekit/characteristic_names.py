# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
"""Names of characteristics that the specification has, by aiohomekit's table."""

from __future__ import annotations

from functools import cache

from aiohomekit.model.characteristics.data import characteristics

from devices.protocols.homekit.accessory_database import short_type


@cache
def _names() -> dict[str, str]:
    return {short_type(uuid): str(row["description"]) for uuid, row in characteristics.items()}


def known_name(type: str) -> str:
    """The name of a characteristic's type; empty where the specification has none."""
    return _names().get(type, "")
