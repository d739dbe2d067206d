"""Groups of rooms whose presence is shown as one, as texts."""

from __future__ import annotations

from app.i18n.sentences import translate
from twin.model.privacy import PresenceGroup, PresenceZone
from twin.model.twin import Twin


def zone_title(zone: PresenceZone, twin: Twin) -> str:
    """The rooms of a zone, or the storey that it is as a whole."""
    storey = next((one.name for one in twin.storeys if one.id == zone.storey), "")
    names = (twin.room_of[room].title for room in zone.rooms if room in twin.room_of)
    return storey or ", ".join(names) or translate("privacy.gone_rooms")


def group_text(group: PresenceGroup, twin: Twin) -> str:
    """The rooms of a group, for how many people they are meant, and whether anyone is there."""
    names = ", ".join(twin.room_of[room].title for room in group.rooms if room in twin.room_of)
    found = "too_small" if not group.shown else {True: "present", False: "empty", None: "unknown"}[group.present]
    return translate("privacy.group", rooms=names, places=group.places, state=translate(f"privacy.group.{found}"))
