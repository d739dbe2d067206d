"""What makes several links to one address different links: network cards of KNX routing, discovery prefixes of an MQTT broker."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from twin.model.device import Link


@runtime_checkable
class DistinguishesLinks(Protocol):
    """An adapter that may have several links to one address."""

    def distinction(self, link: Link) -> str:
        """What makes a link another one than others to its address, as its session understands it; empty where nothing does."""
        ...
