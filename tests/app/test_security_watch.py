"""The security watch: what is noticed on a running engine, what is not, alarms, and switches."""

from __future__ import annotations

import pytest

from app.engine import security_watch
from app.engine.security_watch import EXPLAINED_MS, SETTLED_MS, SecurityWatch
from app.i18n import sentence
from devices.link import LinkState
from tests.app.conftest import Desk, World, lamp, renamed
from twin.model.command import CommandState
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.device import DeviceInfo, PointInfo
from twin.model.problem import Problem, ProblemError
from twin.model.security_event import SecurityKind
from twin.rules.alarm_act import Acknowledge, Reset
from twin.rules.alarm_proposals import proposals
from twin.rules.definition_body import definition_of
from twin.rules.notification import ChannelKind, ChannelUse, NotificationChannel, Recipient
from twin.store.history.event_log import LoggedEvent
from twin.store.project import UndoEntry


def lock() -> DeviceInfo:
    points = (
        PointInfo(key="lock", capability="lock", writable=True),
        PointInfo(key="level", capability="level", writable=True),
    )
    return DeviceInfo(uid="lock", name="Front door", points=points, kind="lock", firmware="1.0")


@pytest.fixture
def house(api: Desk, world: World) -> Desk:
    """A project with a gateway of long standing, a lamp and a lock behind it, and the watch at work."""
    world.devices = [lamp(), lock()]
    api.engine.add("pretend://here").result(60)
    api.until(lambda: len(api.engine.twin.devices) == 2)
    watch(api)
    api.now[0] += SETTLED_MS + 1000
    return api


def watch(api: Desk) -> SecurityWatch:
    return api.engine.context.loop.submit(api.engine.security_watch(), name="watch").result(60)


def noticed(api: Desk) -> list[tuple[str, str]]:
    """(kind, code) of what was noticed, the oldest first."""
    found = api.engine.security_events(0).result(60).events
    return [(one.kind.value, one.text.code) for one in reversed(found)]


def test_devices_that_come_with_their_gateway_are_no_event(house: Desk) -> None:
    assert noticed(house) == []


def test_a_device_that_appears_behind_a_known_gateway_is_named(house: Desk, world: World) -> None:
    world.describe(lamp(), lock(), lamp("spy", "Spy"))
    house.until(lambda: noticed(house))
    (event,) = house.engine.security_events(0).result(60).events
    assert (event.kind, event.text.args["names"]) == (SecurityKind.NEW_DEVICE, ["Spy"])


def test_a_changed_firmware_is_named_with_both(house: Desk, world: World) -> None:
    world.describe(lamp(), renamed(lock(), firmware="1.1"))
    house.until(lambda: noticed(house))
    (event,) = house.engine.security_events(0).result(60).events
    assert (event.kind, event.text.args["before"], event.text.args["now"]) == (SecurityKind.FIRMWARE, "1.0", "1.1")


def test_a_change_of_a_lock_that_no_command_explains_is_an_event_and_one_of_a_lamp_is_not(
    house: Desk, world: World
) -> None:
    for uid in ("lock", "lamp"):
        world.report("level", 10.0, uid)
    house.until(lambda: house.values.get(house.point("level")) and house.values.get(house.point("level", "Front door")))
    for uid in ("lamp", "lock"):
        world.report("level", 60.0, uid)
    house.until(lambda: noticed(house))
    assert noticed(house) == [("unknown_writer", "security.written")]


def test_a_change_that_a_command_of_ours_explains_is_no_event(house: Desk, world: World) -> None:
    world.report("level", 10.0, "lock")
    house.until(lambda: house.values.get(house.point("level", "Front door")))
    house.engine.command(house.engine.twin.find_point("Front door/level").id, "set", 40.0).result(60)  # type: ignore[union-attr]
    house.until(lambda: house.values[house.point("level", "Front door")].value == 40.0)
    assert noticed(house) == []


def test_a_command_that_was_refused_explains_no_change_and_takes_no_earlier_explanation_away(
    house: Desk, world: World
) -> None:
    level = house.engine.twin.find_point("Front door/level").id  # type: ignore[union-attr]
    key = house.point("level", "Front door")
    world.report("level", 10.0, "lock")
    house.until(lambda: house.values.get(key))
    house.engine.command(level, "set", 40.0).result(60)
    assert house.engine.command(level, "toggle").result(60).state is CommandState.FAILED
    world.report("level", 41.0, "lock")
    house.until(lambda: house.values[key].value == 41.0)
    assert noticed(house) == []
    house.now[0] += EXPLAINED_MS + 1000
    assert house.engine.command(level, "toggle").result(60).state is CommandState.FAILED
    world.report("level", 60.0, "lock")
    house.until(lambda: noticed(house))
    assert noticed(house) == [("unknown_writer", "security.written")]


