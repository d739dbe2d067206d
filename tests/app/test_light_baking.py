"""The engine's baker: a child process, and what the project keeps."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import sleep

import numpy as np
import pytest

from app import light_process
from app.light_baking import JOB
from app.light_process import BakeStoppedError, baked_in_child
from tests.app.conftest import Desk, rooms_building
from tests.english import words
from twin.light.model import LightSource, PlanExtent, StoreyModel, Surface
from twin.light.model_bytes import light_key, pack_model, unpack_model
from twin.model.change import Progress
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room
from twin.store.project import Project

STOREY = StoreyId("s1")


def model(x: float = 1.0) -> StoreyModel:
    """A floor with a lamp over it, and a wall beside."""
    wall = np.array([[0, 0, 0], [4, 0, 0], [4, 0, 2.5], [0, 0, 2.5]], np.float32)
    corners = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    room = Room(
        id=RoomId("a"), name="", storey=STOREY, outline=((0, 0), (4, 0), (4, 3), (0, 3)), floor_m=0.0, ceiling_m=2.5
    )
    return StoreyModel(
        walls=Surface(wall, corners, np.full((2, 3), 200, np.uint8), np.zeros(2, np.int32)),
        things=Surface(),
        rooms=(room,),
        extent=PlanExtent((0.0, 0.0), (4.0, 3.0)),
        lamps=(LightSource("lamp", (x, 1.0, 2.0)),),
    )


@pytest.fixture
def desk(api: Desk) -> Desk:
    """An engine whose project has a storey."""

    async def work() -> None:
        building = rooms_building("Kitchen")
        await api.engine.session.edits.edit(
            lambda project: project.set_building(building, label=words("Import"), keep={})
        )

    api.engine._run(work(), "rooms").result(60)
    return api


@pytest.fixture
def bakes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The qualities that were really baked."""
    made: list[str] = []
    real = baked_in_child

    def counted(data: bytes, quality: str, **named: Callable[..., object]) -> bytes:
        made.append(quality)
        return real(data, quality, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(light_process, "baked_in_child", counted)
    return made


def test_a_storey_is_baked_in_a_child_once_and_kept_with_the_project(desk: Desk, bakes: list[str]) -> None:
    light, quality = desk.engine.light(STOREY, model, "normal").result(60)
    assert quality == "normal"
    assert light.lamps[0].light.max() > 0.05
    again, quality = desk.engine.light(STOREY, model, "draft").result(60)
    assert quality == "normal"
    assert (again.lamps[0].rows == light.lamps[0].rows).all()
    assert bakes == ["normal"]
    desk.engine.light(STOREY, lambda: model(2.0), "draft").result(60)
    assert bakes == ["normal", "draft"]
    desk.drain()
    steps = [one for one in desk.changes if isinstance(one, Progress) and one.job == JOB]
    assert steps[-1].done


def test_open_and_closed_doors_are_baked_once_each_however_often_they_are_opened(desk: Desk, bakes: list[str]) -> None:
    closed = model()
    open_ = replace(closed, leaves=closed.walls)
    for one in (closed, open_, closed, open_, closed, open_):
        assert desk.engine.light(STOREY, lambda one=one: one, "normal").result(60)[1] == "normal"
    assert bakes == ["normal", "normal"]


def test_light_that_was_baked_ahead_is_kept_as_the_usual_one_and_shows_no_progress(
    desk: Desk, bakes: list[str]
) -> None:
    assert desk.engine.light(STOREY, model, "ahead").result(60)[1] == "normal"
    assert desk.engine.light(STOREY, model, "draft").result(60)[1] == "normal"
    assert bakes == ["normal"]
    desk.drain()
    assert not [one for one in desk.changes if isinstance(one, Progress)]


def test_baking_ahead_is_given_up_for_light_that_is_wanted_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real, begun = baked_in_child, Event()

    def held(data: bytes, quality: str, **named: Callable[..., object]) -> bytes:
        if not begun.is_set():
            begun.set()
            while not named["cancelled"]():
                sleep(0.01)
            raise BakeStoppedError("stopped")
        return real(data, quality, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(light_process, "baked_in_child", held)
    ahead = desk.engine.light(STOREY, lambda: model(2.0), "ahead")
    assert begun.wait(60)
    assert desk.engine.light(STOREY, model, "draft").result(60) is not None
    assert ahead.result(60) is None


@pytest.mark.parametrize("cancelled", [False, True])
def test_light_that_is_just_baked_ahead_is_waited_for_by_who_needs_it_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, cancelled: bool
) -> None:
    real, begun, may_go_on, bakes = baked_in_child, Event(), Event(), list[str]()

    def held(data: bytes, quality: str, **named: Callable[..., object]) -> bytes:
        bakes.append(quality)
        begun.set()
        named["progress"](0.2)
        while not may_go_on.is_set():
            if named["cancelled"]():
                raise BakeStoppedError("stopped")
            named["progress"](0.6)
            sleep(0.01)
        return real(data, quality, **named)  # type: ignore[arg-type]

    def shares() -> list[float | None]:
        desk.drain()
        return [one.fraction for one in desk.changes if isinstance(one, Progress) and one.job == JOB]

    monkeypatch.setattr(light_process, "baked_in_child", held)
    ahead = desk.engine.light(STOREY, model, "ahead")
    assert begun.wait(60)
    now = desk.engine.light(STOREY, model, "normal")
    while 0.6 not in shares():  # it has progress, and can be cancelled, from now on
        sleep(0.01)
    assert 0.2 not in shares()
    if cancelled:
        desk.engine.cancel(JOB)
        assert now.result(60) is None
        assert ahead.result(60) is None
    may_go_on.set()
    if not cancelled:
        assert (now.result(60) or ("", ""))[1] == (ahead.result(60) or ("", ""))[1] == "normal"
    assert shares()[-1] == 1.0
    assert bakes == ["normal"]


def test_what_is_baked_ahead_is_given_up_before_its_bake_begins_too(desk: Desk, bakes: list[str]) -> None:
    making, may_go_on = Event(), Event()

    def slow() -> StoreyModel:
        making.set()
        assert may_go_on.wait(60)
        return model(2.0)

    ahead = desk.engine.light(STOREY, slow, "ahead")
    assert making.wait(60)
    assert desk.engine.light(STOREY, model, "draft").result(60) is not None
    may_go_on.set()
    assert ahead.result(60) is None
    assert bakes == ["draft"]


def test_a_project_that_is_left_stops_its_bakes(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun, ended = Event(), Event()

    def endless(_data: bytes, _quality: str, **named: Callable[..., object]) -> bytes:
        begun.set()
        while not named["cancelled"]():
            sleep(0.01)
        ended.set()
        raise BakeStoppedError("stopped")

    monkeypatch.setattr(light_process, "baked_in_child", endless)
    light = desk.engine.light(STOREY, model, "fine")
    assert begun.wait(60)
    desk.engine.new_project(str(tmp_path / "next.oikos")).result(60)
    assert ended.wait(60)
    assert light.result(60) is None


def test_an_engine_that_stops_waits_for_no_bake(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = Event(), Event()

    def endless(_data: bytes, _quality: str, **named: Callable[..., object]) -> bytes:
        begun.set()
        while not named["cancelled"]():
            sleep(0.01)
        ended.set()
        raise BakeStoppedError("stopped")

    monkeypatch.setattr(light_process, "baked_in_child", endless)
    desk.engine.light(STOREY, model, "fine")
    assert begun.wait(60)
    desk.engine.stop()
    assert ended.is_set()


def test_light_that_is_too_large_for_the_project_is_baked_again_and_the_log_tells(
    desk: Desk, bakes: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.light_baking.MOST_BYTES", 100)
    caplog.set_level("INFO", "oikos.engine")
    for _ in range(2):
        light, _quality = desk.engine.light(STOREY, model, "normal").result(60)
        assert len(light.lamps) == 1
    assert bakes == ["normal", "normal"]
    assert sum("too large to be kept" in one.getMessage() for one in caplog.records) == 2


def test_kept_light_that_is_damaged_is_baked_anew(desk: Desk, bakes: list[str]) -> None:
    desk.engine.light(STOREY, model, "normal").result(60)
    key = light_key(pack_model(model()), "normal")
    project = desk.engine.session.project
    project.keep_light(STOREY, key, b"nothing")
    light, _ = desk.engine.light(STOREY, model, "normal").result(60)
    assert len(light.lamps) == 1
    assert bakes == ["normal", "normal"]


def test_a_storey_keeps_the_newest_few_and_one_that_is_gone_none(desk: Desk) -> None:
    project, steps = desk.engine.session.project, desk.engine.undo_labels()
    for number in range(15):
        project.keep_light(STOREY, f"key {number}", bytes([number]))
        project.use_light("key 0")
    project.keep_light("gone", "key of nobody", b"x")
    assert [project.light(f"key {number}") for number in (1, 3, 4, 14)] == [None, None, b"\4", b"\x0e"]
    assert project.light("key 0") == b"\0"  # the one that is used all the time
    assert project.light("key of nobody") is None
    assert desk.engine.undo_labels() == steps


def test_no_model_is_no_light_and_neither_is_no_project(desk: Desk, make_desk: Callable[..., Desk]) -> None:
    assert desk.engine.light(STOREY, lambda: None, "normal").result(60) is None
    assert make_desk().engine.light(STOREY, model, "normal").result(60) is None


def test_a_bake_that_is_cancelled_gives_no_light_and_keeps_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = baked_in_child

    def cancelled(data: bytes, quality: str, **named: Callable[..., object]) -> bytes:
        desk.engine.cancel(JOB)
        return real(data, quality, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(light_process, "baked_in_child", cancelled)
    assert desk.engine.light(STOREY, model, "normal").result(60) is None
    assert desk.engine.session.project.light(light_key(pack_model(model()), "normal")) is None


def test_the_usual_light_does_not_wait_for_that_of_print_quality(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real, may_end = baked_in_child, Event()

    def held(data: bytes, quality: str, **named: Callable[..., object]) -> bytes:
        if quality == "fine":
            assert may_end.wait(60)
        return real(data, "draft", **named)  # type: ignore[arg-type]

    monkeypatch.setattr(light_process, "baked_in_child", held)
    fine = desk.engine.light(STOREY, model, "fine")
    found = desk.engine.light(STOREY, model, "normal").result(60)
    assert found is not None
    assert not fine.done()
    may_end.set()
    light, quality = fine.result(60)
    assert quality == "fine"
    assert len(light.lamps) == 1
    assert desk.engine.session.project.light(light_key(pack_model(model()), "fine")) is None


def test_a_child_that_cannot_read_its_model_ends_the_bake_in_words() -> None:
    with pytest.raises(BakeStoppedError, match="ended"):
        baked_in_child(b"no model", "draft")


def test_a_model_as_bytes_is_the_same_model_and_every_change_of_it_another_key() -> None:
    data = pack_model(model())
    assert pack_model(unpack_model(data)) == data
    other = replace(model(), leaves=model().walls)
    keys = {light_key(pack_model(one), "normal") for one in (model(), model(1.1), other)}
    assert len(keys | {light_key(data, "draft")}) == 4


def test_a_project_from_before_there_was_light_keeps_light(tmp_path: Path) -> None:
    from tests.twin.store import old_files

    old_files.load("project_v13.sql", tmp_path / "old.oikos")
    with Project.open(tmp_path / "old.oikos") as project:
        storey = project.twin().storeys[0].id
        project.keep_light(storey, "key", b"light")
        assert project.light("key") == b"light"
    shutil.copy(tmp_path / "old.oikos", tmp_path / "copy.oikos")
    with sqlite3.connect(tmp_path / "copy.oikos") as db:
        assert db.execute("select count(*) from light").fetchone() == (1,)
    db.close()
