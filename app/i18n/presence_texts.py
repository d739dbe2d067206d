"""Groups of rooms whose presence is shown as one, as texts."""

from __future__ import annotations

from app.i18n.sentences import translate
from twin.model.privacy import PresenceGroup
from twin.model.twin import Twin


def group_text(group: PresenceGroup, twin: Twin) -> str:
    """The rooms of a group, for how many people they are meant, and whether anyone is there."""
    names = ", ".join(twin.room_of[room].title for room in group.rooms if room in twin.room_of)
    found = "too_small" if not group.shown else {True: "present", False: "empty", None: "unknown"}[group.present]
    return translate("privacy.group", rooms=names, places=group.places, state=translate(f"privacy.group.{found}"))
