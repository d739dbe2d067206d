"""Alarms that Oikos proposes for what a building has, in groups; none is enabled by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.device import Device
from twin.model.security_event import SecurityKind
from twin.model.twin import Twin
from twin.rules.alarm_defaults import default_alarms
from twin.rules.alarm_definition import MINUTE_MS, AlarmClass, AlarmDefinition, AlarmPriority, SetByRule
from twin.rules.automation import AllOf, AnyOf, Automation, Became, Holds, If, Raise
from twin.rules.care_alarms import TEMPLATES as CARE_TEMPLATES
from twin.rules.definition_body import definition_of
from twin.rules.device_alarm_definition import TEMPLATES as DEVICE_TEMPLATES
from twin.rules.rule_view import room_members
from twin.rules.selector import Selector, of_point, of_room

WINDOW_HEATING, EARLY_WARNING = "window_heating", "early_warning"
"""First parts of the ids of alarms that a rule or an early warning sets."""
_WARNED = frozenset({"temperature", "humidity", "co2", "battery", "battery_low"})
"""Capabilities of which there are early warnings."""
_OPEN_MS = 15 * MINUTE_MS
HEATING_KINDS = frozenset(("thermostat", "radiator"))
"""Kinds of devices whose valve controls heating, not water."""
_VALVE_OPEN = 5.0
GROUPS: dict[str, tuple[str, ...]] = {
    "smoke": ("smoke", "co_alarm", "gas_alarm"),
    "fall": ("fall",),
    "water": ("water_leak",),
    "frost": ("frost",),
    "security": ("tamper", "fault"),
    "battery": ("battery", "battery_low"),
    "window_heating": (WINDOW_HEATING,),
    "offline": ("silent", "link_lost"),
    "comfort": ("too_cold", "too_warm", "co2"),
    "early_warning": (EARLY_WARNING,),
    "security_watch": tuple(kind.value for kind in SecurityKind),
}
"""Groups of proposals, the gravest first, with the templates (first parts of ids) of each."""
TEMPLATES = frozenset(
    ("circles", *CARE_TEMPLATES, *DEVICE_TEMPLATES, *(one for group in GROUPS.values() for one in group))
)
"""First parts of the ids of alarms that Oikos defines; each has texts in the catalogues."""


class AlarmProposal(Struct, frozen=True, kw_only=True):
    """One group of proposed alarms that the project does not have yet, with the automations that raise them."""

    group: str
    alarms: tuple[AlarmDefinition, ...]
    automations: tuple[Automation, ...] = ()

    @property
    def edits(self) -> tuple[DefinitionEdit, ...]:
        """Edits of the project that accept the proposal, as one undo step."""
        return (
            *(DefinitionEdit(DefinitionKind.ALARM, one.id, definition_of(one)) for one in self.alarms),
            *(DefinitionEdit(DefinitionKind.AUTOMATION, one.id, definition_of(one)) for one in self.automations),
        )


def proposals(twin: Twin) -> tuple[AlarmProposal, ...]:
    """Proposals for a building, without alarms that it has already (also disabled ones)."""
    there = {one.id for one in twin.definitions.alarms}
    offered = [one for one in default_alarms(twin) if one.id not in there]
    windows = [made for made in _window_heating(twin) if made[0].id not in there]
    offered += [made for made in _security_watch() if made.id not in there]
    offered += [made for made in _early_warnings(twin) if made.id not in there]
    found: list[AlarmProposal] = []
    for group, templates in GROUPS.items():
        alarms = [one for one in offered if one.id.partition(":")[0] in templates]
        automations: list[Automation] = []
        if WINDOW_HEATING in templates:
            alarms += [alarm for alarm, _ in windows]
            automations += [automation for _, automation in windows]
        if alarms:
            found.append(AlarmProposal(group=group, alarms=tuple(alarms), automations=tuple(automations)))
    return tuple(found)


def accepted(chosen: Iterable[AlarmProposal]) -> tuple[DefinitionEdit, ...]:
    """Edits that accept several proposals."""
    return tuple(edit for one in chosen for edit in one.edits)


def _security_watch() -> Iterator[AlarmDefinition]:
    """For each kind of the security watch an alarm that stays until it is reset."""
    low = (SecurityKind.NEW_DEVICE, SecurityKind.FIRMWARE, SecurityKind.SILENT_GATEWAY)
    for kind in SecurityKind:
        id = f"{kind.value}:security"
        yield AlarmDefinition(
            id=id, key=f"told:{id}", condition=SetByRule(), latching=True, category=AlarmClass.SECURITY,
            priority=AlarmPriority.LOW if kind in low else AlarmPriority.HIGH,
        )  # fmt: skip


def _early_warnings(twin: Twin) -> Iterator[AlarmDefinition]:
    """For each sensor that is compared with its peers, and each battery: a notice while there is an early warning."""
    for device in twin.devices:
        if any(point.capability.id in _WARNED and not point.writable for point in device.points):
            id = f"{EARLY_WARNING}:{device.id}"
            yield AlarmDefinition(
                id=id, key=f"warning:{device.id}", condition=SetByRule(), priority=AlarmPriority.LOW,
                category=AlarmClass.SERVICE, needs_ack=False, room=device.room or "",
            )  # fmt: skip


def _window_heating(twin: Twin) -> list[tuple[AlarmDefinition, Automation]]:
    """For each room with a contact and a heating: an alarm, and the automation that raises it."""
    members = room_members(twin)
    made: list[tuple[AlarmDefinition, Automation]] = []
    for room in twin.rooms:
        contact = of_room(room.id, "contact")
        heats = [holds for device in twin.devices_in.get(room.id, ()) for holds in _heats(device)]
        if contact.key in members and heats:
            made.append(_window_alarm(room.id, contact, tuple(heats)))
    return made


def _heats(device: Device) -> Iterator[Holds]:
    """Conditions that show that a device heats: its reported action, else a radiator's open valve."""
    said = [point for point in device.points if point.info.capability == "hvac_action" and "heating" in point.options]
    for point in said:
        yield Holds(selector=of_point(point.id), equals=float(point.options.index("heating")))
    if not said and device.kind in HEATING_KINDS:
        for point in device.points:
            if point.info.capability == "valve":
                yield Holds(selector=of_point(point.id), above=_VALVE_OPEN)


def _window_alarm(room: str, contact: Selector, heats: tuple[Holds, ...]) -> tuple[AlarmDefinition, Automation]:
    id = f"{WINDOW_HEATING}:{room}"
    alarm = AlarmDefinition(
        id=id,
        key=f"told:{id}",
        condition=SetByRule(),
        priority=AlarmPriority.LOW,
        category=AlarmClass.ENERGY,
        room=room,
    )
    wasted = AllOf((Holds(selector=contact, equals=1.0, for_ms=_OPEN_MS), AnyOf(heats)))
    return alarm, Automation(
        id=id,
        triggers=(
            Became(selector=contact, to=1.0, for_ms=_OPEN_MS),
            Became(selector=contact, to=0.0),
            *(Became(selector=one.selector, to=one.equals, above=one.above) for one in heats),
            *(_stopped(one) for one in heats),
        ),
        actions=(If(condition=wasted, then=(Raise(alarm=id),), otherwise=(Raise(alarm=id, active=False),)),),
    )


def _stopped(heats: Holds) -> Became:
    """Trigger for the end of a condition that shows that a device heats."""
    if heats.equals is not None:
        return Became(selector=heats.selector, came_from=heats.equals)
    return Became(selector=heats.selector, below=_VALVE_OPEN)
