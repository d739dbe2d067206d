"""The current that car chargers may draw: charging that is switched on again goes on with the limit of before, which a load
manager may have set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from devices.protocols.matter.attribute_table import CHARGER
from devices.protocols.matter.command_encoding import LEAST_MA, EncodedCommand

_LIMIT = f"/{CHARGER}/7"
"""Path in an endpoint of the most current (mA) with which it charges now (MaximumChargeCurrent, 9.3.8.8): 0 while it must
not."""


class ChargeLimits:
    """By charger, the limit (mA) that it reported when it last charged."""

    def __init__(self) -> None:
        self._limits: dict[tuple[int, str], int] = {}

    def note(self, node: int, path: str, attributes: Mapping[str, Any]) -> None:
        """Keeps the limit that the node has in its attributes, if `path` is that of a charger's limit."""
        limit = attributes.get(path)
        if path.endswith(_LIMIT) and isinstance(limit, int) and limit >= LEAST_MA:
            self._limits[node, path] = limit

    def within(self, asked: EncodedCommand, node: int, endpoint: int, attributes: Mapping[str, Any]) -> EncodedCommand:
        """The command, which asks a charger of known limit for no more than that."""
        path = f"{endpoint}{_LIMIT}"
        self.note(node, path, attributes)
        if asked.command != "EnableCharging" or (node, path) not in self._limits:
            return asked
        return replace(asked, payload={**asked.payload, "maximumChargeCurrent": self._limits[node, path]})
