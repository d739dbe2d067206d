"""Thread border routers that answered, and whether this machine accepts the routes that they announce."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_MESHCOP = "_meshcop._udp.local."
_PREFIX = 64
"""Length of the prefix that a border router announces for its mesh, bits (RFC 4191 route information)."""
_CONF = Path("/proc/sys/net/ipv6/conf")


@dataclass(frozen=True, slots=True, order=True)
class BorderRouter:
    """One Thread border router as it announces itself."""

    name: str
    network: str = ""
    """Name of the border router's Thread network."""
    vendor: str = ""


def border_routers(packets: Iterable[bytes]) -> tuple[BorderRouter, ...]:
    """The border routers in these answers, each once; packets that are no DNS message are skipped."""
    from devices.mdns import texts_of

    found: dict[str, BorderRouter] = {}
    for name, texts in texts_of(packets, _MESHCOP):
        known = found.get(name, BorderRouter(name))
        found[name] = BorderRouter(name, texts.get("nn", known.network), texts.get("vn", known.vendor))
    return tuple(sorted(found.values()))


def ignores_routes(interface: str, conf: Path = _CONF) -> str:
    """The kernel setting that makes Linux ignore routes to Thread meshes; empty where none does or it is unknown.

    With `accept_ra` 0 another program (NetworkManager, systemd-networkd) may process the announcements.
    """
    if sys.platform != "linux":
        return ""

    def number(name: str) -> int | None:
        try:
            return int((conf / interface / name).read_text("ascii"))
        except (OSError, ValueError):
            return None

    accept, forwarding, longest = number("accept_ra"), number("forwarding"), number("accept_ra_rt_info_max_plen")
    if accept is None or accept == 0:
        return ""
    if accept == 1 and forwarding:
        return "accept_ra=1, forwarding=1"
    return f"accept_ra_rt_info_max_plen={longest}" if longest is not None and longest < _PREFIX else ""
