"""Replacing a device: the one that takes its place is chosen from a list, then asked once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.view.feed import Feed
from app.view.panel.prompts import ask_user
from twin.model.device import Device


def replacement_entries(window: QWidget, feed: Feed, device: Device) -> list[tuple[str, str, Callable[[], object]]]:
    """Menu entry that replaces a device; none where there is no other one."""
    others = len(feed.twin.devices) > 1
    return [(tr("Replace by another device…"), "device", lambda: choose(window, feed, device))] if others else []


def choose(window: QWidget, feed: Feed, device: Device) -> None:
    """Opens the list of devices that may take its place: those in no room first, then of the same kind."""
    from app.view.panel.palette import CommandPalette
    from app.view.panel.palette_entries import PaletteEntry

    twin = feed.twin
    others = [one for one in twin.devices if one.id != device.id and one.via != device.id]
    others.sort(key=lambda one: (one.room is not None, one.kind != device.kind, one.name.casefold()))

    def entry(one: Device) -> PaletteEntry:
        room = twin.room_of[one.room].title if one.room in twin.room_of and one.room else tr("In no room")
        hint = " · ".join(part for part in (room, one.maker, one.model, one.serial) if part)
        return PaletteEntry(one.name, hint, "device", lambda: _ask(window, feed, device, one), also=one.serial)

    made = CommandPalette(map(entry, others), window, tr("Which device takes the place of {name}?", name=device.name))
    made.show()


def _ask(window: QWidget, feed: Feed, old: Device, new: Device) -> None:
    about = tr(
        "Room, name, history, scenes and rules go on with {new}. {old} leaves the project and its system, and the checkout"
        " begins anew.",
        new=new.name,
        old=old.name,
    )

    def replace() -> None:
        feed.when(feed.api.replace_device(old.id, new.id), lambda _: feed.selection.pick_device(new.id))

    ask_user(window, tr("Replace {name}?", name=old.name), about, tr("Replace"), replace)
