"""Builds the inspector's pages: each is a list of widgets and their refresh functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.i18n.numbers import format_decimal
from app.view.control.base import Control, ControlState, why_not
from app.view.control.control_table import control_for
from app.view.control.safe_text import entry, set_tip
from app.view.control.widgets import ElidedLabel, IconLabel, StatusDot, ToggleSwitch, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_age, format_protocol, format_reason, format_time
from app.view.icon import current_glyph, device_glyph
from app.view.panel.building_tree_nodes import primary, shown_value
from app.view.panel.day_card import DayCard
from app.view.panel.panel_base import CardFrame, line
from app.view.panel.point_group import PointGroup, common, shared
from app.view.panel.room_values import CountedRows, RoomValues, all_rows, counted_rows
from app.view.panel.second_person import SecondPersonSwitch, waiting_text
from app.view.panel.stated_facts import device_facts, room_facts, size_facts
from app.view.shown_moment import is_shown_online
from twin.model.capability import Group, ValueType
from twin.model.command import CommandState
from twin.model.device import Device, Point
from twin.model.ids import PointId
from twin.model.kind import KINDS
from twin.model.space import Room

_ORDER = (Group.ALARM, Group.ACTUATOR, Group.MEDIA, Group.SENSOR, Group.METER, Group.EVENT, Group.RAW, Group.HEALTH)
_LISTED, _LISTED_TOGETHER = 60, 20
"""Maximum number of devices listed on the page of a room, and on that of a selection."""


@dataclass(slots=True)
class InspectorPage:
    """Widgets from top to bottom, their refresh functions, and the State rows they depend on."""

    parts: list[QWidget] = field(default_factory=list[QWidget])
    steps: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    rows: set[int] = field(default_factory=set[int])

    def refresh(self) -> None:
        """Updates all widgets with the current values."""
        for step in self.steps:
            step()


def device_page(feed: Feed, device: Device, chart: Callable[[str], None]) -> InspectorPage:
    """Page of a device: controls, chart of the last 24 hours, facts."""
    page = InspectorPage()
    _header(page, feed, device)
    points = sorted(device.points, key=_place)
    if points:
        _controls(page, feed, [(point,) for point in points])
    if any(point.writable for point in points):
        switch = SecondPersonSwitch(feed, device)
        page.parts.append(switch)
        page.steps.append(switch.refresh)
    if (point := _charted(device)) is not None:
        card = DayCard(feed, point, chart)
        page.parts.append(card)
        page.steps.append(card.follow)
    _facts(page, feed, device)
    return page


def _place(point: Point) -> tuple[int, bool, bool]:
    """Sort key of a point on its device's page: alarms first; a power switch before all else that acts."""
    return _ORDER.index(point.capability.group), not point.writable, point.capability.id != "on_off"


def many_page(feed: Feed, devices: Sequence[Device]) -> InspectorPage:
    """Page of several devices: controls that command their common points together."""
    page = InspectorPage()
    page.parts.append(text_label(tr("%n devices", len(devices)), "heading"))
    _moment_note(page, feed)
    page.parts.append(text_label(", ".join(device.name for device in devices[:12]), "muted", wrap=True))
    if groups := shared(devices):
        page.parts.append(text_label(tr("TOGETHER"), "section"))
        _controls(page, feed, groups)
    else:
        page.parts.append(text_label(tr("No two of them have a command in common."), "muted", wrap=True))
    page.parts.append(text_label(tr("EACH"), "section"))
    _device_rows(page, feed, devices, _LISTED_TOGETHER)
    return page


def room_page(feed: Feed, room: Room, chart: Callable[[str], None]) -> InspectorPage:
    """Page of a room: combined values, devices, size and other facts."""
    page = InspectorPage()
    storey = feed.twin.storey_of.get(room.storey)
    devices = feed.twin.devices_in.get(room.id, ())
    page.parts.append(_title("room", room.title, storey.name if storey else ""))
    _moment_note(page, feed)
    _room_values(page, feed, counted_rows(devices, feed.live.index), chart, one_room=True)
    if devices:
        page.parts.append(text_label(tr("DEVICES"), "section"))
        _device_rows(page, feed, devices)
    else:
        page.parts.append(
            text_label(tr("No device here yet. Drag one onto the room, or press Ctrl+D."), "muted", wrap=True)
        )
    facts = size_facts(room)
    facts += [(tr("Use"), room.usage)] if room.usage else []
    _fact_card(page, [*facts, *room_facts(feed.twin, room)])
    return page


@dataclass(frozen=True, slots=True)
class BuildingSummary:
    """Content of the building page; the page is rebuilt only if this changes."""

    name: str
    site: str
    storeys: int
    rooms: int
    devices: int
    area_m2: float
    rows: CountedRows
    one_room: bool
    """Whether all devices are in one room, so that the values are aggregated like a room's."""


