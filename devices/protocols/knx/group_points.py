"""Group addresses as devices with points: what belongs together, what is a command and what its status.

ETS functions are devices. Addresses without one are grouped by their names less the words for what they do ("Kitchen light
switch", "Kitchen light status"). A status is told by its role in the function, else by its name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from devices.contract import RefusedError
from devices.protocols.knx.datapoint_codec import MODES, SCENES, Payload, encoded, is_known, unit_of
from devices.protocols.knx.group_table import NO_DPT, GroupAddress
from twin.model.capability import CAPABILITIES
from twin.model.device import DeviceInfo, PointInfo
from twin.model.observation import Value
from twin.model.skipped import Skipped
from twin.model.text import Text

MOVE, STOPS = (1, 8), ((1, 7), (1, 10), (1, 17))
SENSORS: dict[tuple[int, int], str] = {
    (1, 9): "contact", (1, 18): "occupancy", (1, 19): "contact", (9, 1): "temperature", (14, 68): "temperature",
    (9, 4): "illuminance", (9, 6): "pressure", (14, 58): "pressure", (9, 7): "humidity", (9, 8): "co2",
    (9, 20): "voltage", (9, 21): "current", (9, 24): "power", (9, 25): "flow", (13, 2): "flow",
    (13, 10): "energy_import", (13, 13): "energy_import", (14, 19): "current", (14, 27): "voltage",
    (14, 33): "frequency", (14, 56): "power", (14, 57): "power_factor",
}  # fmt: skip
"""Capabilities of datapoint types that define what is measured."""
SCALES = {(13, 2): 1e-4}
"""What a count of the type is in its unit: 13.002 counts 0.0001 m³/h (KNX 03.07.02), which the library leaves out."""
UNITS = {(9, 6): "Pa", (14, 58): "Pa", (9, 8): "ppm", (9, 25): "L/h", (13, 2): "m³/h", (14, 57): ""}
"""Units in the program's spelling, where the library's is another."""
_WRITABLE_RAW = {(1, 3), (1, 24), (1, 100), (5, 1), (5, 3), (20, 102)}
"""Types that are made for commands; other raw values are only read."""
_STATUS = re.compile(r"\b(status|state|feedback|info|rm|r(?:ü|ue)ckmeldung|zustand)\b|状态|反馈", re.IGNORECASE)
_ACTIONS = re.compile(
    r"\b(switch|schalten|on/off|ein/aus|dim|dimming|dimmen|brightness|helligkeit|value|wert|level|position|up/down|"
    r"auf/ab|move|fahren|stop|stopp|step|slat|slats|lamelle|lamellen|setpoint|sollwert)\b|开关|调光|亮度|位置|停止|设定",
    re.IGNORECASE,
)
_BY_WORD: tuple[tuple[int, str, str], ...] = (
    (5, "valve", r"valve|ventil\b|stellwert|stellgr|阀"),
    (5, "fan_speed", r"\bfan\b|l(?:ü|ue)fter|l(?:ü|ue)ftung|风"),
    (5, "battery", r"batter|akku|电池"),
    (5, "humidity", r"humidity|feuchte|湿度"),
    (1, "smoke", r"smoke|rauch|烟"),
    (1, "water_leak", r"\bleak|wassermelder|漏水"),
    (1, "motion", r"motion|bewegung|移动"),
    (1, "occupancy", r"presence|occup|pr(?:ä|ae)senz|anwesen"),
    (9, "setpoint_heat", r"setpoint|sollwert|\bsoll\b|target|设定"),
    (13, "energy_export", r"export|einspeis|feed|上网"),
    (14, "water_volume", r"water|wasser|水"),
)
"""Main number, capability, and words in the name that decide where the datapoint type alone does not."""
_NAMED = {5: ((5, 1),), 9: ((9, 1), (9, 27)), 13: ((13, 10), (13, 13)), 14: ((14, 76),)}
"""By main number, the types whose capability a word may tell: the others measure something else (9.002 a difference in K)."""
_ALIKE: tuple[set[tuple[int, int]], ...] = ({(1, 0), (1, 1)}, {(17, 0), (17, 1), (18, 0), (18, 1)})
"""Types whose telegrams have the same values."""
_LIGHT = re.compile(r"light|lamp|licht|leuchte|灯", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPoint:
    """A point with its group addresses; 0 where it has none."""

    uid: str
    info: PointInfo
    dpt: tuple[int, int]
    write: int = 0
    status: int = 0
    """The address that reports."""
    move: int = 0
    """Up and down, of a blind."""
    stop: int = 0
    stop_bit: bool = True
    inverted: bool = False
    """Whether the bus counts the other way: percent closed, or 1 for closed."""

    @property
    def source(self) -> int:
        """The address whose telegrams are the point's values."""
        return self.status or self.write

    def shown(self, value: Value) -> Value:
        """A decoded value in the words of the point."""
        if self.inverted and isinstance(value, bool):
            return not value
        if self.inverted and isinstance(value, float):
            return 100.0 - value
        return value * SCALES.get(self.dpt, 1.0) if isinstance(value, float) else value

    def telegram(self, verb: str, value: Value, before: Value) -> tuple[int, Payload]:
        """The group address and value of a command. Raises RefusedError where it has none."""
        meaningless = RefusedError(Text("reason.meaningless", verb=verb, value=str(value)))
        try:
            if self.stop and verb == "stop":
                return self.stop, encoded((1, 7), self.stop_bit)
            if self.move and verb in ("open", "close"):
                return self.move, encoded(MOVE, verb == "close")
            if verb == "toggle" and not isinstance(before, bool):
                raise RefusedError(Text("reason.nothing_to_toggle"))
            if verb == "step" and isinstance(value, int | float):
                if isinstance(before, bool) or not isinstance(before, int | float):
                    raise RefusedError(Text("reason.nothing_to_step"))
                stepped = before + float(value)
                verb, value = "set", min(100.0, max(0.0, stepped)) if self.info.unit == "%" else stepped
            words: dict[str, Value] = {"on": True, "off": False, "toggle": not before, "open": 100.0, "close": 0.0}
            if not self.write or verb not in ("set", "activate", *words):
                raise meaningless
            wanted = self.shown(words.get(verb, float(value) if type(value) is int else value))
            return self.write, encoded(self.dpt, wanted)
        except ValueError:
            raise meaningless from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """The addresses of one quantity of a device."""

    key: str
    capability: str
    command: GroupAddress | None = None
    status: GroupAddress | None = None
    move: GroupAddress | None = None
    """Up and down, of a blind."""
    stop: GroupAddress | None = None

    @property
    def name(self) -> str:
        """The name of the address that the user commands, or reads."""
        row = self.command or self.status or self.move
        return row.name if row is not None else ""


