"""What the command palette offers: rooms, devices, their commands, scenes, automations, actions, points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.actions import ROWS
from app.i18n import SOURCE, current_language, in_language, point_title, tr
from app.selection import Thing
from app.view.device_commands import offered_commands
from app.view.feed import Feed
from app.view.formatting import format_value
from app.view.icon import current_glyph
from app.view.menu_entry import MenuEntry
from app.view.panel.device_condition import condition_text
from app.view.panel.home_badge import presence_choices
from app.view.panel.rule_start import start_rule, titled
from app.view.shown_moment import refuses_in_past
from twin.model import grouping
from twin.model.device import Device
from twin.model.home_presence import HomeMode
from twin.model.rule_status import SceneOutcome
from twin.model.space import Classified
from twin.model.twin import Twin

_SWITCHING = "turn switch toggle"
_EVERYWHERE = "all every everything everywhere house home building turn switch"


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """A command, device or room in the list: what is shown, and the function to call when it is chosen."""

    text: str
    hint: str
    icon: str
    do: Callable[[], object]
    also: str = ""
    """More text by which the entry is found."""
    english: str = ""
    """The text in English, by which the entry is found in every language."""


def _groups(twin: Twin, only: Callable[[frozenset[Thing]], object]) -> list[PaletteEntry]:
    """Entries that isolate the zones of rooms and the systems of devices."""
    found: list[PaletteEntry] = []
    for zone, rooms in grouping.zones(twin.rooms).items():
        things: frozenset[Thing] = frozenset(("room", room.id) for room in rooms)
        found.append(PaletteEntry(zone, tr("Zone · %n rooms", len(rooms)), "eye", lambda these=things: only(these)))
    for system in grouping.systems(twin.placeholders):
        if devices := grouping.devices_in_system(twin, system):
            things = frozenset(("device", id) for id in devices)
            found.append(
                PaletteEntry(system, tr("System · %n devices", len(devices)), "eye", lambda these=things: only(these))
            )
    return found


def _commands(feed: Feed, device: Device) -> Iterator[PaletteEntry]:
    """Entries that command a device; of a switch, the one that changes its state comes first."""
    found = [*offered_commands(device)]
    on = {point.id for point in device.points_of("on_off") if feed.value(point)[0] is True}
    found.sort(key=lambda one: one.verb == "on" and one.point in on)  # stable: "off" comes before "on"
    for one in found:
        point = feed.twin.point_of[one.point]
        now = format_value(point, feed.value(point)[0])
        yield PaletteEntry(one.sentence, now, "switch", lambda it=one: feed.order(it.point, it.verb), _SWITCHING)


def _together(feed: Feed, switches: Callable[[Sequence[Device]], list[MenuEntry]]) -> list[PaletteEntry]:
    """Entries that switch lights and other kinds together, for the building and for each room."""
    twin = feed.twin
    found = [PaletteEntry(text, tr("everywhere"), glyph, do, _EVERYWHERE) for text, glyph, do in switches(twin.devices)]
    for room in twin.rooms:
        entries = switches(twin.devices_in.get(room.id, ()))
        found += [PaletteEntry(text, room.title, glyph, do, _SWITCHING) for text, glyph, do in entries]
    return found


def _rules(feed: Feed, tell: Callable[[str], object]) -> Iterator[PaletteEntry]:
    """Entries that set a scene, start an automation or set the presence of the home, as far as the role allows it."""
    api, known = feed.api, feed.twin.definitions
    if api.may("set_scene"):
        for one in known.scenes:
            if one.enabled:
                hint = f"{tr('Scene')} · {tr('Set')}"
                yield PaletteEntry(one.title or one.id, hint, "rules", partial(_set_scene, feed, one.id))
    if api.may("run_rule"):
        for one in known.automations:
            if one.enabled:
                hint = f"{tr('Automation')} · {tr('Run now')}"
                yield PaletteEntry(one.title or one.id, hint, "rules", partial(_run_rule, feed, one.id, tell))
    if api.may("set_home_presence"):
        for mode, text in presence_choices():
            yield PaletteEntry(text, tr("Presence of the home"), "live", partial(_set_presence, feed, mode))


def _set_scene(feed: Feed, id: str) -> None:
    def is_set(outcome: SceneOutcome) -> None:
        if outcome.failed:
            from app.view.panel.rules import partly_set  # not before it is used

            feed.raise_problem(partly_set(outcome, feed.twin))

    if not refuses_in_past(feed):
        feed.when(feed.api.set_scene(id), is_set)


def _run_rule(feed: Feed, id: str, tell: Callable[[str], object]) -> None:
    start_rule(feed, id, lambda text: tell(titled(feed, id, text)))


def _set_presence(feed: Feed, mode: HomeMode) -> None:
    if not refuses_in_past(feed):
        feed.when(feed.api.set_home_presence(mode.value), lambda _: None)


def _also(groups: Iterable[str], classes: Iterable[Classified]) -> str:
    return " ".join((*groups, *(one.title for one in classes)))


def entries(
    feed: Feed,
    act: Callable[[str], object],
    go: Callable[[str], object],
    only: Callable[[frozenset[Thing]], object],
    switches: Callable[[Sequence[Device]], list[MenuEntry]],
    is_possible: Callable[[str], bool] = lambda _: True,
    tell: Callable[[str], object] = lambda _: None,
) -> Iterator[PaletteEntry]:
    """All entries of the palette in the order used for equal scores, created one by one.

    `only` isolates things, `switches` returns what can be switched together, `is_possible` whether an action is possible;
    `tell` is called with what came of an automation that was started.
    """
    return in_english_too(lambda: _entries(feed, act, go, only, switches, is_possible, tell))


def in_english_too(make: Callable[[], Iterator[PaletteEntry]]) -> Iterator[PaletteEntry]:
    """The entries that `make` creates in the language in force, each found by its English words, too."""
    if current_language() == SOURCE:
        return make()
    pairs = zip(make(), in_language(SOURCE, make()), strict=False)
    return (replace(own, also=f"{own.also} {said.hint} {said.also}", english=said.text) for own, said in pairs)


def _entries(
    feed: Feed,
    act: Callable[[str], object],
    go: Callable[[str], object],
    only: Callable[[frozenset[Thing]], object],
    switches: Callable[[Sequence[Device]], list[MenuEntry]],
    is_possible: Callable[[str], bool],
    tell: Callable[[str], object],
) -> Iterator[PaletteEntry]:
    twin, selection = feed.twin, feed.selection
    for storey in twin.storeys:
        yield PaletteEntry(storey.name, tr("Storey"), "storey", lambda it=storey.id: selection.change(storey=it))
    for room in twin.rooms:
        storey = twin.storey_of.get(room.storey)
        yield PaletteEntry(
            room.title,
            storey.name if storey else "",
            "room",
            lambda it=room.id: (selection.pick_room(it), go(it)),
            _also(room.zones, room.classes),
        )
    yield from _groups(twin, only)
    places = {holder.device: holder for holder in twin.placeholders if holder.device is not None}
    for device in twin.devices:
        room, holder = twin.room_of.get(device.room) if device.room else None, places.get(device.id)
        hint = room.title if room else tr("not in a room yet")
        yield PaletteEntry(
            device.name,
            hint,
            current_glyph(device, feed.value),
            lambda it=device.id: (selection.pick_device(it), go(it)),
            _also(
                (condition_text(feed, device), *(holder.systems if holder else ())), holder.classes if holder else ()
            ),
        )
        yield from _commands(feed, device)
    yield from _together(feed, switches)
    yield from _rules(feed, tell)
    yield from _actions(act, is_possible)


def _actions(act: Callable[[str], object], is_possible: Callable[[str], bool]) -> Iterator[PaletteEntry]:
    for row in ROWS:
        if row.id != "palette" and is_possible(row.id):
            yield PaletteEntry(tr(row.title), row.keys, row.icon, lambda it=row.id: act(it))


def point_entries(feed: Feed, show: Callable[[str], object]) -> Iterator[PaletteEntry]:
    """Entries for all points that can be charted; `show` is called with the point's id."""
    return in_english_too(lambda: _point_entries(feed, show))


def _point_entries(feed: Feed, show: Callable[[str], object]) -> Iterator[PaletteEntry]:
    twin = feed.twin
    for device in twin.devices:
        room = twin.room_of.get(device.room) if device.room else None
        glyph = current_glyph(device, feed.value)
        hint = room.title if room else tr("not in a room yet")
        for point in device.points:
            if point.capability.chart != "none":
                text = f"{device.name} · {point_title(point.title)}"
                yield PaletteEntry(text, hint, glyph, lambda it=point.id: show(it))