def building_summary(feed: Feed) -> BuildingSummary:
    """Names, counts, area and values of the building."""
    twin = feed.twin
    places = {device.room for device in twin.devices}
    return BuildingSummary(
        name=twin.name,
        site=twin.site.name,
        storeys=len(twin.storeys),
        rooms=len(twin.rooms),
        devices=len(twin.devices),
        area_m2=sum(room.area_m2 for room in twin.rooms),
        rows=counted_rows(twin.devices, feed.live.index),
        one_room=len(places) == 1 and None not in places,
    )


def building_page(feed: Feed, building: BuildingSummary, chart: Callable[[str], None]) -> InspectorPage:
    """Page of the building, shown if nothing is selected."""
    page = InspectorPage()
    site = building.site if building.site != building.name else ""
    page.parts.append(_title("building", building.name or tr("Building"), site))
    _moment_note(page, feed)
    counts = [
        (tr("Storeys"), format_decimal(building.storeys)),
        (tr("Rooms"), format_decimal(building.rooms)),
        (tr("Devices"), format_decimal(building.devices)),
    ]
    counts += [(tr("Area"), f"{format_decimal(building.area_m2)} m²")] if building.area_m2 else []
    _fact_card(page, counts)
    _room_values(page, feed, building.rows, chart, one_room=building.one_room)
    hint = tr("Click a room or a device to see and command it.")
    page.parts.append(
        text_label(hint if building.devices else tr("No devices yet: Ctrl+D finds them."), "muted", wrap=True)
    )
    return page


def _title(picture: str | IconLabel, text: str, below: str) -> QWidget:
    """Header of a page: icon, title, and a line below."""
    made = QWidget()
    names = QVBoxLayout()
    names.setSpacing(1)
    names.addWidget(ElidedLabel(text, "heading"))
    if below:
        names.addWidget(ElidedLabel(below, "muted"))
    whole = QHBoxLayout(made)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.setSpacing(12)
    whole.addWidget(IconLabel(picture, size=26) if isinstance(picture, str) else picture)
    whole.addLayout(names, 1)
    return made


def _as_it_was(feed: Feed) -> str:
    moment_ms = feed.selection.state.moment_ms
    return tr("Preview of a scene") if moment_ms is None else tr("As it was: {moment}", moment=format_time(moment_ms))


def _moment_note(page: InspectorPage, feed: Feed) -> None:
    """Adds the line that names the past moment whose values the page shows; hidden in the present."""
    note = text_label("", "muted")
    page.parts.append(note)

    def refresh() -> None:
        note.setVisible(feed.past is not None)
        note.setText(_as_it_was(feed) if feed.past is not None else "")

    refresh()
    page.steps.append(refresh)


def _header(page: InspectorPage, feed: Feed, device: Device) -> None:
    kind = KINDS.get(device.kind)
    room = feed.twin.room_of.get(device.room) if device.room else None
    where = room.title if room else tr("not in a room yet")
    picture = IconLabel(device_glyph(device.kind), size=26)
    page.parts.append(_title(picture, device.name, f"{tr(kind.title, about='kind') if kind else ''} · {where}"))
    dot, label = StatusDot("good"), text_label("", "muted")
    strip = QWidget()
    strip.setLayout(row(dot, label, 1))
    page.parts.append(strip)

    def refresh() -> None:
        online = is_shown_online(feed, device.id)
        if device.kind == "lock":
            picture.set_icon(current_glyph(device, feed.value), "muted")
        last = feed.last_seen_ms(device.id)
        if feed.past is not None:
            dot.set_tone("good" if online else "offline")
            label.setText(_as_it_was(feed))
            return
        dot.set_tone("good" if online and device.id not in feed.assumed else "offline")
        age = tr("last seen {ago}", ago=format_age(last, feed.api.now_ms())) if last else tr("never seen")
        assumed = device.id in feed.assumed
        state = tr("Not heard yet") if assumed else tr("Online") if online else tr("Offline")
        label.setText(state if online and not assumed else f"{state} · {age}")

    page.steps.append(refresh)


def _controls(page: InspectorPage, feed: Feed, groups: Sequence[tuple[Point, ...]]) -> None:
    card = CardFrame()
    for i, points in enumerate(groups):
        if i:
            card.column.addWidget(line())
        control, group = control_for(points[0]), PointGroup(feed, points)
        _wire(control, feed, tuple(point.id for point in points))
        card.column.addWidget(control)
        page.steps.append(lambda control=control, group=group: control.show_state(_shown(feed, group)))
        page.rows |= group.rows
    page.parts.append(card)


def _wire(control: Control, feed: Feed, targets: tuple[PointId, ...]) -> None:
    def asked(verb: str, value: object) -> None:
        if len(targets) == 1:
            feed.order(targets[0], verb, value)  # pyright: ignore[reportArgumentType]
        else:
            feed.order_many([(target, verb, value) for target in targets])  # pyright: ignore[reportArgumentType]

    control.asked.connect(asked)