def test_devices_and_gateways_that_an_undo_brings_back_are_not_new_but_a_stranger_still_is(
    house: Desk, world: World
) -> None:
    (link,) = house.engine.twin.links
    for gone in (
        lambda: house.engine.remove(next(one.id for one in house.engine.twin.devices if one.kind == "lock")),
        lambda: house.engine.remove_link(link.id),
    ):
        gone().result(60)
        house.engine.undo().result(60)
        house.until(lambda: len(house.engine.twin.devices) == 2)
    assert noticed(house) == []
    house.now[0] += SETTLED_MS + 1000
    house.until(lambda: house.engine.session.state_of(link.id) is LinkState.ONLINE)
    world.describe(lamp(), lock(), lamp("spy", "Spy"))
    house.until(lambda: noticed(house))
    assert noticed(house) == [("new_device", "security.new_device")]


def test_a_device_that_a_person_pairs_at_a_known_gateway_is_not_new(house: Desk, world: World) -> None:
    (link,) = house.engine.twin.links
    registration = house.engine.session.registration
    with registration.recording(link.id, UndoEntry()):
        world.describe(lamp(), lock(), lamp("second", "Second"))
        house.until(lambda: len(house.engine.twin.devices) == 3)
    world.describe(lamp(), lock(), lamp("second", "Second"), lamp("spy", "Spy"))
    house.until(lambda: noticed(house))
    (event,) = house.engine.security_events(0).result(60).events
    assert event.text.args["names"] == ["Spy"]


def test_a_gateway_that_stays_away_is_an_event(house: Desk) -> None:
    (link,) = house.engine.twin.links
    house.engine.context.loop.call(watch(house).gateway_silent, link.id)
    house.until(lambda: noticed(house) == [("silent_gateway", "security.silent_gateway")])


def test_a_changed_certificate_is_an_event(house: Desk) -> None:
    house.engine.context.raise_problem(Problem(code="certificate.changed", where="broker.local"))
    house.until(lambda: noticed(house) == [("certificate", "security.certificate")])


def test_five_refused_logins_of_an_address_are_one_event(house: Desk) -> None:
    security = watch(house)
    for number in range(5):
        house.engine.note_refusal("door", Problem(code="door.unknown_token"), f"guess {number}", "10.0.0.66")
    for _ in range(2):
        house.engine.context.loop.submit(security.look_at_logins(), name="logins").result(60)
    (event,) = house.engine.security_events(0).result(60).events
    assert (event.kind, event.text.args) == (SecurityKind.FAILED_LOGINS, {"number": 5, "origin": "10.0.0.66"})


def test_four_refused_logins_and_refusals_for_other_reasons_are_none(house: Desk) -> None:
    security = watch(house)
    for number in range(4):
        house.engine.note_refusal("door", Problem(code="door.unknown_token"), f"guess {number}", "10.0.0.66")
    for number in range(9):
        house.engine.note_refusal("bind", Problem(code="door.role"), f"vera {number}", "10.0.0.66")
    house.engine.context.loop.submit(security.look_at_logins(), name="logins").result(60)
    assert noticed(house) == []


def test_other_rows_hide_neither_what_was_noticed_nor_refused_logins(
    house: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security_watch, "MOST_ROWS", 10)
    house.engine.context.raise_problem(Problem(code="certificate.changed", where="broker.local"))
    house.until(lambda: noticed(house))
    for number in range(5):
        house.engine.note_refusal("door", Problem(code="door.unknown_token"), f"guess {number}", "10.0.0.66")
    now_ms = house.engine.now_ms()
    row = LoggedEvent(time_ms=now_ms, who="vera", origin="", kind="command", body='{"result": "confirmed"}')
    house.engine.session.history.events.add(*[row] * 11)
    house.engine.context.loop.submit(watch(house).look_at_logins(), name="logins").result(60)
    assert [kind for kind, _ in noticed(house)] == ["certificate", "failed_logins"]


def test_an_accepted_alarm_of_class_security_stays_until_it_is_acknowledged_and_reset(
    house: Desk, world: World
) -> None:
    (offer,) = [one for one in proposals(house.engine.twin) if one.group == "security_watch"]
    assert len(offer.alarms) == len(SecurityKind)
    house.engine.change_definitions(offer.edits).result(60)
    world.describe(lamp(), renamed(lock(), firmware="2.0"))

    def latched() -> list[str]:
        found = house.engine.alarms().result(60)
        return [one.id for one in found if one.phase == "latched_unack" and one.category == "security"]

    house.until(lambda: latched() == ["firmware:security"])