def devices_of(
    rows: Iterable[GroupAddress], prefix: str, via: str
) -> tuple[tuple[DeviceInfo, ...], tuple[GroupPoint, ...], tuple[Skipped, ...]]:
    """The devices, their points, and the addresses that are not read; `prefix` begins every uid."""
    skipped: list[Skipped] = []
    groups: dict[tuple[str, str], list[GroupAddress]] = {}
    for row in sorted(rows, key=lambda row: row.number):
        if row.dpt[0] == 3 or not is_known(row.dpt):
            skipped.append(Skipped(f"{row.text} {row.name}", _unread(row.dpt)))
            continue
        groups.setdefault((row.room, (row.function or _base(row.name)).lower()), []).append(row)
    infos: list[DeviceInfo] = []
    points: list[GroupPoint] = []
    for members in groups.values():
        uid = f"{prefix}/{members[0].text}"
        mine = _points(uid, members)
        name = members[0].function or _base(members[0].name)
        is_light = _LIGHT.search(name) and any(point.info.capability == "on_off" for point in mine)
        infos.append(
            DeviceInfo(
                uid=uid,
                name=name,
                points=tuple(point.info for point in mine),
                kind="light" if is_light else "",
                area=members[0].room,
                address=members[0].text,
                via=via,
            )
        )
        points += mine
    return tuple(infos), tuple(points), tuple(skipped)


def _unread(dpt: tuple[int, int]) -> Text:
    if dpt == NO_DPT:
        return Text("knx.no_datapoint_type")
    return Text("knx.datapoint_type", dpt=f"{dpt[0]}.{dpt[1]:03d}")


def _base(name: str) -> str:
    """A name without the words for what its address does; the name itself where nothing is left."""
    left = " ".join(_ACTIONS.sub(" ", _STATUS.sub(" ", name)).split()).strip(" -_:,.()/")
    return left or name


def _is_status(row: GroupAddress) -> bool:
    return row.role.startswith(("Info", "Current")) or bool(_STATUS.search(row.name))


