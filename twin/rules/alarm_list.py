"""Status of a project's alarms for display: titles and instructions as texts, rooms and devices by their ids."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from twin.model.alarm import AlarmOverlay, AlarmStatus
from twin.model.device import Device
from twin.model.ids import DeviceId, LinkId, PointId, RoomId
from twin.model.text import EARLIER, Text
from twin.model.twin import Twin
from twin.rules.alarm_book import AlarmBook
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_evaluation import AlarmMemory
from twin.rules.alarm_proposals import TEMPLATES
from twin.rules.alarm_state import AlarmPhase, AlarmState
from twin.rules.care_alarms import care_key, is_of_care
from twin.rules.device_alarm_definition import DEVICE_ALARM
from twin.rules.rule_view import RuleView, online_key

_ONLINE, _ROOM, _WARNING = online_key(""), "room:", "warning:"


class AlarmPlace:
    """The point, device, link or room of a twin that an alarm's key refers to."""

    def __init__(self, key: str, twin: Twin) -> None:
        self.own = key.startswith(DEVICE_ALARM)
        """Whether the device raises the alarm itself."""
        self.point = twin.point_of.get(PointId(key.removeprefix(DEVICE_ALARM).rpartition("/")[0] if self.own else key))
        prefix = next((one for one in (_ONLINE, _WARNING) if key.startswith(one)), "")
        of = key.removeprefix(prefix) if prefix else ""
        self.device: Device | None = twin.device_of.get(self.point.device if self.point else DeviceId(of))
        self.link = next((link for link in twin.links if of and link.id == LinkId(of)), None)
        room = RoomId(key.removeprefix(_ROOM).rpartition("/")[0]) if key.startswith(_ROOM) else None
        self.room = twin.room_of.get(room or (self.device.room if self.device else None) or RoomId(""))

    @property
    def there(self) -> bool:
        """Whether the twin has the point, device, link or room."""
        return bool(self.point or self.device or self.link or self.room)

    @property
    def name(self) -> str:
        """Name of the device, link or room as shown to users; empty where there is none."""
        if self.device is not None:
            named = self.own and self.point is not None and self.point.info.label
            return f"{self.device.name}, {named}" if named else self.device.name
        if self.link is not None:
            return self.link.title or self.link.address
        return self.room.title if self.room is not None else ""


def watches_what_is_there(definition: AlarmDefinition, twin: Twin) -> bool:
    """Whether the thing that an alarm watches is in the twin; True for keys set by rules and alarms."""
    key = definition.key
    of_thing = not key.startswith(("told:", "alarm:"))
    return not of_thing or AlarmPlace(key, twin).there


def alarm_title(definition: AlarmDefinition, twin: Twin) -> Text:
    """Title of an alarm: its own, else that of its template with the name of the watched thing; of care with the person's."""
    return of_person(definition.id, kept_title(definition, twin), twin)


def kept_title(definition: AlarmDefinition, twin: Twin) -> Text:
    """Title of an alarm as it may be stored: without the name of a person in care."""
    if definition.title:
        return Text(EARLIER, text=definition.title)
    template = definition.id.partition(":")[0]
    if is_of_care(definition.id):
        return Text(f"alarm.of.{template}")
    name = AlarmPlace(definition.key, twin).name or _room_name(definition, twin) or definition.id.partition(":")[2]
    return Text(f"alarm.of.{template if template in TEMPLATES else 'other'}", name=name)


def of_person(alarm: str, title: Text | str, twin: Twin) -> Text:
    """The title of an alarm of care with the person's name, as far as the twin tells it; that of any other as it is."""
    person = twin.person_of(care_key(alarm)) if is_of_care(alarm) else ""
    if person:
        return Text("alarm.of_person", person=person, alarm=title)
    return title if isinstance(title, Text) else Text(EARLIER, text=title)


def rule_title(id: str, title: str, twin: Twin) -> Text:
    """Title of an automation, schedule or scene: its own, else that of its template and room, else its id."""
    template, _, of = id.partition(":")
    room = twin.room_of.get(RoomId(of))
    if title or template not in TEMPLATES or room is None:
        return Text(EARLIER, text=title or id)
    return Text(f"alarm.of.{template}", name=room.title)


