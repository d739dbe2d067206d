"""Where presence is shown in groups of rooms, no answer to a viewer or operator has a value that tells of a room for few people;
at home, and to installers and administrators, all of them have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
import pytest

from app.engine import privacy_api
from app.inbox import Inbox
from app.server.calls import Host
from app.server.redacted_engine import redacted
from app.server.roles import NEED, NOT_CARRIED, Caller, Role
from tests.app.conftest import NOW_MS, Desk, World, rooms_building
from tests.app.test_care_watch import sensor
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.device import DeviceInfo, PointInfo
from twin.model.energy import EnergySpan
from twin.model.grant import Grant
from twin.model.home_presence import HomeMode, HomeStatus
from twin.model.ids import PointId, RoomId
from twin.model.observation import Quality
from twin.model.problem import ProblemError
from twin.model.room_comfort import ComfortAssumptions
from twin.model.text import Text
from twin.rules.alarm_definition import AlarmDefinition, High
from twin.rules.automation import Automation, Became, Wait
from twin.rules.definition_body import definition_of
from twin.rules.selector import of_point

HOUR_MS = 3_600_000
ROOM, HALL = RoomId("room-Office"), RoomId("room-Hall")
VALUES = {
    "power": 7919.25, "energy_import": 6091.75, "current": 34.4375, "water_volume": 811.6875, "flow": 3.890625,
    "level": 61.375, "volume": 43.8125, "co2": 1523.5,
}  # fmt: skip
"""By capability, a value that is nowhere else."""
SET = frozenset({"level", "volume"})
"""Points that operators command, and whose present values they see."""


def devices() -> tuple[DeviceInfo, ...]:
    def one(uid: str, kind: str, *capabilities: str) -> DeviceInfo:
        points = tuple(PointInfo(key=id, capability=id, writable=id in SET) for id in capabilities)
        return DeviceInfo(uid=uid, name=uid, points=points, kind=kind)

    return (
        one("plug", "plug", "power", "energy_import", "current"), one("tap", "sensor", "water_volume", "flow"),
        one("lamp", "light", "level"), one("radio", "speaker", "volume"), sensor("air", "air", "co2"),
    )  # fmt: skip


@pytest.fixture
def office(api: Desk, world: World) -> Desk:
    """An office with a device of each kind, an alarm and a rule about its power, and an hour of values."""
    world.devices = [*devices()]
    building = rooms_building("Office", "Hall")
    session = api.engine.session
    session.context.loop.submit(session.edits.edit(lambda one: one.set_building(building)), name="build").result(60)
    api.engine.add("pretend://here").result(60)
    api.until(lambda: len(api.engine.twin.devices) == len(world.devices))
    for device in api.engine.twin.devices:
        api.engine.bind(device.id, ROOM).result(60)
    power = PointId(api.point("power", "plug"))
    edits = [
        DefinitionEdit(kind, one.id, definition_of(one))
        for kind, one in (
            (DefinitionKind.ALARM, AlarmDefinition(id="high", key=power, condition=High(1.0), title="High")),
            (
                DefinitionKind.AUTOMATION,
                Automation(
                    id="used", title="Used", triggers=(Became(selector=of_point(power), above=1.0),),
                    actions=(Wait(for_ms=1),),
                ),
            ),
        )
    ]  # fmt: skip
    api.engine.change_definitions(edits).result(60)
    for share in (0.0, 1.0):
        api.now[0] += HOUR_MS
        for device in devices():
            for point in device.points:
                world.report(point.key, VALUES[point.key] * share, device.uid)
        api.until(lambda share=share: present(api) == {id: value * share for id, value in VALUES.items()})
    api.until(lambda: told(api.engine.columns([*points(api).values()], 0, 1 << 60, 10).result(60)) == {*VALUES})
    for mode in ("asleep", "auto"):
        api.engine.set_home_presence(mode).result(60)
    api.now[0] += 1000
    return api


def points(office: Desk) -> dict[str, PointId]:
    return {point.capability.id: point.id for device in office.engine.twin.devices for point in device.points}


def present(office: Desk) -> dict[str, float]:
    state = office.engine.session.state
    rows = {id: state.index(point) for id, point in points(office).items()}
    return {id: float(state.value[row]) for id, row in rows.items() if row is not None}


def numbers(found: object) -> Iterator[float]:
    """All numbers of an answer, those in texts too."""
    if isinstance(found, bool | bytes | None):
        return
    if isinstance(found, int | float):
        yield float(found)
    elif isinstance(found, str):
        yield from map(float, re.findall(r"\d+\.\d+", found))
    elif isinstance(found, np.ndarray):
        yield from cast("list[float]", found.ravel().tolist())
    elif isinstance(found, Text):
        yield from numbers(found.args)
    elif is_dataclass(found):
        yield from (n for field in fields(found) for n in numbers(getattr(found, field.name)))
    elif isinstance(found, msgspec.Struct):
        yield from (n for name in found.__struct_fields__ for n in numbers(getattr(found, name)))
    elif isinstance(found, Mapping):
        yield from (n for one in cast("Mapping[str, object]", found).values() for n in numbers(one))
    elif isinstance(found, tuple | list | set | frozenset):
        yield from (n for one in cast("tuple[object, ...]", found) for n in numbers(one))


def told(found: object) -> set[str]:
    """The capabilities whose values are in an answer; `home` for the presence of the home."""
    if isinstance(found, HomeStatus):
        return set() if found == HomeStatus() else {"home"}
    there = np.unique(np.abs([*numbers(found), 0.0]))
    near = {
        id: np.isclose(there, value, rtol=1e-6) | np.isclose(there, value / 1000, rtol=1e-6)
        for id, value in VALUES.items()
    }
    return {id for id, found in near.items() if found.any()}


type Ask = Callable[[Host, Desk], object]


def _present(host: Host, office: Desk) -> object:
    inbox = Inbox()
    end = host.attach(inbox).result(60)
    batches, changes = inbox.drain()
    end()
    return [batch.value for batch in batches], changes


def _rule(office: Desk) -> Definition:
    return next(one for one in office.engine.twin.definitions.automations if one.id == "used")


ANSWERS: Mapping[str, Ask] = {
    "present values": _present,
    "columns": lambda host, office: host.columns([*points(office).values()], 0, 1 << 60, 10),
    "moments": lambda host, office: host.moments([office.now[0]]),
    "consumption": lambda host, office: host.consumption([*points(office).values()], NOW_MS - HOUR_MS, office.now[0], 3),
    "energy": lambda host, office: host.energy(EnergySpan.DAY, office.now[0]),
    "comfort": lambda host, office: host.comfort(EnergySpan.DAY, office.now[0], ComfortAssumptions()),
    "comfort_evidence": lambda host, office: host.comfort_evidence(ROOM, office.now[0], ComfortAssumptions()),
    "write_comfort_evidence": lambda host, office: host.write_comfort_evidence(
        ROOM, office.now[0], ComfortAssumptions(), str(Path(office.path).with_name("evidence.pdf"))
    ),
    "warnings": lambda host, _: host.warnings(),
    "warning_chart": lambda host, office: host.warning_chart(points(office)["power"]),
    "alarms": lambda host, _: host.alarms(),
    "alarm_log": lambda host, office: host.alarm_log(0, office.now[0] + 1),
    "alarm_metrics": lambda host, office: host.alarm_metrics(EnergySpan.DAY, office.now[0]),
    "rules": lambda host, _: host.rules(),
    "run_log": lambda host, office: host.run_log(0, office.now[0] + 1),
    "why_not": lambda host, office: host.why_not("used", office.now[0]),
    "preview_rule": lambda host, office: host.preview_rule(DefinitionKind.AUTOMATION, _rule(office), 0, office.now[0]),
    "capture_scene": lambda host, _: host.capture_scene(ROOM),
    "digest": lambda host, _: host.digest(),
    "presence_hours": lambda host, office: host.presence_hours(0, office.now[0]),
    "privacy": lambda host, _: host.privacy(),
    "home_presence": lambda host, _: host.home_presence(),
    "approvals": lambda host, _: host.approvals(),
    "notifications": lambda host, _: host.notifications(),
    "links": lambda host, _: host.links(),
    "radio_map": lambda host, _: host.radio_map(),
    "security_events": lambda host, _: host.security_events(0),
    "strings": lambda host, _: [*map(host.strings().text, range(len(host.strings())))],
    "twin": lambda host, _: host.twin,
}  # fmt: skip
WITHOUT = {
    "mesh", "drawing", "energy_setup", "setting", "undo_labels", "undo_authors", "engine_settings", "project", "now_ms",
    "check_code", "checkout_photo", "kept_light", "care", "withdraw_care", "pause_care", "answer_care", "report_schedules",
    # acts, which answer with their outcome; the reports that they write are those of groups (tests of reports)
    "command", "command_many", "send", "act_on_alarms", "run_rule", "set_scene", "put_back_scene", "release_points",
    "decide_command", "change_work_orders", "write_report", "run_report", "copy_report", "write_work_orders",
    "dismiss_warning", "restore_warning", "set_home_presence", "cancel",
}  # fmt: skip
"""Methods that answer no value of a point."""


def answer(host: Host, office: Desk, ask: Ask) -> set[str] | str:
    """The capabilities whose values are answered, or the problem's code where it is refused."""
    try:
        found = ask(host, office)
        return told(cast("Future[object]", found).result(60) if isinstance(found, Future) else found)
    except ProblemError as error:
        return error.problems[0].code


