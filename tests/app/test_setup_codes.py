"""Setup codes of devices: kept encrypted when a device is paired, bound to it and its place, there when it is gone."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from app.engine.kept_setup_codes import secret_name
from app.engine.key_backup import secrets_of
from tests.app.conftest import Desk, PretendAdapter, rooms_building
from tests.app.test_pairing_queue import Fabric, FabricSession
from tests.english import plain
from twin.model.device_sharing import Membership
from twin.model.ids import RoomId
from twin.model.pairing_job import ENDED, PairingRequest
from twin.model.problem import ProblemError
from twin.model.setup_code import plain_code, printed_code
from twin.store.project import Project
from twin.store.project.kept_settings import SETUP_CODES

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
    assert (kept.device, kept.name, kept.place, kept.is_removed) == (
        lamp.id, lamp.name, desk.engine.twin.room_of[HALL].title, False,
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
    (row,) = desk.engine.setup_codes().result(60)
    home = desk.engine.context.home
    desk.engine.stop()
    files = [file.read_bytes() for file in desk.folder.glob("house.oikos*") if file.is_file()]
    assert files
    assert not any(b"00011234567" in data for data in files)
    with Project.open(desk.path) as project:
        assert row.device == lamp.id
        assert secrets_of(project, home)[str(secret_name(row))].data == "00011234567"
        (stored,) = project.setting(SETUP_CODES)  # nor a part of it
        assert set(stored) == {"device", "code_key", "name", "place", "since_ms", "is_removed"}


def test_a_code_that_is_typed_later_is_judged_and_replaces_none_that_is_kept(desk: Desk) -> None:
    (lamp,) = desk.engine.pair(CODE, HALL).result(60)
    with pytest.raises(ProblemError, match=r"setup_code\.kept_already"):
        desk.engine.keep_setup_code(lamp.id, "0009 123 4599").result(60)
    assert desk.engine.setup_code(lamp.id).result(60) == CODE
    desk.engine.forget_setup_code(lamp.id).result(60)
    with pytest.raises(ProblemError):
        desk.engine.keep_setup_code(lamp.id, " no code ").result(60)
    assert desk.engine.setup_codes().result(60) == ()
    desk.engine.keep_setup_code(lamp.id, "0009 123 4599").result(60)
    assert desk.engine.setup_code(lamp.id).result(60) == "00091234599"


def test_none_is_kept_for_a_device_that_is_paired_by_no_code(make_desk: Callable[..., Desk], tmp_path) -> None:
    with Project.create(tmp_path / "house.oikos") as project:
        project.set_building(rooms_building("Hall"))
    one = make_desk()
    one.engine.open(one.path).result(60)
    (device, *_) = one.engine.add("pretend://peer").result(60)
    with pytest.raises(ProblemError, match=r"setup_code\.without"):
        one.engine.keep_setup_code(device.id, "hello").result(60)
    assert one.engine.setup_codes().result(60) == ()


def test_who_looks_at_a_code_is_noted_and_the_note_does_not_tell_it(desk: Desk) -> None:
    (lamp,) = desk.engine.pair(CODE, HALL).result(60)
    desk.engine.setup_code(lamp.id).result(60)
    session = desk.engine.session
    session.history.flush()
    rows = [row for row in session.history.events.rows(0, 1 << 60, 1000) if "setup_code" in str(row)]
    assert rows
    assert "4567" not in str(rows)


@pytest.mark.parametrize("is_copy", [True, False])
def test_a_code_that_another_project_deletes_or_replaces_stays_in_this_one(
    desk: Desk, opened: Opened, *, is_copy: bool
) -> None:
    (lamp,) = desk.engine.pair(CODE, HALL).result(60)
    world = desk.engine.context.adapters["pretend"].world  # type: ignore[attr-defined]
    desk.engine.stop()
    path = desk.folder / "other.oikos"
    if is_copy:
        shutil.copyfile(desk.path, path)
    else:
        with Project.create(path) as project:
            project.set_building(rooms_building("Hall", "Attic"))
        world.devices.clear()
    other = opened()
    other.engine.open(path).result(60)
    if not is_copy:
        assert other.engine.pair(CODE, HALL).result(60)[0].id == lamp.id
    other.engine.forget_setup_code(lamp.id).result(60)
    other.engine.keep_setup_code(lamp.id, "00091234599").result(60)
    other.engine.forget_setup_code(lamp.id).result(60)
    if is_copy:
        shutil.copyfile(desk.path, desk.folder / "third.oikos")
        other.engine.open(desk.folder / "third.oikos").result(60)
        other.engine.forget_setup_code(lamp.id).result(60)
    other.engine.open(desk.path).result(60)
    assert other.engine.setup_code(lamp.id).result(60) == CODE


def test_a_code_stays_in_the_list_where_its_deletion_cannot_be_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lamp,) = desk.engine.pair(CODE, HALL).result(60)

    async def full(*_: object) -> None:
        raise ProblemError(plain("The disk is full", "Make room", code="disk.full"))

    def locked(*_: object) -> None:
        raise ProblemError(plain("The keyring is locked", "Unlock it", code="secrets.locked"))

    for owner, name, fault in (
        (desk.engine.session.edits, "remember", full),
        (desk.engine.context.secrets, "delete", locked),
    ):
        with monkeypatch.context() as broken:
            broken.setattr(owner, name, fault)
            with pytest.raises(ProblemError):
                desk.engine.forget_setup_code(lamp.id).result(60)
        assert [one.device for one in desk.engine.setup_codes().result(60)] == [lamp.id]
        assert desk.engine.setup_code(lamp.id).result(60) == CODE
    with monkeypatch.context() as broken:
        broken.setattr(desk.engine.session.edits, "remember", full)
        anew = desk.engine.pairing.setup_codes.keep(lamp, "00091234599")
        with pytest.raises(ProblemError, match=r"disk\.full"):
            desk.engine.context.loop.submit(anew, name="pair anew").result(60)
    assert desk.engine.setup_code(lamp.id).result(60) == CODE


class SharedSession(FabricSession):
    """Its devices belong to another home, too; one does not tell."""

    async def memberships(self, uid: str) -> tuple[Membership, ...]:
        if uid == "node-0002":
            raise TimeoutError
        return (Membership(index=1, own=True), *((Membership(index=2),) if uid == "node-0001" else ()))

    async def share(self, uid: str) -> None:
        raise NotImplementedError

    async def end_membership(self, uid: str, index: int) -> None:
        raise NotImplementedError


def test_the_code_of_another_home_s_window_is_not_kept_for_it_opens_nothing_later(desk: Desk) -> None:
    desk.engine.context.adapters["pretend"].session = SharedSession  # type: ignore[attr-defined]
    devices = [desk.engine.pair(f"000{n}1234567", HALL).result(60)[0] for n in (1, 2, 3)]
    assert {one.device for one in desk.engine.setup_codes().result(60)} == {one.id for one in devices[1:]}


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("00054912336", "0005-491-2336"),
        ("749701123365521001025", "7497-011-2336-55210-01025"),
        ("03145154", "031-45-154"),
        ("MT:Y.K90AFN00YZ.548G00", "MT:Y.K90AFN00YZ.548G00"),
        ("123", "123"),
    ],
)
def test_a_code_is_shown_as_labels_have_it(code: str, printed: str) -> None:
    assert printed_code(code) == printed
    assert plain_code(printed) == code
