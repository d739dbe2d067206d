"""Radio links between devices, as the devices themselves measured them, and how good they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from twin.model.ids import DeviceId
from twin.model.problem import Problem

JOB = "radio survey"
"""Name of the job in Progress, for `cancel`."""


class Radio(StrEnum):
    """The radio of a link."""

    ZIGBEE = "zigbee"
    THREAD = "thread"
    WIFI = "wifi"


class RadioRole(StrEnum):
    """What a node does in its network; UNKNOWN where it does not tell."""

    COORDINATOR = "coordinator"
    ROUTER = "router"
    END_DEVICE = "end_device"
    ACCESS_POINT = "access_point"
    UNKNOWN = "unknown"


class RadioStrength(StrEnum):
    """How good a link is, in a word."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"
    UNKNOWN = "unknown"


ZIGBEE_LQI = (80, 192)
"""Largest LQI of a weak and of a fair link, of 255: the steps at which Home Assistant's map of ZHA changes colours."""
THREAD_LQI = (1, 2)
"""The same of Thread's link quality 0 to 3 (Thread specification 4.7.2: 3 is more than 20 dB over the noise, 1 less than 10)."""
RSSI_DBM = (-80, -67)
"""The same of a signal strength: at -80 dBm links break, -67 dBm is the usual design limit of wireless voice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioNode:
    """An end of links. In the twin `key` is the device's id; of a node that is no device of the twin it is a name of its own."""

    key: str
    name: str = ""
    """What its network calls it; empty where that is not known."""
    role: RadioRole = RadioRole.UNKNOWN
    answered: bool = True
    """False where it was asked for its neighbours and did not answer."""
    device: DeviceId | None = None
    """The device of the twin; None for a node that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioLink:
    """A link between the nodes with the keys `start` and `end`, as measured at `heard_ms` (UTC ms; None where that is not
    known)."""

    radio: Radio
    start: str
    end: str
    heard_ms: int | None
    lqi: int | None = None
    """Link quality: 0 to 255 of Zigbee, 0 to 3 of Thread; None where it was not measured."""
    rssi_dbm: int | None = None
    """Received signal strength; None where it was not measured."""

    @property
    def strength(self) -> RadioStrength:
        """The worse of the ratings of link quality and signal strength; UNKNOWN where neither was measured."""
        edges = THREAD_LQI if self.radio is Radio.THREAD else ZIGBEE_LQI
        rated = [_rated(self.lqi, edges)] if self.lqi is not None else []
        rated += [_rated(self.rssi_dbm, RSSI_DBM)] if self.rssi_dbm is not None else []
        return (
            (RadioStrength.WEAK, RadioStrength.FAIR, RadioStrength.STRONG)[min(rated)]
            if rated
            else RadioStrength.UNKNOWN
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioSurvey:
    """What the devices behind one link told of their radio; nodes are named by uids."""

    nodes: tuple[RadioNode, ...] = ()
    links: tuple[RadioLink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioMap:
    """The radio links of the whole twin: each pair of nodes once per radio, ordered weakest first."""

    nodes: tuple[RadioNode, ...] = ()
    links: tuple[RadioLink, ...] = ()
    asked_ms: int | None = None
    """Oldest survey in it (UTC ms); None before the first."""
    can_ask: bool = False
    """Whether there is a link whose devices can be asked."""
    simulated: bool = False
    """Whether links of a simulation are among them."""
    problems: tuple[Problem, ...] = ()
    """Why some could not be asked, at the last survey."""


def _rated(value: int, edges: tuple[int, int]) -> int:
    return sum(value > edge for edge in edges)


def merged(links: Iterable[RadioLink]) -> tuple[RadioLink, ...]:
    """One link for what both of its ends measured: the weaker values, the later time. Weakest first, unknown ones last."""
    found: dict[tuple[Radio, frozenset[str]], RadioLink] = {}
    for link in links:
        if link.start == link.end:
            continue
        key = link.radio, frozenset((link.start, link.end))
        other = found.get(key)
        found[key] = link if other is None else _weaker(other, link)
    return tuple(sorted(found.values(), key=_order))


def _weaker(one: RadioLink, other: RadioLink) -> RadioLink:
    return replace(
        one,
        lqi=_least(one.lqi, other.lqi),
        rssi_dbm=_least(one.rssi_dbm, other.rssi_dbm),
        heard_ms=max((ms for ms in (one.heard_ms, other.heard_ms) if ms is not None), default=None),
    )


def _least(one: int | None, other: int | None) -> int | None:
    return min((value for value in (one, other) if value is not None), default=None)


_BY_STRENGTH = {
    strength: place
    for place, strength in enumerate(
        (RadioStrength.WEAK, RadioStrength.FAIR, RadioStrength.STRONG, RadioStrength.UNKNOWN)
    )
}


def _order(link: RadioLink) -> tuple[int, str, int, int, str, str]:
    return (
        _BY_STRENGTH[link.strength],
        link.radio,
        link.lqi if link.lqi is not None else 256,
        link.rssi_dbm if link.rssi_dbm is not None else 1,
        link.start,
        link.end,
    )