def _room_name(definition: AlarmDefinition, twin: Twin) -> str:
    room = twin.room_of.get(RoomId(definition.room))
    return room.title if room is not None else ""


def what_to_do(definition: AlarmDefinition) -> Text | None:
    """Instruction of an alarm: its own, else that of its template; None where there is none."""
    if definition.what_to_do:
        return Text(EARLIER, text=definition.what_to_do)
    template = definition.id.partition(":")[0]
    return Text(f"alarm.do.{template}") if not definition.title and template in TEMPLATES else None


def hidden_by(causes: Iterable[str], definitions: Mapping[str, AlarmDefinition], twin: Twin) -> Text:
    """Text that names the causes of suppression: titles of alarms; a cause that is no known alarm is named by its id."""
    titles = [alarm_title(definitions[one], twin) if one in definitions else one for one in causes]
    return Text("alarm.hidden_by", cause=titles)


def alarm_status(
    definition: AlarmDefinition,
    state: AlarmState,
    twin: Twin,
    view: RuleView | None,
    definitions: Mapping[str, AlarmDefinition],
) -> AlarmStatus:
    """The status of one alarm for display. `view` None: values are not known; `definitions` are used to name what
    hides it.
    """
    place = AlarmPlace(definition.key, twin)
    room = place.room.id if place.room is not None else RoomId(definition.room) if definition.room else None
    key = place.point.id if place.own and place.point is not None else definition.key
    value = view.get(key) if view is not None else math.nan
    overlay, why = _overlay(state, definitions, twin)
    return AlarmStatus(
        id=definition.id,
        title=_title(definition, state, twin),
        what_to_do=what_to_do(definition),
        priority=int(state.priority or definition.priority),
        category=definition.category.value,
        phase=state.phase.value,
        since_ms=state.since_ms,
        raised_ms=state.raised_ms or state.since_ms,
        room=room,
        device=place.device.id if place.device is not None else None,
        point=place.point.id if place.point is not None else None,
        value=None if math.isnan(value) else value,
        count=state.count,
        acked_by=state.acked_by,
        overlay=overlay,
        until_ms=state.shelved_until_ms,
        why=why,
        uncertain=state.uncertain_since_ms is not None,
        longest_shelf_ms=definition.longest_shelf_ms,
        message=state.message if state.phase is not AlarmPhase.NORMAL else "",
        untold=state.untold.why if state.untold is not None else None,
    )


def _title(definition: AlarmDefinition, state: AlarmState, twin: Twin) -> Text:
    title = alarm_title(definition, twin)
    return title_about(title, state.about) if state.phase is not AlarmPhase.NORMAL else title


def title_about(title: Text, happened: Sequence[Text]) -> Text:
    """The title of an alarm with what happened, the newest first."""
    return Text("alarm.about", alarm=title, about=[*reversed(happened)]) if happened else title


def _overlay(
    state: AlarmState, definitions: Mapping[str, AlarmDefinition], twin: Twin
) -> tuple[AlarmOverlay, Text | None]:
    if state.out_of_service:
        return AlarmOverlay.OUT_OF_SERVICE, Text(EARLIER, text=state.out_of_service)
    if state.shelved_until_ms is not None:
        return AlarmOverlay.SHELVED, Text(EARLIER, text=state.shelved_why)
    if state.causes:
        return AlarmOverlay.SUPPRESSED, hidden_by(state.causes, definitions, twin)
    return AlarmOverlay.NONE, None


def alarm_list(book: AlarmBook, memory: AlarmMemory, twin: Twin, view: RuleView | None = None) -> list[AlarmStatus]:
    """The status of every alarm of a book."""
    return [alarm_status(one, memory.state(id), twin, view, book.definitions) for id, one in book.definitions.items()]


def shown_fields(state: AlarmState | None) -> object:
    """The fields of an alarm's state that lists show, pending delays excluded; None for an alarm at rest."""
    if state is None or (state.phase is AlarmPhase.NORMAL and not state.hidden):
        return None
    return (
        state.phase, state.since_ms, state.priority, state.count, state.acked_by, state.shelved_until_ms,
        state.shelved_why, state.out_of_service, tuple(state.causes), state.uncertain_since_ms is None,
        state.message, state.untold, state.about,
    )  # fmt: skip
