"""Setup codes of devices: kept encrypted when a device is paired, bound to it and its place, there when it is gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.engine.kept_setup_codes import secret_name
from app.engine.key_backup import secrets_of
from devices.contract import Secret
from tests.app.conftest import Desk, PretendAdapter, rooms_building
from tests.app.test_pairing_queue import Fabric, FabricSession
from twin.model.ids import RoomId
from twin.model.pairing_job import ENDED, PairingRequest
from twin.model.problem import ProblemError
from twin.store.project import Project

type Opened = Callable[[], Desk]
HALL = RoomId("room-Hall")
CODE = "00011234567"


@pytest.fixture
def opened(make_desk: Callable[..., Desk]) -> Opened:
    world = Fabric()

    def make() -> Desk:
        one = make_desk(commissions=True)
        adapter = PretendAdapter(world, commissions=True)
        adapter.session = FabricSession
        one.engine.context.adapters = {"pretend": adapter}  # type: ignore[misc]
        return one

    return make


@pytest.fixture
def desk(opened: Opened, tmp_path) -> Desk:
    with Project.create(tmp_path / "house.oikos") as project:
        project.set_building(rooms_building("Hall", "Attic"))
    one = opened()
    one.engine.open(one.path).result(60)
    return one


def test_the_code_by_which_a_device_was_paired_is_kept_with_its_name_and_room(desk: Desk) -> None:
    (lamp,) = desk.engine.pair(CODE, HALL).result(60)
    (kept,) = desk.engine.setup_codes().result(60)
    assert (kept.device, kept.name, kept.place, kept.hint, kept.is_removed) == (
        lamp.id, lamp.name, desk.engine.twin.room_of[HALL].title, "67", False,
    )  # fmt: skip
    assert desk.engine.setup_code(lamp.id).result(60) == "00011234567"
    desk.engine.rename(lamp.id, "Reading lamp").result(60)
    desk.engine.bind(lamp.id, RoomId("room-Attic")).result(60)
    (kept,) = desk.engine.setup_codes().result(60)
    assert (kept.name, kept.place) == ("Reading lamp", desk.engine.twin.room_of[RoomId("room-Attic")].title)


def test_so_is_that_of_each_device_of_a_list_also_when_its_job_is_forgotten(desk: Desk) -> None:
    rows = [PairingRequest(code=f"000{n}-123-4567", name=f"Lamp no. {n}", room=HALL) for n in range(3)]
    desk.engine.pair_many(rows).result(60)
    desk.until(lambda: all(job.state in ENDED for job in desk.engine.pairing_jobs().result(60)))
    desk.engine.forget_pairing([job.id for job in desk.engine.pairing_jobs().result(60)]).result(60)
    kept = desk.engine.setup_codes().result(60)
    assert [(one.name, desk.engine.setup_code(one.device).result(60)) for one in kept] == [
        (f"Lamp no. {n}", f"000{n}1234567") for n in range(3)
    ]


def test_a_device_that_is_removed_leaves_its_code_and_where_it_was(desk: Desk, opened: Opened) -> None:
    (lamp,) = desk.engine.pair(CODE, HALL).result(60)
    desk.engine.rename(lamp.id, "Reading lamp").result(60)
    desk.engine.remove(lamp.id).result(60)
    desk.until(lambda: desk.engine.setup_codes().result(60)[0].is_removed)
    desk.engine.stop()
    again = opened()
    again.engine.open(again.path).result(60)
    (kept,) = again.engine.setup_codes().result(60)
    assert (kept.name, kept.place, kept.is_removed) == ("Reading lamp", again.engine.twin.room_of[HALL].title, True)
    again.engine.forget_setup_code(lamp.id).result(60)
    assert again.engine.setup_codes().result(60) == ()
    with pytest.raises(ProblemError, match=r"setup_code\.none"):
        again.engine.setup_code(lamp.id).result(60)


def test_neither_the_project_nor_its_export_has_the_code_and_its_backup_has(desk: Desk) -> None:
    (lamp,) = desk.engine.pair(CODE, HALL).result(60)
    home = desk.engine.context.home
    desk.engine.stop()
    files = [file.read_bytes() for file in desk.folder.glob("house.oikos*") if file.is_file()]
    assert files
    assert not any(b"00011234567" in data for data in files)
    with Project.open(desk.path) as project:
        assert secrets_of(project, home)[str(secret_name(lamp.id))] == Secret(data="00011234567")


def test_a_code_that_is_typed_later_is_judged_and_replaces_the_one_that_was_kept(desk: Desk) -> None:
    (lamp,) = desk.engine.pair(CODE, HALL).result(60)
    with pytest.raises(ProblemError):
        desk.engine.keep_setup_code(lamp.id, " no code ").result(60)
    assert desk.engine.setup_code(lamp.id).result(60) == "00011234567"
    (kept,) = desk.engine.keep_setup_code(lamp.id, "0009 123 4599").result(60)
    assert kept.hint == "99"
    assert desk.engine.setup_code(lamp.id).result(60) == "00091234599"


def test_who_looks_at_a_code_is_noted_and_the_note_does_not_tell_it(desk: Desk) -> None:
    (lamp,) = desk.engine.pair(CODE, HALL).result(60)
    desk.engine.setup_code(lamp.id).result(60)
    session = desk.engine.session
    session.history.flush()
    rows = [row for row in session.history.events.rows(0, 1 << 60, 1000) if "setup_code" in str(row)]
    assert rows
    assert "4567" not in str(rows)