def watched(house: Desk) -> None:
    """Accepts the alarms of the watch, with somebody to tell once nobody acknowledges them for an hour."""
    (offer,) = [one for one in proposals(house.engine.twin) if one.group == "security_watch"]
    house.engine.change_definitions(offer.edits).result(60)
    hook = NotificationChannel(id="hook", kind=ChannelKind.WEBHOOK, address="http://127.0.0.1:9/")
    vera = Recipient(id="vera", uses=(ChannelUse(channel="hook"),), after_ms=3_600_000)
    told = ((DefinitionKind.CHANNEL, hook), (DefinitionKind.RECIPIENT, vera))
    house.engine.change_definitions([DefinitionEdit(kind, one.id, definition_of(one)) for kind, one in told]).result(60)


def standing(house: Desk) -> dict[str, str]:
    """By id: the titles of the alarms that stand."""
    return {one.id: sentence(one.title) for one in house.engine.alarms().result(60) if one.phase.startswith("latched")}


def test_each_alarm_names_its_device_gateway_or_address_and_what_happened(house: Desk, world: World) -> None:
    watched(house)
    (link,) = house.engine.twin.links
    world.report("level", 10.0, "lock")
    world.report("lock", 1.0, "lock")
    house.until(lambda: house.values.get(house.point("level", "Front door")))
    world.report("level", 60.0, "lock")
    house.until(lambda: noticed(house))
    world.describe(lamp(), renamed(lock(), firmware="2.0"), lamp("spy", "Spy"))
    house.engine.context.raise_problem(Problem(code="certificate.changed", where="broker.local"))
    house.engine.context.loop.call(watch(house).gateway_silent, link.id)
    for number in range(5):
        house.engine.note_refusal("door", Problem(code="door.unknown_token"), f"guess {number}", "10.0.0.66")
    house.engine.context.loop.submit(watch(house).look_at_logins(), name="logins").result(60)
    house.until(lambda: len(standing(house)) == len(SecurityKind))
    assert standing(house) == {
        "unknown_writer:security": "Changed by somebody else: Front door: Brightness changed from 10 % to 60 %, and no command"
        " of this engine explains it",
        "firmware:security": "Firmware changed: Front door: firmware 1.0 became 2.0",
        "new_device:security": f"New device: 1 new device behind {link.title or link.address}: Spy",
        "certificate:security": "Certificate changed: broker.local: The server shows another certificate than the one that"
        " was trusted",
        "silent_gateway:security": f"Gateway silent: {link.title or link.address} has been silent for 5 minutes",
        "failed_logins:security": "Failed logins: 5 refused logins within ten minutes from 10.0.0.66",
    }


def test_a_second_writer_is_named_beside_the_first_until_the_alarm_is_reset_and_in_its_log(
    house: Desk, world: World
) -> None:
    watched(house)
    for value in (10.0, 60.0, 20.0):
        world.report("level", value, "lock")
        house.until(
            lambda value=value: (at := house.values.get(house.point("level", "Front door"))) and at.value == value
        )
    house.until(lambda: standing(house).get("unknown_writer:security", "").count("Front door") == 2)
    title = standing(house)["unknown_writer:security"]
    assert title.index("from 60 % to 20 %") < title.index("from 10 % to 60 %")
    log = house.engine.alarm_log(0, house.engine.now_ms() + 1).result(60)
    raised = [sentence(one.reason) for one in reversed(log) if one.event == "raised" and one.reason is not None]
    assert ["10 % to 60 %" in raised[0], "60 % to 20 %" in raised[1]] == [True, True]
    told = [one.title for one in house.engine.notifications().result(60).waiting]
    assert told
    assert all("Front door: Brightness changed from" in one for one in told)
    for act in (Acknowledge(), Reset()):
        house.engine.act_on_alarms(["unknown_writer:security"], act).result(60)
    house.until(lambda: not standing(house))
    world.report("level", 30.0, "lock")
    house.until(lambda: standing(house))
    assert standing(house)["unknown_writer:security"].count("Front door") == 1


def test_what_is_switched_off_is_not_noticed_until_it_is_on_again(house: Desk, world: World) -> None:
    house.engine.watch_security("firmware", on=False).result(60)
    assert house.engine.security_events(0).result(60).off == (SecurityKind.FIRMWARE,)
    world.describe(lamp(), renamed(lock(), firmware="1.1"))
    house.until(lambda: next(one for one in house.engine.twin.devices if one.name == "Front door").firmware == "1.1")
    assert noticed(house) == []
    house.engine.watch_security("firmware", on=True).result(60)
    world.describe(lamp(), renamed(lock(), firmware="1.2"))
    house.until(lambda: noticed(house) == [("firmware", "security.firmware")])


def test_an_unknown_kind_is_refused(house: Desk) -> None:
    with pytest.raises(ProblemError, match=r"unknown\.security"):
        house.engine.watch_security("moon", on=False).result(60)