def answers(office: Desk, role: str) -> dict[str, set[str] | str]:
    caller = Caller.of(Grant(id=role, name=role, role=role), "192.168.1.9")
    host = redacted(cast("Host", office.engine), caller)
    return {name: answer(host, office, ask) for name, ask in ANSWERS.items()}


def group(office: Desk, **places: int) -> None:
    numbers = {RoomId(f"room-{name}"): n for name, n in places.items()}
    office.engine.set_privacy(72, shared=True, grouped=True, places=numbers).result(60)


def test_every_method_for_viewers_and_operators_is_asked_or_known_to_tell_no_value() -> None:
    methods = {name for name, need in NEED.items() if need <= Role.OPERATOR} - NOT_CARRIED
    assert methods == ({*ANSWERS} - {"present values", "twin"}) | WITHOUT


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_of_a_room_for_few_no_answer_has_a_value_that_tells_of_it(office: Desk, role: str) -> None:
    group(office, Office=2)
    found = answers(office, role)
    now = set(SET if role == "operator" else ())
    refused = {
        "comfort_evidence",
        "write_comfort_evidence",
        "warning_chart",
        "why_not",
        "preview_rule",
        *(() if now else ("capture_scene",)),
    }
    assert {name for name, one in found.items() if one == "privacy.grouped"} == refused
    there = {name: one for name, one in found.items() if one and isinstance(one, set)}
    assert there == ({"present values": now, "capture_scene": now} if now else {})