def _shown(feed: Feed, group: PointGroup) -> ControlState:
    point, note = group.points[0], ""
    value, quality, time_ms = feed.value(point)
    if len(group.points) > 1:
        value, note = common(group.values(), point)
    command_statuses = [status for one in group.points if (status := feed.command_statuses.get(one.id))]
    held = next((waiting_text(held) for one in group.points if (held := feed.sent.waiting(one.id))), "")
    pending = [status for status in command_statuses if status.state is CommandState.PENDING]
    return ControlState(
        value=value,
        quality=quality,
        time_ms=time_ms,
        now_ms=feed.api.now_ms(),
        online=any(is_shown_online(feed, one.device) for one in group.points),
        note=note,
        pending=not held and bool(pending),
        waiting=held or next((format_reason(status.reason) for status in pending if status.reason), ""),
        sent=any(status.state is CommandState.SENT for status in command_statuses),
        reason=next(
            (status.reason for status in command_statuses if status.state is CommandState.FAILED and status.reason),
            None,
        ),
        live=feed.past is None,
    )


def _charted(device: Device) -> Point | None:
    best = primary(device)
    numbers = [
        p for p in device.points if p.capability.type is ValueType.NUMBER and p.capability.group is not Group.HEALTH
    ]
    sensed = [p for p in numbers if p.capability.group in (Group.SENSOR, Group.METER)]
    return (sensed or numbers or [best])[0]


def _facts(page: InspectorPage, feed: Feed, device: Device) -> None:
    link = next((link for link in feed.twin.links if link.id == device.link), None)
    via = feed.twin.device_of.get(device.via) if device.via else None
    facts = [
        (tr("Maker"), device.maker), (tr("Model"), device.model), (tr("Serial number"), device.serial),
        (tr("Firmware"), device.firmware), (tr("Protocol"), format_protocol(device.protocol)),
        (tr("Address"), device.address), (tr("Through"), via.name if via else link.title if link else ""),
        (tr("Id"), device.uid),
    ]  # fmt: skip
    page.parts.append(text_label(tr("FACTS"), "section"))
    _fact_card(page, [*(fact for fact in facts if fact[1]), *device_facts(feed.twin, device)])


def _fact_card(page: InspectorPage, facts: Sequence[tuple[str, str]]) -> None:
    card = CardFrame()
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(7)
    grid.setColumnStretch(1, 1)
    for i, (name, value) in enumerate(facts):
        grid.addWidget(text_label(name, "fact"), i, 0)
        grid.addWidget(ElidedLabel(value), i, 1)
    card.column.addLayout(grid)
    page.parts.append(card)


def _room_values(
    page: InspectorPage, feed: Feed, rows: CountedRows, chart: Callable[[str], None], *, one_room: bool
) -> None:
    if rows:
        card = RoomValues(feed, rows, chart, one_room=one_room)
        page.parts.append(card)
        page.steps.append(card.refresh)
        page.rows |= all_rows(rows)


def _device_rows(page: InspectorPage, feed: Feed, devices: Sequence[Device], most: int = _LISTED) -> None:
    card = CardFrame()
    card.column.setSpacing(2)
    for device in devices[:most]:
        card.column.addWidget(_device_row(page, feed, device))
    if len(devices) > most:
        card.column.addWidget(text_label(tr("and %n more", len(devices) - most), "faint"))
    page.parts.append(card)


def _device_row(page: InspectorPage, feed: Feed, device: Device) -> QWidget:
    point = primary(device)
    name = QPushButton(entry(device.name))
    name.setObjectName("link")
    name.setAccessibleName(device.name)
    name.clicked.connect(lambda: feed.selection.pick_device(device.id))
    value, toggle = text_label("", "muted"), ToggleSwitch()
    toggle.setAccessibleName(device.name)
    switch = point if point and point.writable and point.capability.id == "on_off" else None
    toggle.setVisible(switch is not None)
    if switch is not None:
        toggle.clicked.connect(lambda: feed.order(switch.id, "off" if toggle.isChecked() else "on"))
    picture = IconLabel(device_glyph(device.kind), size=18)
    made = QWidget()
    waits = IconLabel("clock", tone="accent", size=16)
    made.setLayout(row(picture, name, 1, value, waits, toggle))
    made.layout().setContentsMargins(0, 3, 0, 3)  # pyright: ignore[reportOptionalMemberAccess]
    if point is not None and (index := feed.live.index(point.id)) is not None:
        page.rows.add(index)

    def refresh() -> None:
        online = is_shown_online(feed, device.id)
        now = feed.value(point)[0] if point else None
        status = feed.command_statuses.get(point.id) if point else None
        toggle.setChecked(now is True)
        held = feed.sent.waiting(point.id) if point else None
        toggle.set_pending(bool(status and status.state is CommandState.PENDING and held is None))
        reason = why_not(online=online, live=feed.past is None)
        toggle.setEnabled(not reason)
        set_tip(toggle, reason)
        value.setText(shown_value(point, now, online) if point and (switch is None or not online) else "")
        set_tip(value, format_reason(status.reason if status else None))
        waits.setVisible(held is not None)
        set_tip(waits, waiting_text(held) if held is not None else "")
        picture.set_icon(current_glyph(device, feed.value), "muted" if online else "faint")

    page.steps.append(refresh)
    return made
