"""What happens between an alarm and what raises it: what a device reports of it, whether it is told that the alarm is acknowledged,
and what a watch of the engine has noticed."""

from __future__ import annotations

from msgspec import Struct

from twin.model.text import Text


class AcknowledgeUntold(Struct, frozen=True, tag=True):
    """Acknowledges an alarm whose device is not told yet, for a reason."""

    why: Text


class DeviceTold(Struct, frozen=True, tag=True):
    """The device was told of the acknowledgement, or, not `told`, waits for none."""

    told: bool = True


class DeviceRefused(Struct, frozen=True, tag=True):
    """The device does not take the acknowledgement: the alarm waits for one again."""

    why: Text


class DeviceListed(Struct, frozen=True, tag=True):
    """The device lists the alarm, raised by these events of its own."""

    events: tuple[str, ...]


class DeviceNotified(Struct, frozen=True, tag=True):
    """The device notified what happened to the alarm; `message`: its own words."""

    entry: Text
    message: str = ""


class Explained(Struct, frozen=True, tag=True):
    """What has happened, from the watch that is about to raise the alarm: the alarm itself is about anything of its kind."""

    text: Text


type DeviceAct = AcknowledgeUntold | DeviceTold | DeviceRefused | DeviceListed | DeviceNotified | Explained
