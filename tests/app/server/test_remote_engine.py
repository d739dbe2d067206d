"""A client of the door: the same interface, the same news, as the engine itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import light_process
from app.engine.clock import utc_ms
from app.i18n import sentence
from app.server import client_queue
from app.server.door_address import door_of
from app.server.method_table import CHANGES, change_decoder, methods, result_decoder, table
from app.server.remote_engine import RemoteEngine
from app.server.roles import MIRRORED, NEED, NOT_CARRIED, READING, Caller, Role
from tests.app.conftest import Desk
from tests.app.server.conftest import OpenDoor, opened
from tests.english import refused, undo_labels
from twin.light.model import LightSource, PlanExtent, StoreyModel, Surface
from twin.model.change import (
    CommandUpdated,
    DeviceOnline,
    ProblemRaised,
    ProblemsSolved,
    Progress,
    ProjectOpened,
    ProjectOpenFailed,
    ProjectOpening,
    TwinChanged,
)
from twin.model.command import CommandState
from twin.model.ids import PointId, RoomId, StoreyId
from twin.model.observation import Quality
from twin.model.problem import ProblemError
from twin.model.space import Room
from twin.model.text import Text

type Attach = Callable[[OpenDoor], RemoteEngine]
_PAUSE = threading.Event()


class Seen:
    """What a client has seen, drained like a screen does it."""

    def __init__(self, remote: RemoteEngine) -> None:
        self.remote = remote
        self.changes: list[object] = []
        self.values: dict[str, float] = {}
        self.qualities: dict[str, Quality] = {}
        self.batches = 0

    def until(self, holds: Callable[[], object]) -> None:
        for _ in range(6000):
            batches, changes = self.remote.inbox.drain()
            self.batches += len(batches)
            for batch in batches:
                self.values.update({one.point: one.value for one in batch})
                self.qualities.update({one.point: one.quality for one in batch})
            self.changes += changes
            if holds():
                return
            _PAUSE.wait(0.01)
        raise AssertionError(f"never; saw {self.changes[-5:]}, {list(self.values)[-5:]}")

    def of(self, kind: type) -> list[Any]:
        return [change for change in self.changes if isinstance(change, kind)]


def test_every_method_of_the_interface_has_a_role_and_nothing_else_has() -> None:
    assert set(NEED) == set(methods())
    assert set(table()) == set(methods()) - NOT_CARRIED
    assert set(MIRRORED) < set(methods())
    assert set(READING) < set(table())


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_its_row_says(role: Role) -> None:
    caller = Caller("somebody", role)
    for method, need in NEED.items():
        assert caller.may(method) == (role >= need)
    assert not caller.may("no such method")


def test_the_user_on_the_socket_is_an_administrator() -> None:
    assert all(Caller().may(method) for method in NEED)


def test_a_client_waits_for_an_engine_that_is_still_opening_the_project_and_says_so(door: OpenDoor) -> None:
    there, path = threading.Event(), str(door.desk.path)
    remote = RemoteEngine.of(
        lambda: door_of(door.desk.path) if there.is_set() else None,
        utc_ms,
        opening=lambda: "" if there.is_set() else path,
    )
    try:
        ready, seen = remote.start(), Seen(remote)
        seen.until(lambda: [one.path for one in seen.of(ProjectOpening)] == [path])
        assert not ready.done()
        there.set()
        ready.result(60)
        seen.until(lambda: [one.path for one in seen.of(ProjectOpened)] == [path])
        assert seen.of(TwinChanged)
        assert not seen.of(ProblemRaised)
    finally:
        remote.stop()


def test_an_engine_that_ends_while_it_opens_the_project_is_told_as_a_failed_opening(tmp_path: Path) -> None:
    ended, path = threading.Event(), str(tmp_path / "house.oikos")
    remote = RemoteEngine.of(lambda: None, utc_ms, opening=lambda: "" if ended.is_set() else path)
    try:
        ready, seen = remote.start(), Seen(remote)
        seen.until(lambda: seen.of(ProjectOpening))
        ended.set()
        with pytest.raises(ProblemError):
            ready.result(60)
        seen.until(lambda: [one.problems[0].code for one in seen.of(ProjectOpenFailed)] == ["engine.gone"])
    finally:
        remote.stop()


def test_waiting_for_an_engine_that_opens_the_project_can_be_cancelled_and_begun_again(door: OpenDoor) -> None:
    there, path = threading.Event(), str(door.desk.path)
    remote = RemoteEngine.of(
        lambda: door_of(door.desk.path) if there.is_set() else None,
        utc_ms,
        opening=lambda: "" if there.is_set() else path,
    )
    try:
        ready, seen = remote.start(), Seen(remote)
        seen.until(lambda: [one.job for one in seen.of(Progress) if one.title] == ["attach"])
        remote.cancel("attach")
        with refused("still being opened"):
            ready.result(60)
        seen.until(lambda: [one.problems[0].code for one in seen.of(ProjectOpenFailed)] == ["engine.opening"])
        assert [one.done for one in seen.of(Progress)] == [False, True]
        there.set()
        remote.open_again().result(60)
        seen.until(lambda: seen.of(TwinChanged))
        assert remote.twin == door.desk.engine.twin
    finally:
        remote.stop()


def test_all_answers_and_events_can_be_read() -> None:
    for name in table():
        result_decoder(name)
    for name in CHANGES:
        change_decoder(name)


def test_a_client_sees_the_twin_values_labels_and_path_of_the_engine(door: OpenDoor, attach: Attach) -> None:
    remote, engine = attach(door), door.desk.engine
    seen, lamp = Seen(remote), PointId(door.desk.point("t"))
    assert remote.twin == engine.twin
    assert remote.project() == str(door.desk.path)
    door.desk.world.report("t", 21.5)
    seen.until(lambda: seen.values.get(lamp) == 21.5)
    assert remote.undo_labels() == engine.undo_labels()
    assert abs(remote.now_ms() - engine.now_ms()) < 60_000


def test_texts_arrive_before_the_values_that_are_their_codes(door: OpenDoor, attach: Attach) -> None:
    seen = Seen(attach(door))
    point = door.desk.point("say")
    for text in ("hello", "grüezi", "你好"):
        door.desk.world.report("say", text)
        seen.until(lambda text=text: seen.remote.strings().text(int(seen.values.get(point, -1))) == text)


def test_a_command_is_confirmed_and_its_news_reach_every_client(door: OpenDoor, attach: Attach) -> None:
    one, other = attach(door), Seen(attach(door))
    result = one.command(PointId(door.desk.point("on")), "on").result(60)
    assert result.state is CommandState.CONFIRMED
    other.until(lambda: [c for c in other.of(CommandUpdated) if c.result.command.id == result.command.id])  # type: ignore[attr-defined]


def test_an_edit_is_told_to_all_before_its_answer(door: OpenDoor, attach: Attach) -> None:
    one, other = attach(door), Seen(attach(door))
    lamp = one.twin.find_device("Lamp")
    assert lamp is not None
    assert one.bind(lamp.id, RoomId("room-Hall")).result(60) is None
    assert one.twin.device_of[lamp.id].room == "room-Hall"
    assert undo_labels(one)[0] == "Put Lamp into Hall"
    other.until(lambda: other.remote.twin.device_of[lamp.id].room == "room-Hall")
    assert sentence(one.undo().result(60)) == "Put Lamp into Hall"
    assert undo_labels(one)[1] == "Put Lamp into Hall"


def test_problems_come_as_they_were_raised(door: OpenDoor, attach: Attach) -> None:
    with pytest.raises(ProblemError) as error:
        attach(door).bind("nothing", RoomId("room-Hall")).result(60)  # type: ignore[arg-type]
    with pytest.raises(ProblemError) as own:
        door.desk.engine.bind("nothing", RoomId("room-Hall")).result(60)  # type: ignore[arg-type]
    assert error.value.problems == own.value.problems


def same(left: object, right: object) -> bool:
    if isinstance(left, np.ndarray):
        return np.array_equal(left, np.asarray(right), equal_nan=left.dtype.kind == "f")
    return left == right


def test_charts_and_past_moments_come_as_arrays(door: OpenDoor, attach: Attach) -> None:
    remote, engine = attach(door), door.desk.engine
    point = PointId(door.desk.point("t"))
    door.desk.world.report("t", 20.0)
    door.desk.until(lambda: point in door.desk.values)
    now = engine.now_ms()

    def different() -> list[str]:
        theirs, ours = (one.columns([point], now - 60_000, now + 60_000, 10).result(60)[0] for one in (remote, engine))
        pairs = {name: (getattr(ours, name), getattr(theirs, name)) for name in type(ours).__slots__}
        return [name for name, (left, right) in pairs.items() if not same(left, right)]

    door.desk.until(lambda: not different(), "both the same")  # the value may be recorded between two looks


def test_values_that_come_faster_than_a_screen_are_merged_and_the_newest_arrives(
    door: OpenDoor, attach: Attach
) -> None:
    seen, point = Seen(attach(door)), door.desk.point("t")
    for number in range(3000):
        door.desk.world.report("t", number / 100)
    seen.until(lambda: seen.values.get(point) == 29.99)
    assert seen.batches < 1500


def test_a_client_that_is_too_far_behind_is_cut_off_and_sees_all_when_it_is_back(
    door: OpenDoor, attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_queue, "MOST_CHANGES", 40)
    seen = Seen(attach(door))
    engine = door.desk.engine

    async def burst() -> None:
        for number in range(200):  # in one go: the client cannot be faster
            engine.context.bus.publish(TwinChanged(engine.twin, Text("text.earlier", text=str(number))))

    engine.context.loop.submit(burst(), name="burst").result(60)
    seen.until(lambda: seen.of(ProblemRaised) and seen.of(ProblemsSolved))
    assert seen.remote.twin == engine.twin
    assert seen.remote.links().result(60)


def test_an_engine_that_goes_is_said_its_devices_are_offline_and_it_is_found_again(
    door: OpenDoor, attach: Attach, make_desk: Callable[..., Desk]
) -> None:
    seen = Seen(attach(door))
    door.desk.engine.stop()
    seen.until(lambda: [c for c in seen.of(ProblemRaised) if c.problem.code == "engine.gone"])  # type: ignore[attr-defined]
    seen.until(lambda: any(not c.online for c in seen.of(DeviceOnline)))  # type: ignore[attr-defined]
    with refused("does not answer"):
        seen.remote.undo().result(60)
    again = make_desk(commissions=True)
    again.engine.listen()
    again.engine.open(door.desk.path).result(60)
    seen.until(lambda: seen.of(ProblemsSolved))
    assert [device.name for device in seen.remote.twin.devices] == ["Lamp"]
    assert seen.remote.links().result(60)


def test_no_value_is_shown_of_an_engine_that_is_lost_until_it_is_back(
    door: OpenDoor, attach: Attach, make_desk: Callable[..., Desk]
) -> None:
    seen, point = Seen(attach(door)), door.desk.point("t")
    door.desk.world.report("t", 21.5)
    seen.until(lambda: seen.values.get(point) == 21.5)
    door.desk.engine.stop()
    seen.until(lambda: np.isnan([*seen.values.values()]).all())
    assert seen.qualities[point] == Quality.OFFLINE
    again = make_desk(commissions=True)
    again.engine.listen()
    again.engine.open(door.desk.path).result(60)
    again.world.report("t", 22.5)
    seen.until(lambda: seen.values.get(point) == 22.5)


def test_a_client_whose_own_inbox_overflowed_is_told_everything_anew(door: OpenDoor, attach: Attach) -> None:
    seen = Seen(attach(door))
    seen.until(lambda: seen.of(TwinChanged))
    seen.changes.clear()
    seen.remote.resync(seen.remote.inbox).result(60)
    seen.until(lambda: seen.of(TwinChanged) and seen.of(DeviceOnline))
    assert not seen.of(ProblemRaised)
    assert seen.remote.links().result(60)


def test_where_no_engine_is_attaching_says_so(tmp_path: Path) -> None:
    remote = RemoteEngine(lambda: door_of(tmp_path / "none.oikos"), utc_ms)
    try:
        with refused("does not answer"):
            remote.start().result(60)
    finally:
        remote.stop()


def test_a_mesh_that_is_known_by_its_digest_is_taken_from_the_cache(door: OpenDoor, tmp_path: Path) -> None:
    for _ in range(2):
        remote = RemoteEngine(lambda: door_of(door.desk.path), utc_ms, cache=tmp_path / "cache")
        try:
            remote.start().result(60)
            assert remote.mesh().result(60) == door.desk.engine.mesh().result(60)
        finally:
            remote.stop()
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_port_with_a_token_serves_where_there_are_no_unix_sockets(
    make_desk: Callable[..., Desk], attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.server.listening.HAS_UNIX_SOCKETS", False)
    monkeypatch.setattr("app.server.listening.listen.__kwdefaults__", {"unix": False})
    desk = make_desk()
    desk.engine.listen()
    desk.engine.new_project(str(desk.path)).result(60)
    address = opened(desk)
    assert address.port
    assert Path(address.token_file).stat().st_mode & 0o777 == 0o600
    assert attach(OpenDoor(desk, address)).twin == desk.engine.twin
    import http.client
    import json

    for headers in ({}, {"Authorization": "Bearer wrong"}):
        wire = http.client.HTTPConnection("127.0.0.1", address.port, timeout=400)
        wire.request("GET", "/hello", headers=headers)
        answer = wire.getresponse()
        assert (answer.status, json.loads(answer.read())["problems"][0]["code"]) == (401, "door.token")
        wire.close()


def lit_floor(x: float = 1.0) -> StoreyModel:
    """A wall beside a floor with a lamp over it."""
    wall = np.array([[0, 0, 0], [4, 0, 0], [4, 0, 2.5], [0, 0, 2.5]], np.float32)
    corners = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    outline = ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))
    room = Room(id=RoomId("a"), name="", storey=StoreyId("s"), outline=outline, floor_m=0.0, ceiling_m=2.5)
    return StoreyModel(
        walls=Surface(wall, corners, np.full((2, 3), 200, np.uint8), np.zeros(2, np.int32)),
        things=Surface(),
        rooms=(room,),
        extent=PlanExtent((0.0, 0.0), (4.0, 3.0)),
        lamps=(LightSource("lamp", (x, 1.0, 2.0)),),
    )


def test_light_that_a_client_baked_is_kept_by_the_engine_and_baked_by_nobody_again(
    door: OpenDoor, attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    storey = door.desk.engine.twin.storeys[0].id
    seen = Seen(attach(door))
    light, quality = seen.remote.light(storey, lit_floor, "normal").result(120) or (None, "")
    assert light is not None
    assert quality == "normal"
    seen.until(lambda: any(one.job == "light" and one.done for one in seen.of(Progress)))

    def refuse(*_args: object, **_named: object) -> bytes:
        raise AssertionError("it is there")

    monkeypatch.setattr(light_process, "baked_in_child", refuse)
    for one in (door.desk.engine, attach(door)):
        again, _ = one.light(storey, lit_floor, "draft").result(120) or (None, "")
        assert again is not None
        assert (again.lamps[0].rows == light.lamps[0].rows).all()


def test_a_client_stops_its_own_fine_light(door: OpenDoor, attach: Attach, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def endless(_data: bytes, _quality: str, **named: Callable[..., Any]) -> bytes:
        named["progress"](0.5)
        begun.set()
        while not named["cancelled"]():
            _PAUSE.wait(0.01)
        raise light_process.BakeStoppedError("stopped")

    monkeypatch.setattr(light_process, "baked_in_child", endless)
    seen = Seen(attach(door))
    asked = seen.remote.light(door.desk.engine.twin.storeys[0].id, lit_floor, "fine")
    assert begun.wait(60)
    seen.until(lambda: any(one.job == "fine_light" and one.fraction == 0.5 for one in seen.of(Progress)))
    seen.remote.cancel("fine_light")
    assert asked.result(60) is None


def test_another_project_under_an_attached_window_stops_the_bakes_under_way(
    door: OpenDoor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun, ended = threading.Event(), threading.Event()
    another = tmp_path / "another.oikos"

    def endless(_data: bytes, _quality: str, **named: Callable[..., Any]) -> bytes:
        begun.set()
        while not named["cancelled"]():
            _PAUSE.wait(0.01)
        ended.set()
        raise light_process.BakeStoppedError("stopped")

    monkeypatch.setattr(light_process, "baked_in_child", endless)
    remote = RemoteEngine(lambda: door_of(another) or door_of(door.desk.path), utc_ms)
    try:
        remote.start().result(60)
        storey = door.desk.engine.twin.storeys[0].id
        asked = [remote.light(storey, lit_floor, quality) for quality in ("normal", "fine")]
        assert begun.wait(60)
        door.desk.engine.new_project(str(another)).result(60)
        assert ended.wait(60)
        assert [one.result(60) for one in asked] == [None, None]
        monkeypatch.undo()
        light, _ = remote.light(storey, lit_floor, "draft").result(120) or (None, "")
        assert light is not None
    finally:
        remote.stop()


def test_what_is_no_light_is_not_kept(door: OpenDoor, attach: Attach) -> None:
    remote, storey = attach(door), door.desk.engine.twin.storeys[0].id
    key = f"1 2 normal {'0' * 40}"
    with refused("not the light of a storey"):
        remote.keep_light(storey, key, b"nothing").result(60)
    assert remote.kept_light(key).result(60) is None