def _points(uid: str, rows: list[GroupAddress]) -> list[GroupPoint]:
    moves = [row for row in rows if row.dpt == MOVE and not _is_status(row)]
    stop = next((row for row in rows if row.dpt in STOPS), None) if len(moves) == 1 else None
    switches = any(row.dpt == (1, 1) for row in rows)
    by_capability: dict[str, list[GroupAddress]] = {"position": []} if moves else {}
    for row in rows:
        if row not in moves and row is not stop:
            by_capability.setdefault(_capability(row, covers=bool(moves), dims=switches), []).append(row)
    slots: list[_Slot] = []
    for capability, members in by_capability.items():
        slots += _slots(capability, members, moves if capability == "position" else [], stop)
    names = Counter(slot.name for slot in slots)
    return [_point(uid, slot, is_alone=names[slot.name] == 1) for slot in slots]


def _slots(
    capability: str, rows: list[GroupAddress], moves: list[GroupAddress], stop: GroupAddress | None
) -> list[_Slot]:
    """The points that these addresses of one capability are: a command and its status are one point where there is no
    other command and no other status that it might belong to; else each address is a point of its own.
    """
    statuses = [row for row in rows if _is_status(row)]
    commands = [row for row in rows if not _is_status(row)]
    paired = len(commands) <= 1 and len(statuses) <= 1 and len(moves) <= 1 and _are_alike(*commands, *statuses)
    if paired:
        return [
            _Slot(
                key=capability,
                capability=capability,
                command=commands[0] if commands else None,
                status=statuses[0] if statuses else None,
                move=moves[0] if moves else None,
                stop=stop if moves else None,
            )
        ]
    parts = [
        *({"move": row, "stop": stop} for row in moves),
        *({"command": row} for row in commands),
        *({"status": row} for row in statuses),
    ]
    firsts = [*moves, *commands, *statuses]
    return [
        _Slot(key=f"{capability}.{row.text}" if at else capability, capability=capability, **part)
        for at, (row, part) in enumerate(zip(firsts, parts, strict=True))
    ]


def _are_alike(first: GroupAddress | None = None, second: GroupAddress | None = None) -> bool:
    """Whether telegrams of the two have the same values, so that one may report the other."""
    if first is None or second is None or first.dpt == second.dpt:
        return True
    return any(first.dpt in kind and second.dpt in kind for kind in _ALIKE)


def _capability(row: GroupAddress, *, covers: bool, dims: bool) -> str:
    main = row.dpt[0]
    if row.dpt == (5, 1) and covers:
        return "tilt" if re.search(r"slat|lamelle|tilt|叶片", row.name + row.role, re.IGNORECASE) else "position"
    for number, capability, words in _BY_WORD:
        fits = row.dpt in _NAMED[main] if main in _NAMED else row.dpt != (1, 1)
        if main == number and fits and re.search(words, row.name, re.IGNORECASE):
            return capability
    if row.dpt in SENSORS:
        return SENSORS[row.dpt]
    named = {(1, 1): "on_off", (7, 600): "color_temperature", (20, 105): "hvac_mode", (20, 102): "raw_enum"}
    if row.dpt in named:
        return named[row.dpt]
    if row.dpt == (1, 0) and row.role.endswith("OnOff"):
        return "on_off"
    if row.dpt == (5, 1) and dims:
        return "level"
    return {1: "raw_bool", 16: "raw_text", 17: "scene", 18: "scene"}.get(main, "raw_number")


def _point(uid: str, slot: _Slot, *, is_alone: bool) -> GroupPoint:
    row = slot.command or slot.status or slot.move
    assert row is not None  # noqa: S101 - each slot has an address
    dpt = (5, 1) if row is slot.move else row.dpt
    capability, raw = slot.capability, CAPABILITIES[slot.capability].group == "raw"
    writable = (slot.command is not None or slot.move is not None) and (
        dpt in _WRITABLE_RAW if raw else CAPABILITIES[capability].writable
    )
    percent = raw and dpt == (5, 1)
    return GroupPoint(
        uid=uid,
        info=PointInfo(
            key=slot.key,
            capability=capability,
            label=slot.name if is_alone else f"{slot.name} {row.text}",
            unit=UNITS.get(dpt, unit_of(dpt)) if CAPABILITIES[capability].type == "number" else "",
            minimum=0.0 if percent else None,
            maximum=100.0 if percent else None,
            options=SCENES if capability == "scene" else tuple(MODES.get(dpt, {}).values()),
            writable=writable,
            optimistic=writable and slot.status is None,
        ),
        dpt=dpt,
        write=slot.command.number if slot.command else 0,
        status=slot.status.number if slot.status else 0,
        move=slot.move.number if slot.move else 0,
        stop=slot.stop.number if slot.stop else 0,
        stop_bit=slot.stop is None or slot.stop.dpt != (1, 10),
        inverted=capability in ("position", "tilt") or dpt == (1, 9),
    )