ALL = {
    "present values": {*VALUES},
    "columns": {*VALUES},
    "moments": {*VALUES},
    "capture_scene": {*SET},
    "home_presence": {"home"},
}


@pytest.mark.parametrize("role", ["viewer", "operator", "installer", "admin"])
def test_at_home_every_answer_is_whole(office: Desk, role: str) -> None:
    found = answers(office, role)
    assert {name: found[name] for name in ALL} == ALL
    assert {"power"} <= cast("set[str]", found["alarms"])
    assert "privacy.grouped" not in found.values()


@pytest.mark.parametrize("role", ["installer", "admin"])
def test_installers_and_administrators_see_single_rooms_in_groups_too(office: Desk, role: str) -> None:
    whole = answers(office, role)
    group(office, Office=2)
    assert answers(office, role) == whole


def test_a_room_for_many_is_told_as_it_is(office: Desk) -> None:
    group(office, Office=7)
    found = answers(office, "viewer")
    assert {name: found[name] for name in ALL} == ALL


def test_an_open_window_forgets_what_becomes_hidden_but_what_its_operator_commands(office: Desk) -> None:
    boxes = {role: Inbox() for role in ("viewer", "operator")}
    for role, box in boxes.items():
        caller = Caller.of(Grant(id=role, name=role, role=role), "192.168.1.9")
        redacted(cast("Host", office.engine), caller).attach(box).result(60)
        box.drain()
    group(office, Office=2)
    office.world.report("level", 62.0, "lamp")
    names, gone = {id: name for name, id in points(office).items()}, dict[str, set[str]]()

    def forgotten() -> bool:
        for role, box in boxes.items():
            news = [one for batch in box.drain()[0] for one in batch]
            gone.setdefault(role, set()).update(
                names[one.point] for one in news if one.quality == Quality.OFFLINE and one.point in names
            )
        return len(gone["viewer"]) == len(VALUES)

    office.until(forgotten)
    office.until(lambda: forgotten() and len(gone["operator"]) == len(VALUES) - len(SET))
    assert gone == {"viewer": {*VALUES}, "operator": {*VALUES} - SET}


@pytest.mark.parametrize("mode", [*HomeMode])
def test_who_sets_the_presence_of_the_home_sees_what_was_set_and_not_who_is_there(office: Desk, mode: HomeMode) -> None:
    group(office, Office=2)
    hosts = {
        role: redacted(cast("Host", office.engine), Caller.of(Grant(id=role, name=role, role=role), "192.168.1.9"))
        for role in ("viewer", "operator")
    }
    by_hand = {
        HomeMode.AUTO: HomeStatus(), HomeMode.HOME: HomeStatus(mode=mode, at_home=True),
        HomeMode.AWAY: HomeStatus(mode=mode, at_home=False),
        HomeMode.ASLEEP: HomeStatus(mode=mode, at_home=True, asleep=True),
    }[mode]  # fmt: skip
    assert hosts["operator"].set_home_presence(mode).result(60) == by_hand
    assert hosts["operator"].home_presence().result(60) == by_hand
    assert hosts["viewer"].home_presence().result(60) == HomeStatus()


def test_what_is_withheld_is_found_again_only_when_rooms_or_devices_change(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    group(office, Office=2)
    times = list[object]()
    real = privacy_api.withheld_points
    monkeypatch.setattr(privacy_api, "withheld_points", lambda *asked: times.append(asked) or real(*asked))

    def change(edit: DefinitionEdit) -> frozenset[PointId]:
        before = office.engine.twin
        office.engine.change_definitions([edit]).result(60)
        assert office.engine.twin is not before
        return office.engine.withheld_points()

    first = office.engine.withheld_points()
    rule = Automation(id="other", title="Other", triggers=(), actions=(Wait(for_ms=1),))
    assert change(DefinitionEdit(DefinitionKind.AUTOMATION, "other", definition_of(rule))) is first
    assert len(times) <= 1
    office.engine.bind(office.engine.twin.devices[0].id, HALL).result(60)
    again = office.engine.withheld_points()
    assert again is not first
    setup = office.engine.energy_setup().result(60)
    office.engine.keep_energy_setup(setup).result(60)
    assert office.engine.withheld_points() is not again
