"""The engine from link to screen, with a real store and a pretended peer."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.actions import new_command
from app.engine.commissioning import same_place
from app.engine.discovery import new_candidates
from app.engine.engine import Engine
from app.engine.link_events import LinkEvents
from app.i18n import in_full, sentence, what
from app.inbox import Inbox
from devices.contract import SkippedChanged
from devices.link import LinkState
from tests.english import plain, refused, undo_labels, words
from twin.model.candidate import Candidate, Need
from twin.model.change import (
    CandidatesChanged,
    CommandUpdated,
    CommissioningStageChanged,
    DeviceOnline,
    LinkChanged,
    LinkSkipped,
    ProblemRaised,
    ProblemsSolved,
    ProjectOpened,
    ProjectOpenFailed,
    TwinChanged,
)
from twin.model.command import CommandState
from twin.model.device import Link, PointInfo
from twin.model.ids import DeviceId, LinkId, PointId, RoomId
from twin.model.observation import Availability, Observation, Quality
from twin.model.problem import ProblemError
from twin.model.skipped import Skipped
from twin.model.text import Text
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.project import Project

from .conftest import Desk, World, lamp, renamed, rooms_building


def with_rooms(api: Desk) -> None:
    building = rooms_building("Kitchen", "Hall")

    async def work() -> None:
        await api.engine.session.edits.edit(
            lambda project: project.set_building(building, label=words("Import"), keep={})
        )

    api.engine._run(work(), "rooms").result(60)


def added(api: Desk) -> DeviceId:
    (device,) = api.engine.add("pretend://home").result(60)
    return device.id


def test_a_gateway_whose_protocol_is_not_installed_is_off_and_says_why_also_to_who_comes_later(api: Desk) -> None:
    link = Link(id=LinkId("old"), protocol="forgotten", address="forgotten://hub")

    async def add() -> None:
        session = api.engine.session
        await session.edits.edit(lambda project: project.add_link(link))
        await session.match_links()

    api.engine._run(add(), "link").result(60)
    api.until(lambda: any(c.link == link.id for c in api.seen(LinkChanged)))
    change = [c for c in api.seen(LinkChanged) if c.link == link.id][-1]
    assert (change.state, sentence(change.reason)) == ("off", "The protocol forgotten is not installed")
    late = Inbox()
    api.engine.resync(late).result(60)
    assert change in late.drain()[1]


def test_adding_a_gateway_takes_its_devices_in(api: Desk) -> None:
    device = added(api)
    assert api.engine.twin.device_of[device].name == "Lamp"
    api.until(lambda: any(c.online for c in api.seen(DeviceOnline)))
    assert api.seen(LinkChanged)[-1].state == "online"


def test_a_report_reaches_screen_and_history(api: Desk) -> None:
    added(api)
    api.world.report("t", 21.5)
    point = api.point("t")
    api.until(lambda: point in api.values)
    assert api.values[point].value == 21.5
    api.engine.session.history.flush()
    (found,) = api.engine.columns([PointId(point)], api.now[0] - 1000, api.now[0] + 1000, 10).result(60)
    assert found.count.sum() == 1


def test_what_a_link_could_not_read_is_told_and_listed(api: Desk) -> None:
    api.world.skipped = (Skipped("a/b", words("The message is not JSON")),)
    added(api)
    (status,) = api.engine.links().result(60)
    assert (status.state, status.devices, status.points) == ("online", 1, 4)
    assert [sentence(one.reason) for one in status.skipped] == ["The message is not JSON"]
    assert api.seen(LinkSkipped)[-1].skipped == api.world.skipped
    api.world.skipped = ()
    api.world.say(SkippedChanged())
    api.until(lambda: api.seen(LinkSkipped)[-1].skipped == ())


def test_a_link_changes_its_login_and_trust_and_goes_with_its_secret(api: Desk) -> None:
    api.world.password = "right"
    (lamp,) = api.engine.add("pretend://home", "ann", "right").result(60)
    (status,) = api.engine.links().result(60)
    link = status.link.id
    assert status.user == "ann"
    api.engine.trust(link, {"pin": "AB"}).result(60)
    label = Text("edit.trust", name=api.engine.twin.links[0].title or api.engine.twin.links[0].address)
    assert api.engine.undo_labels()[0] == label
    assert [change.label for change in api.seen(TwinChanged)][-1] == label
    api.until(lambda: api.engine.twin.links[0].option("pin") == "AB")
    api.until(lambda: api.engine.links().result(60)[0].state == "online")
    api.engine.trust(link, {"ca": "/ca.crt"}).result(60)
    assert api.engine.twin.links[0].options == (("ca", "/ca.crt"),)
    api.engine.remove_link(link).result(60)
    assert api.engine.twin.links == ()
    assert lamp.id not in api.engine.twin.device_of
    assert api.engine.context.secrets.get(link) is None
    api.engine.undo().result(60)
    assert lamp.id in api.engine.twin.device_of
    api.until(lambda: api.engine.links().result(60)[0].state == "needs login")
    api.engine.log_in(link, "ann", "right").result(60)
    api.until(lambda: api.engine.links().result(60)[0].state == "online")


def test_a_broker_that_was_added_by_address_and_is_found_by_name_stays_one_link() -> None:
    old = Link(id=LinkId("old"), protocol="mqtt", address="mqtts://192.168.1.7:8883")
    new = Link(id=LinkId("new"), protocol="mqtt", address="mqtts://hub.local:8883")
    found = Candidate(key="mqtt:hub", name="Hub", protocol="mqtt", addresses=("192.168.1.7", "fd00::7"), port=8883)
    assert same_place((old,), found, new) == replace(new, id=old.id)
    other = replace(old, address="mqtts://192.168.1.8:8883")
    assert same_place((other,), found, new) == new
    assert same_place((replace(old, address="mqtts://[fd00::7]:8883"),), found, new).id == old.id
    beside = replace(new, address=old.address)
    assert same_place((old,), found, beside) == beside, "links to one address are told apart by what was given"


def test_a_command_is_pending_then_confirmed_by_the_devices_own_report(api: Desk) -> None:
    added(api)
    result = api.engine.command(PointId(api.point("on")), "on").result(60)
    assert result.state is CommandState.CONFIRMED
    assert [c.result.state for c in api.seen(CommandUpdated)] == [CommandState.PENDING, CommandState.CONFIRMED]
    assert api.values[api.point("on")].value == 1.0


@pytest.mark.parametrize(
    ("verb", "value", "reason"),
    [("set", 200.0, "takes 0 to 100"), ("set", 13.0, "unlucky"), ("fly", None, "knows"), ("set", "much", "a number")],
)
def test_a_command_that_cannot_be_says_why(api: Desk, verb: str, value: object, reason: str) -> None:
    added(api)
    result = api.engine.command(PointId(api.point("level")), verb, value).result(60)  # pyright: ignore[reportArgumentType]
    assert result.state is CommandState.FAILED
    assert reason in sentence(result.reason)


def test_many_commands_go_side_by_side_and_each_has_its_own_end(api: Desk) -> None:
    added(api)
    orders = [(PointId(api.point("on")), "on", None), (PointId("nobody"), "on", None)]
    results = api.engine.command_many(orders).result(60)
    assert [r.state for r in results] == [CommandState.CONFIRMED, CommandState.FAILED]


def fates(api: Desk) -> list[tuple[str, CommandState]]:
    """What was told of commands, by their senders."""
    return [(change.result.command.sender, change.result.state) for change in api.seen(CommandUpdated)]


def test_of_two_commands_under_way_on_one_lamp_the_first_is_confirmed_and_the_second_still_pending(api: Desk) -> None:
    added(api)
    api.world.deaf = True
    point = PointId(api.point("on"))
    api.engine.send([new_command(point, "on", sender="ann")]).result(60)
    api.engine.send([new_command(point, "off", sender="rule:Night")]).result(60)
    api.until(lambda: len(api.world.sent) == 2)
    assert fates(api) == [("ann", CommandState.PENDING), ("rule:Night", CommandState.PENDING)]
    api.world.report("on", True)
    api.until(lambda: len(fates(api)) == 3)
    assert fates(api)[2:] == [("ann", CommandState.CONFIRMED)]
    api.world.report("on", False)
    api.until(lambda: len(fates(api)) == 4)
    assert fates(api)[3:] == [("rule:Night", CommandState.CONFIRMED)]


def test_what_becomes_of_commands_that_were_taken_on_is_told_by_their_ids(api: Desk) -> None:
    added(api)
    commands = [new_command(PointId(api.point("on")), "on"), new_command(PointId("nobody"), "on")]
    assert api.engine.send(commands).result(60) is None
    ended = (CommandState.CONFIRMED, CommandState.FAILED)
    api.until(lambda: sum(change.result.state in ended for change in api.seen(CommandUpdated)) == 2)
    told = {change.result.command.id: change.result.state for change in api.seen(CommandUpdated)}
    assert told == {command.id: state for command, state in zip(commands, ended, strict=True)}


def test_a_client_that_comes_later_sees_what_is_known_and_hears_the_news(api: Desk) -> None:
    added(api)
    api.world.report("t", 21.5)
    api.until(lambda: api.point("t") in api.values)
    inbox = Inbox()
    leave = api.engine.attach(inbox).result(60)
    batches, changes = inbox.drain()
    assert {one.point: one.value for batch in batches for one in batch}[PointId(api.point("t"))] == 21.5
    assert [type(change) for change in changes[:2]] == [TwinChanged, ProjectOpened]
    api.world.report("t", 22.0)
    api.until(lambda: api.values[api.point("t")].value == 22.0)
    assert [one.value for batch in inbox.drain()[0] for one in batch] == [22.0]
    api.engine.context.raise_problem(plain("New", code="new"))
    inbox.drain()
    api.engine.resync(inbox).result(60)
    batches, changes = inbox.drain()
    assert {one.point: one.value for batch in batches for one in batch}[PointId(api.point("t"))] == 22.0
    assert [change.problem.code for change in changes if isinstance(change, ProblemRaised)] == ["new"]
    assert {TwinChanged, ProjectOpened, LinkChanged} <= {type(change) for change in changes}
    leave()
    api.world.report("t", 22.5)
    api.until(lambda: api.values[api.point("t")].value == 22.5)
    assert inbox.drain() == ([], [])


def test_a_dead_peer_leaves_its_devices_without_a_value_and_a_command_fails_at_once(api: Desk) -> None:
    added(api)
    api.world.report("t", 21.5)
    api.until(lambda: api.point("t") in api.values)
    api.now[0] += 5000
    api.world.die()
    api.until(lambda: any(not c.online for c in api.seen(DeviceOnline)))
    api.until(lambda: math.isnan(api.values[api.point("t")].value))
    assert api.values[api.point("t")].quality == Quality.OFFLINE
    result = api.engine.command(PointId(api.point("on")), "on").result(60)
    assert "not connected" in sentence(result.reason)


def test_one_device_that_goes_and_comes_back_is_told_once_each(api: Desk) -> None:
    added(api)
    api.until(lambda: api.seen(DeviceOnline))
    for online in (False, False, True, True):
        api.world.say(Availability("lamp", online))
    api.until(lambda: len(api.seen(DeviceOnline)) == 3)
    assert [c.online for c in api.seen(DeviceOnline)] == [True, False, True]


def test_what_kept_a_link_from_being_online_is_solved_when_it_is_and_other_notes_stay(api: Desk) -> None:
    added(api)
    opened = api.engine.session
    link = api.engine.twin.links[0].id
    ear = LinkEvents(opened, link)
    aside, why = (plain(code, "", code=code) for code in ("link.note", "link.refused"))
    ear.problem(aside)
    api.world.alive = False
    api.world.die()
    api.until(lambda: api.seen(LinkChanged)[-1].state != LinkState.ONLINE)
    ear.problem(why)
    assert not api.seen(ProblemsSolved)
    api.world.alive = True
    api.until(lambda: api.seen(LinkChanged)[-1].state == LinkState.ONLINE)
    assert [one.problems for one in api.seen(ProblemsSolved)] == [(why,)]


def test_a_failed_add_leaves_the_project_as_it_was(api: Desk) -> None:
    api.world.alive = False
    before = api.engine.twin
    with pytest.raises(ProblemError) as caught:
        api.engine.add("pretend://home").result(30)
    assert caught.value.problems[0].code == "link.unreachable"
    assert api.engine.twin == before
    assert undo_labels(api.engine) == (None, None)
    assert not api.engine.session.links.running


def test_a_wrong_password_asks_for_a_login_and_the_right_one_opens(api: Desk) -> None:
    api.world.password = "right"
    with pytest.raises(ProblemError) as caught:
        api.engine.add("pretend://home", "anna", "wrong").result(60)
    assert caught.value.problems[0].code == "link.login"
    assert api.engine.add("pretend://home", "anna", "right").result(60)


def test_nobody_knows_a_strange_address(api: Desk) -> None:
    for target in ("gopher://x", "pretend://nonsense", "just words"):
        with pytest.raises(ProblemError):
            api.engine.add(target).result(60)


def test_a_description_that_changes_keeps_the_users_name_and_room(api: Desk) -> None:
    with_rooms(api)
    device = added(api)
    api.engine.rename(device, "My lamp").result(60)
    api.engine.bind(device, RoomId("room-Kitchen"), (1.0, 1.0, 2.0)).result(60)
    fresh = lamp()
    api.world.describe(renamed(fresh, firmware="2", points=(*fresh.points, PointInfo(key="h", capability="humidity"))))
    api.until(lambda: len(api.engine.twin.device_of[device].points) == 5)
    found = api.engine.twin.device_of[device]
    assert (found.name, found.room, found.position_m, found.firmware) == (
        "My lamp",
        "room-Kitchen",
        (1.0, 1.0, 2.0),
        "2",
    )
    api.world.report("h", 40.0)
    api.until(lambda: f"{device}.h" in api.values)


def test_what_a_link_brings_by_itself_is_no_undo_step_and_what_a_person_adds_is_one(api: Desk) -> None:
    api.engine.add("pretend://home").result(60)
    api.world.describe(*api.world.devices, lamp("late", "Late"))
    api.until(lambda: len(api.engine.twin.devices) == 2)
    assert undo_labels(api.engine)[0] == "Add pretend://home"
    api.engine.undo().result(60)
    assert (api.engine.twin.links, api.engine.twin.devices) == ((), ())
    assert api.engine.undo_labels()[0] is None
    api.engine.redo().result(60)
    assert {device.name for device in api.engine.twin.devices} == {"Lamp", "Late"}


def test_a_project_that_another_holds_leaves_open_what_was_says_who_holds_it_and_opens_when_it_is_free(
    api: Desk, tmp_path: Path
) -> None:
    other = tmp_path / "other.oikos"
    with Project.create(other, name="Other"):
        with pytest.raises(ProblemError) as refused:
            api.engine.open_project(str(other)).result(60)
        (problem,) = refused.value.problems
        assert f"process {os.getpid()}" in what(problem)
        assert (problem.code, problem.where, problem.retry) == ("store.locked", str(other), True)
        assert api.engine.project() == str(api.path)
        assert api.seen(ProjectOpenFailed)[-1].problems == (problem,)
        with pytest.raises(ProblemError):
            api.engine.open_again().result(60)
        assert not api.seen(ProblemsSolved)
    api.engine.open_again().result(60)
    assert api.engine.project() == str(other)
    assert api.seen(ProjectOpened)[-1].path == str(other)
    assert set(api.seen(ProblemsSolved)[-1].problems) == {problem}
    api.engine.open_project(str(other)).result(60)  # the one that is open: closed first, for its lock is ours
    assert api.engine.project() == str(other)


def test_binding_is_undone_and_redone_and_each_step_is_told(api: Desk) -> None:
    with_rooms(api)
    device = added(api)
    api.engine.bind(device, RoomId("room-Hall")).result(60)
    assert api.engine.undo().result(60)
    assert api.engine.twin.device_of[device].room is None
    assert undo_labels(api.engine)[1]
    assert api.engine.redo().result(60)
    assert api.engine.twin.device_of[device].room == "room-Hall"
    assert len(api.seen(TwinChanged)) >= 4


def test_a_removed_device_stays_out_until_its_gateway_is_added_again(api: Desk) -> None:
    api.world.devices.append(lamp("second", "Second"))
    devices = api.engine.add("pretend://home").result(60)
    api.engine.remove(devices[0].id).result(60)
    api.world.describe(*api.world.devices)
    api.world.report("t", 20.0, uid="second")
    api.until(lambda: f"{devices[1].id}.t" in api.values)
    assert [d.id for d in api.engine.twin.devices] == [devices[1].id]
    api.engine.add("pretend://home").result(60)
    assert len(api.engine.twin.devices) == 2


def test_undoing_a_removal_brings_the_device_back_to_life(api: Desk) -> None:
    api.world.devices.append(lamp("second", "Second"))
    devices = api.engine.add("pretend://home").result(60)
    api.engine.remove(devices[0].id).result(60)
    api.engine.undo().result(60)
    assert devices[0].id in api.engine.twin.device_of
    api.world.report("t", 19.0)
    api.until(lambda: f"{devices[0].id}.t" in api.values)


def test_what_was_known_last_is_shown_as_stale_at_the_next_start(api: Desk, make_desk: Callable[..., Desk]) -> None:
    added(api)
    api.world.report("t", 21.5)
    api.world.report("say", "grüezi")
    point, text = api.point("t"), api.point("say")
    api.until(lambda: point in api.values and text in api.values)
    api.engine.stop()
    api.world.alive = False
    again = make_desk(now_ms=api.now[0] + 60_000)
    again.engine.open(again.path).result(60)
    again.until(lambda: point in again.values)
    first = again.values[point]
    assert (first.value, first.quality) in (
        (21.5, Quality.STALE),
        (pytest.approx(math.nan, nan_ok=True), Quality.OFFLINE),
    )
    assert again.engine.strings().texts == ("grüezi",)


@pytest.mark.parametrize("early", [False, True])
def test_links_of_a_window_wait_for_its_first_frame_and_start_when_it_is_there(
    api: Desk, make_desk: Callable[..., Desk], early: bool
) -> None:
    added(api)
    api.engine.stop()
    again = make_desk()
    again.engine._patience_s = 3600.0
    opening = again.engine.open(again.path)
    if early:  # a frame may be there before the project is wholly open
        again.engine.start_links()
    opening.result(60)
    if not early:
        assert not again.engine.session.links.running
        again.engine.start_links()
    again.until(lambda: any(change.state == "online" for change in again.seen(LinkChanged)))


def test_a_second_engine_on_the_same_project_is_refused_in_words(api: Desk, make_desk: Callable[..., Desk]) -> None:
    other = make_desk()
    with pytest.raises(ProblemError) as caught:
        other.engine.open(api.path).result(60)
    assert "open" in what(caught.value.problems[0]).lower()
    assert other.engine.project() == ""


def test_without_a_project_the_desk_is_empty_and_says_so(make_desk: Callable[..., Desk]) -> None:
    engine: Engine = make_desk().engine
    assert engine.twin.rooms == ()
    assert undo_labels(engine) == (None, None)
    with refused("No project is open"):
        engine.undo().result(60)
    with refused("No project is open"):
        engine.columns([], 0, 1, 10).result(60)


def test_opening_another_project_closes_the_first(api: Desk) -> None:
    added(api)
    api.engine.new_project(str(api.folder / "other.oikos")).result(60)
    assert api.engine.twin.devices == ()
    assert not api.world.sessions
    api.engine.open(api.path).result(60)
    assert len(api.engine.twin.devices) == 1


def test_a_missing_building_file_is_a_problem_and_nothing_changes(api: Desk) -> None:
    with pytest.raises(ProblemError):
        api.engine.import_building(str(api.folder / "nothing.ifc")).result(60)
    assert api.engine.twin.rooms == ()


class TestCommissioning:
    @pytest.fixture
    def api(self, make_desk: Callable[..., Desk], world: World) -> Desk:
        world.devices = []
        one = make_desk(commissions=True)
        one.engine.new_project(str(one.path)).result(60)
        with_rooms(one)
        return one

    def test_the_first_code_starts_the_server_and_the_new_device_is_in_its_room(self, api: Desk) -> None:
        (device,) = api.engine.pair("123", RoomId("room-Hall")).result(60)
        assert (device.name, device.room) == ("New lamp", "room-Hall")
        assert [(c.stage.stage, c.stage.state.value) for c in api.seen(CommissioningStageChanged)] == [
            ("server", "started"), ("server", "done"), ("find", "started"), ("find", "done")
        ]  # fmt: skip

    def test_an_impossible_code_is_refused_without_starting_anything(self, api: Desk) -> None:
        assert "digits" in in_full(api.engine.check_code("12x").result(60))
        assert api.engine.check_code("123").result(60) is None
        with pytest.raises(ProblemError):
            api.engine.pair("12x").result(60)
        assert not api.engine.session.links.running
        assert not api.seen(CommissioningStageChanged)

    def test_a_device_that_does_not_answer_is_its_own_problem(self, api: Desk) -> None:
        with refused("Nothing answered"):
            api.engine.pair("120").result(60)

    def test_a_device_that_another_project_paired_stays_out_until_the_server_is_added_by_hand(
        self, api: Desk, world: World
    ) -> None:
        world.devices = [replace(lamp("behind", "Behind my bridge"), via="new"), lamp("other", "Another house's")]
        api.engine.pair("123").result(60)
        assert {device.name for device in api.engine.twin.devices} == {"New lamp", "Behind my bridge"}
        api.engine.add("pretend://managed").result(60)
        assert len(api.engine.twin.devices) == 3

    def test_a_pairing_that_was_killed_in_its_last_stage_is_finished_at_the_next_start(
        self, api: Desk, make_desk: Callable[..., Desk], world: World
    ) -> None:
        world.devices = [lamp("other", "Another house's")]
        api.engine.pair("129")
        api.until(lambda: any(change.stage.stage == "describe" for change in api.seen(CommissioningStageChanged)))
        killed = api.folder / "killed.oikos"  # what a process killed now leaves on the disk
        for end in ("", "-wal"):
            shutil.copyfile(f"{api.path}{end}", f"{killed}{end}")
        after = make_desk(commissions=True, now_ms=api.now[0] + 60_000)
        after.engine.open_project(str(killed)).result(60)
        after.until(lambda: after.seen(ProblemRaised))
        (told,) = after.seen(ProblemRaised)
        assert (told.problem.code, "New lamp" in what(told.problem)) == ("pair.recovered", True)
        assert [device.name for device in after.engine.twin.devices] == ["New lamp"]
        after.engine.stop()
        world.devices.append(lamp("third", "Paired by another project"))
        after = make_desk(commissions=True, now_ms=api.now[0] + 120_000)
        after.engine.open_project(str(killed)).result(60)
        after.until(lambda: any(c.online for c in after.seen(DeviceOnline)))
        assert [device.name for device in after.engine.twin.devices] == ["New lamp"]

    def test_a_device_that_comes_after_its_pairing_was_given_up_is_taken_in_and_told(
        self, api: Desk, world: World
    ) -> None:
        with pytest.raises(ProblemError):
            api.engine.pair("120").result(60)
        world.describe(lamp("late", "Late lamp"))
        api.until(lambda: [told.problem.code for told in api.seen(ProblemRaised)] == ["pair.recovered"])
        assert [device.name for device in api.engine.twin.devices] == ["Late lamp"]

    def test_a_while_after_a_failed_pairing_new_devices_are_strangers_again(
        self, api: Desk, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.engine.registration.LATE_S", 0.0)
        with pytest.raises(ProblemError):
            api.engine.pair("120").result(60)
        project = api.engine.session.edits.project
        api.until(lambda: not project.setting("pairing", ""))
        world.describe(lamp("stranger", "Another house's"), lamp("new", "New lamp"))
        api.engine.pair("123").exception(10)
        assert "Another house's" not in {device.name for device in api.engine.twin.devices}

    def test_removing_decommissions(self, api: Desk) -> None:
        (device,) = api.engine.pair("123").result(60)
        api.engine.remove(device.id).result(60)
        assert api.world.removed == ["new"]
        assert not api.engine.twin.devices


def test_what_the_project_has_is_not_offered_again_and_comes_back_when_it_is_taken_out(
    api: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Candidate(key="pretend://home", name="Home", protocol="pretend")
    other = Candidate(key="pretend://other", name="Other", protocol="pretend")

    class Finds:
        def __init__(self, adapters: object, on_found: Callable[[object], None], **more: object) -> None:
            self.on_found = on_found

        async def run(self) -> None:
            self.on_found((mine, other))
            await asyncio.sleep(60)

    monkeypatch.setattr("devices.discovery.Discovery", Finds)
    api.engine.discover(True)
    api.until(lambda: [found.candidates for found in api.seen(CandidatesChanged)] == [(mine, other)])
    device = added(api)
    api.until(lambda: api.seen(CandidatesChanged)[-1].candidates == (other,))
    api.engine.remove(device).result(60)
    api.until(lambda: api.seen(CandidatesChanged)[-1].candidates == (mine, other))
    api.engine.discover(False)


def test_a_candidate_that_is_ignored_stays_so_with_the_project_until_it_is_wanted_again(
    api: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = Candidate(key="pretend://neighbour", name="Neighbour", protocol="pretend")

    class Finds:
        def __init__(self, adapters: object, on_found: Callable[[object], None], **more: object) -> None:
            self.on_found = on_found

        async def run(self) -> None:
            self.on_found((theirs,))
            await asyncio.sleep(60)

    def ignored() -> list[bool]:
        return [one.ignored for change in api.seen(CandidatesChanged)[-1:] for one in change.candidates]

    monkeypatch.setattr("devices.discovery.Discovery", Finds)
    api.engine.ignore_candidate(theirs.key, True).result(60)
    api.engine.discover(True)
    api.until(lambda: ignored() == [True])
    assert api.engine.session.project.setting("ignored_candidates") == [theirs.key]
    marked = replace(theirs, ignored=True)
    assert new_candidates((marked,), api.engine.session)[0] is marked
    api.engine.ignore_candidate(theirs.key, False).result(60)
    api.until(lambda: ignored() == [False])
    assert api.engine.undo_labels() == (None, None)
    api.engine.discover(False)


@pytest.mark.parametrize(
    ("addresses", "port", "there"),
    [(("10.0.0.9", "10.0.0.2"), 1883, True), (("10.0.0.2",), 8883, False), (("10.0.0.3",), 1883, False)],
)
def test_a_gateway_that_was_added_by_address_is_recognised_by_it(
    api: Desk, addresses: tuple[str, ...], port: int, there: bool
) -> None:
    api.engine.add("pretend://10.0.0.2:1883").result(60)
    found = Candidate(key="pretend://name", name="Name", protocol="pretend", addresses=addresses, port=port)
    assert (new_candidates((found,), api.engine.session) == ()) is there


def test_what_a_link_may_own_is_shown_once_the_link_is_up_and_does_not_own_it(
    api: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.engine.add("pretend://10.0.0.2:1883").result(60)
    session = api.engine.session
    (runner,) = session.links.running
    known = Candidate(key="pretend:node-1", name="Node", protocol="pretend", needs=Need.KNOWN)
    other = replace(known, key="other:node-1", protocol="other")
    assert new_candidates((known, other), session) == (known, other)
    monkeypatch.setattr(type(runner), "session", None)
    assert new_candidates((known, other), session) == (other,)


def test_candidates_are_told_anew_when_a_link_comes_up(api: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Candidate(key="pretend:node-1", name="Node", protocol="pretend", needs=Need.KNOWN)
    found = threading.Event()

    class Finds:
        def __init__(self, adapters: object, on_found: Callable[[object], None], **more: object) -> None:
            self.on_found = on_found

        async def run(self) -> None:
            self.on_found((known,))
            found.set()
            await asyncio.sleep(60)

    api.engine.add("pretend://10.0.0.2:1883").result(60)
    (runner,) = api.engine.session.links.running
    monkeypatch.setattr("devices.discovery.Discovery", Finds)
    with monkeypatch.context() as connecting:
        connecting.setattr(type(runner), "session", None)
        api.engine.discover(True)
        assert found.wait(60)
        assert not api.seen(CandidatesChanged)
    api.engine.context.bus.publish(LinkChanged(runner.link.id, "online", None))
    api.until(lambda: [change.candidates for change in api.seen(CandidatesChanged)] == [(known,)])
    api.engine.discover(False)


def test_what_is_gone_because_it_was_paired_is_not_found_any_more(api: Desk) -> None:
    there = Candidate(
        key="pretend:lamp-3840", name="Lamp", protocol="pretend", addresses=("10.0.0.4",), needs=Need.CODE
    )
    gone, other = replace(there, gone=True), replace(there, key="pretend:plug-17", gone=True)
    session = api.engine.session
    assert new_candidates((gone, other), session) == (gone, other)
    session.registration.paired.append(lambda candidate: candidate.key == there.key)
    assert new_candidates((gone, other), session) == (other,)
    assert new_candidates((there,), session) == (there,), "it is in pairing mode again: removed, or reset"


def test_problems_are_raised_to_the_screen_by_the_devices_name_and_the_log_stays_silent(api: Desk) -> None:
    added(api)
    api.world.report("t", "very warm")
    api.until(lambda: api.seen(ProblemRaised))
    problem = api.seen(ProblemRaised)[0].problem
    assert (problem.code, problem.where) == ("report.refused", "Lamp")


def test_a_gateway_that_does_not_end_loses_no_value_and_stopping_says_that_it_had_not_ended(
    api: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rooms(api)
    added(api)
    session = api.engine.session
    point = session.twin.devices[0].points[0].id
    session.history.bulk(point, np.array([1_000], np.int64), np.array([1.0]))

    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(session.links, "stop_all", never)
    monkeypatch.setattr("app.engine.engine.STOP_S", 0.05)
    put = Observation(point=point, time_ms=2_000, value=1.0, quality=Quality.GOOD)
    session.history.put([put])
    (problem,) = api.engine.stop()
    assert problem.code == "engine.late"
    assert "pretend" in what(problem)
    with History.open(history_file(Path(session.project.path)), readonly=True) as store:
        assert store.raw(point, 0, 10_000).times.tolist() == [1_000, 2_000]
    assert api.engine.stop() == ()


def test_files_that_take_long_to_close_are_no_gateway_that_has_not_ended(
    api: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(api)
    session, go = api.engine.session, threading.Event()
    close = session.close_files

    def slowly() -> None:
        go.wait(60)
        close()

    monkeypatch.setattr(session, "close_files", slowly)
    monkeypatch.setattr("app.engine.engine.STOP_S", 0.5)
    pool = api.engine.context.verb_pool
    end = pool.shutdown

    def ended(**how: bool) -> None:  # stopping has waited
        go.set()
        end(**how)

    monkeypatch.setattr(pool, "shutdown", ended)
    assert api.engine.stop() == ()
    assert go.is_set()
