"""Many devices from a list: paired one after the other, each failure explained, none lost or doubled by a crash."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.__main__ import main
from app.pairing_requests import MOST_ROWS, read_requests
from devices.contract import Secret
from tests.app.conftest import Desk, PretendAdapter, PretendSession, World, lamp, rooms_building
from tests.english import plain, words
from twin.model.candidate import CommissioningStage, StageState
from twin.model.ids import LinkId, PlaceholderId, RoomId, StoreyId
from twin.model.pairing_job import ENDED, PairingJob, PairingRequest, PairingState
from twin.model.problem import ProblemError
from twin.model.space import Placeholder
from twin.model.twin import Twin
from twin.store.project import Project


@dataclass
class Fabric(World):
    """A peer that takes one device in at a time, under the number that its code begins with."""

    devices: list = field(default_factory=list)  # type: ignore[type-arg]
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    held: dict[str, str] = field(default_factory=dict)
    """By code: `before` or `after` the device joins, its pairing waits for ever there."""


class FabricSession(PretendSession):
    world: Fabric

    async def pair(self, code: str, stage: Callable[[CommissioningStage], None]) -> tuple[str, ...]:
        world = self.world
        held = world.held.get(code)  # before it is told as asked: a test that waits for that may then clear it
        world.asked.append(code)
        world.at_once += 1
        world.most_at_once = max(world.most_at_once, world.at_once)
        try:
            stage(CommissioningStage(stage="find", title=words("Looking"), state=StageState.STARTED, seconds=0.0))
            await asyncio.sleep(0)
            if held == "before":
                await asyncio.Event().wait()
            if code.endswith("404"):
                raise ProblemError(plain("Nothing answered", "Hold it nearer", code="pair.not_found"))
            uid = f"node-{code[:4]}"
            if uid in {one.uid for one in world.devices}:
                raise ProblemError(plain("It belongs to a home already", "Reset it", code="pair.taken"))
            world.devices.append(lamp(uid, f"Lamp {code[:4]}"))
            if held == "after":
                await asyncio.Event().wait()
            return (uid,)
        finally:
            world.at_once -= 1


@pytest.fixture
def world() -> Fabric:
    return Fabric()


type Opened = Callable[[], Desk]


@pytest.fixture
def opened(make_desk: Callable[..., Desk], world: Fabric) -> Opened:
    def make() -> Desk:
        one = make_desk(commissions=True)
        adapter = PretendAdapter(world, commissions=True)
        adapter.session = FabricSession
        one.engine.context.adapters = {"pretend": adapter}  # type: ignore[misc]
        return one

    return make


@pytest.fixture
def desk(opened: Opened, tmp_path: Path) -> Desk:
    with Project.create(tmp_path / "house.oikos") as project:
        project.set_building(
            replace(
                rooms_building("Hall", "Attic"),
                placeholders=(
                    Placeholder(
                        id=PlaceholderId("p1"),
                        name="Stairs lamp",
                        kind="light",
                        storey=StoreyId("s1"),
                        room=RoomId("room-Attic"),
                        position_m=(5.0, 1.0, 2.0),
                    ),
                ),
            )
        )
    one = opened()
    one.engine.open(one.path).result(60)
    return one


def listed(many: int = 50) -> list[PairingRequest]:
    """A list with three devices that fail: one does not answer, one code is impossible, one room is unknown."""
    rows = [
        PairingRequest(code=f"{n:04d}-123-4567", name=f"Lamp no. {n}", room=RoomId("room-Hall")) for n in range(many)
    ]
    rows[7] = replace(rows[7], code="0007-123-4404")
    rows[21] = replace(rows[21], code="0021-no-code")
    rows[33] = replace(rows[33], wrong=plain("No such room", "Look again", code="pair.unknown_room"))
    return rows


def over(desk: Desk) -> tuple[PairingJob, ...]:
    """All jobs, once each has ended."""
    desk.until(lambda: all(job.state in ENDED for job in desk.engine.pairing_jobs().result(60)))
    return desk.engine.pairing_jobs().result(60)


def states(jobs: tuple[PairingJob, ...]) -> dict[str, int]:
    found = [job.state.value for job in jobs]
    return {state: found.count(state) for state in dict.fromkeys(found)}


def copied(desk: Desk, name: str = "copy") -> Path:
    """A copy of the project as it lies on the disk now."""
    path = desk.folder / f"{name}.oikos"
    for end in ("", "-wal"):
        shutil.copyfile(f"{desk.path}{end}", f"{path}{end}")
    return path


def left_behind(desk: Desk) -> Path:
    """What a process that is killed now leaves on the disk: the project, moved, for its file is still open."""
    path = copied(desk, "killed")
    desk.path.unlink()
    return path


def killed(desk: Desk, opened: Opened) -> Desk:
    """Another engine on what a process that is killed now leaves on the disk."""
    path, after = left_behind(desk), opened()
    after.engine.open(path).result(60)
    return after


def test_fifty_devices_are_paired_and_three_failures_explained(desk: Desk, world: Fabric) -> None:
    desk.engine.pair_many(listed()).result(60)
    jobs = over(desk)
    assert states(jobs) == {"done": 47, "failed": 3}
    assert [job.problem.code for job in jobs if job.problem] == ["pair.not_found", "code", "pair.unknown_room"]
    devices = desk.engine.twin.devices
    assert sorted(one.name for one in devices) == sorted(job.name for job in jobs if job.state is PairingState.DONE)
    assert {one.room for one in devices} == {"room-Hall"}
    assert world.most_at_once == 1
    assert len(world.asked) == 48  # the others were told before any radio was used


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_in_the_middle_loses_and_doubles_nothing(desk: Desk, world: Fabric, opened: Opened, moment: str) -> None:
    world.held["00251234567"] = moment
    desk.engine.pair_many(listed()).result(60)
    desk.until(lambda: "00251234567" in world.asked and (moment == "before" or len(world.devices) == 24))
    world.held.clear()
    after = killed(desk, opened)
    jobs = over(after)
    assert states(jobs) == {"done": 47, "failed": 3}
    assert len(after.engine.twin.devices) == len(world.devices) == 47
    assert sorted(one.name for one in after.engine.twin.devices) == sorted(
        j.name for j in jobs if j.state is PairingState.DONE
    )
    assert {one.room for one in after.engine.twin.devices} == {"room-Hall"}
    assert world.asked.count("00251234567") == (2 if moment == "before" else 1)
    assert {uid for job in jobs for uid in job.devices} == {one.id for one in after.engine.twin.devices}


def test_the_same_list_again_pairs_only_what_failed(desk: Desk, world: Fabric) -> None:
    desk.engine.pair_many(listed()).result(60)
    over(desk)
    again = [replace(one, wrong=None) if one.wrong else one for one in listed()]
    desk.engine.pair_many(again).result(60)
    jobs = over(desk)
    assert states(jobs) == {"done": 48, "failed": 2}
    assert len(jobs) == 50
    assert len(desk.engine.twin.devices) == 48
    assert world.asked.count("00011234567") == 1
    assert world.asked.count("00071234404") == 2


def test_one_is_tried_again_and_another_cancelled(desk: Desk, world: Fabric) -> None:
    world.held["00001234567"] = "before"
    desk.engine.pair_many(listed(40)[:3]).result(60)
    desk.until(lambda: world.asked)
    (first, second, third) = desk.engine.cancel_pairing(["1", "2"]).result(60)
    assert (first.state, second.state, third.state) == ("running", "cancelled", "waiting")
    desk.engine.stop()
    world.held.clear()


def test_jobs_that_ended_are_forgotten_with_their_codes(desk: Desk) -> None:
    desk.engine.pair_many(listed()[5:9]).result(60)
    over(desk)
    kept = desk.engine.context.secrets
    key = LinkId(f"pairing:{desk.engine.pairing._key}:0")
    assert "0005" in str(kept.get(key).data)  # type: ignore[union-attr]
    assert b"00051234567" not in desk.path.read_bytes()
    left = desk.engine.forget_pairing([job.id for job in desk.engine.pairing_jobs().result(60)]).result(60)
    assert left == ()
    assert kept.get(key) is None
    assert len(desk.engine.twin.devices) == 3


def test_the_same_code_twice_in_one_list_is_told(desk: Desk) -> None:
    row = listed()[0]
    desk.engine.pair_many([row, replace(row, name="Again")]).result(60)
    jobs = over(desk)
    assert [job.problem.code for job in jobs if job.problem] == ["pair.listed_twice"]
    assert len(desk.engine.twin.devices) == 1


def test_a_list_with_the_code_of_a_device_that_is_in_names_that_device(desk: Desk, world: Fabric) -> None:
    (lamp,) = desk.engine.pair("00011234567").result(60)
    desk.engine.pairing._session.context.adapters["pretend"].is_same_code = lambda a, b: a[:4] == b[:4]
    desk.engine.pairing._session.context.adapters["pretend"].announced_by = lambda code: lambda candidate: False
    rows = [PairingRequest(code=code, name="New") for code in ("0001-123-4404", "0002-123-4404")]
    desk.engine.pair_many(rows).result(60)
    told = [(job.problem.code, job.problem.args.get("name")) for job in over(desk) if job.problem]
    assert told == [("pair.already_in", lamp.name), ("pair.not_found", None)]


def test_the_project_file_has_no_character_of_a_code_and_jobs_without_a_name_are_told_apart(desk: Desk) -> None:
    desk.engine.pair_many([PairingRequest(code=f"000{n}-123-4404") for n in range(2)]).result(60)
    over(desk)
    with Project.open(copied(desk)) as project:
        jobs = json.loads(str(project.setting("pairing_queue")))["jobs"]
    assert [job["id"] for job in jobs] == ["1", "2"]
    texts = {text for job in jobs for text in job.values() if isinstance(text, str) and len(text) > 1}
    assert not any(text in "0000123440400011234404" for text in texts)


def test_a_planned_place_of_that_name_is_filled(desk: Desk) -> None:
    requests = read_requests("0001-123-4567, stairs lamp\n", desk.engine.twin)
    assert requests[0].place == "p1"
    desk.engine.pair_many(requests).result(60)
    over(desk)
    (device,) = desk.engine.twin.devices
    assert (device.room, device.position_m) == ("room-Attic", (5.0, 1.0, 2.0))
    assert desk.engine.twin.placeholders[0].device == device.id


def test_a_job_that_was_cut_off_takes_no_device_that_was_paired_meanwhile(
    desk: Desk, world: Fabric, opened: Opened
) -> None:
    world.held["00051234567"] = "before"
    row = PairingRequest(code="0005-123-4567", name="Kitchen lamp", room=RoomId("room-Hall"))
    desk.engine.pair_many([row]).result(60)
    desk.until(lambda: desk.engine.pairing_jobs().result(60)[0].link and world.asked)
    world.held.clear()
    path, after = left_behind(desk), opened()
    after.engine.open(path, links=[]).result(60)
    (other,) = after.engine.pair("00061234567").result(60)
    after.engine.retry_pairing([]).result(60)
    (job,) = over(after)
    found = {one.uid: (one.name, one.room) for one in after.engine.twin.devices}
    assert found == {"node-0006": (other.name, None), "node-0005": ("Kitchen lamp", "room-Hall")}
    assert (job.state, len(job.devices)) == ("done", 1)


def test_a_line_that_is_wrong_is_not_tried_again_before_it_is_corrected(desk: Desk, world: Fabric) -> None:
    rows = [PairingRequest(code="0001-123-4567", name=name) for name in "AB"]
    nowhere = PairingRequest(
        code="0002-123-4567", name="C", wrong=plain("No such room", "Look again", code="pair.unknown_room")
    )
    for _ in range(2):
        desk.engine.pair_many([*rows, nowhere]).result(60)
        jobs = over(desk)
        assert [(job.name, job.problem.code if job.problem else "") for job in jobs] == [
            ("A", ""),
            ("B", "pair.listed_twice"),
            ("C", "pair.unknown_room"),
        ]
        desk.engine.retry_pairing([job.id for job in jobs]).result(60)
        assert over(desk) == jobs
    assert world.asked == ["00011234567"]
    desk.engine.pair_many([replace(nowhere, wrong=None, room=RoomId("room-Hall"))]).result(60)
    assert over(desk)[2].state == "done"


def test_a_device_that_was_removed_is_paired_again_with_the_list(desk: Desk, world: Fabric) -> None:
    rows = [PairingRequest(code="0003-123-4567", name="A")]
    desk.engine.pair_many(rows).result(60)
    (job,) = over(desk)
    desk.engine.remove(job.devices[0]).result(60)
    world.devices.clear()
    desk.engine.pair_many(rows).result(60)
    (job,) = over(desk)
    assert (job.state, [one.name for one in desk.engine.twin.devices]) == ("done", ["A"])
    assert len(world.asked) == 2


def refusing(reads: list[LinkId], others: Callable[[LinkId], object]) -> Callable[[LinkId], object]:
    """A keyring that refuses the codes; it lists what was asked of it."""

    def get(link: LinkId) -> object:
        if not link.startswith("pairing:"):
            return others(link)
        reads.append(link)
        raise ProblemError(plain("The keyring is locked", "Unlock it", code="secrets.locked"))

    return get


def test_codes_that_cannot_be_read_end_the_jobs_with_the_reason_and_are_not_read_again(
    desk: Desk, opened: Opened, world: Fabric, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.held["00001234567"] = "before"
    desk.engine.pair_many(listed()[:4]).result(60)
    desk.until(lambda: world.asked)
    world.held.clear()
    path, after, reads = left_behind(desk), opened(), list[LinkId]()
    with monkeypatch.context() as locked:
        kept = after.engine.context.secrets
        locked.setattr(kept, "get", refusing(reads, kept.get))
        after.engine.open(path).result(60)
        jobs = over(after)
        assert [job.problem and job.problem.code for job in jobs] == ["secrets.locked"] * 4
        assert len(reads) == 1
    after.engine.retry_pairing([job.id for job in jobs]).result(60)
    assert states(over(after)) == {"done": 4}


def test_a_device_that_joined_before_the_keyring_was_locked_is_named_and_placed(
    desk: Desk, opened: Opened, world: Fabric, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.held["00001234567"] = "after"
    desk.engine.pair_many(listed()[:3]).result(60)
    desk.until(lambda: world.devices)
    world.held.clear()
    path, after = left_behind(desk), opened()
    with monkeypatch.context() as locked:
        kept = after.engine.context.secrets
        locked.setattr(kept, "get", refusing([], kept.get))
        after.engine.open(path).result(60)
        jobs = over(after)
    assert [(job.state, job.problem and job.problem.code) for job in jobs] == [
        ("done", None),
        ("failed", "secrets.locked"),
        ("failed", "secrets.locked"),
    ]
    assert [(one.name, one.room) for one in after.engine.twin.devices] == [("Lamp no. 0", "room-Hall")]


def test_codes_are_deleted_before_the_jobs_that_name_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.engine.pair_many(listed()[:2]).result(60)
    jobs, kept = over(desk), desk.engine.context.secrets
    at_save = list[bool]()
    queue = desk.engine._pairing
    assert queue is not None
    key, save = queue._key, queue._save

    async def saved() -> None:
        found = await desk.engine.context.run_blocking(lambda: kept.get(LinkId(f"pairing:{key}:0")))
        at_save.append(found is not None)
        await save()

    monkeypatch.setattr(queue, "_save", saved)
    assert kept.get(LinkId(f"pairing:{key}:0")) is not None
    desk.engine.forget_pairing([job.id for job in jobs]).result(60)
    assert at_save == [False], "a process that is killed between leaves no code that nothing names"
    assert desk.engine.pairing_jobs().result(60) == ()


def test_a_copy_of_a_project_has_codes_of_its_own_and_pairs_nothing_by_itself(
    desk: Desk, opened: Opened, world: Fabric
) -> None:
    world.held["00001234567"] = "before"
    desk.engine.pair_many(listed()[:2]).result(60)
    desk.until(lambda: world.asked)
    other = opened()
    other.engine.context.secrets = desk.engine.context.secrets  # one computer
    other.engine.open(copied(desk)).result(60)
    other.until(lambda: {job.state for job in other.engine.pairing_jobs().result(60)} == {PairingState.CANCELLED})
    assert {job.problem and job.problem.code for job in other.engine.pairing_jobs().result(60)} == {"pair.in_copy"}
    assert len(world.asked) == 1
    other.engine.pair_many([replace(listed()[2], name="Attic lamp")]).result(60)
    desk.engine.pair_many([replace(listed()[3], name="Hall lamp")]).result(60)
    over(other)
    other.engine.forget_pairing([job.id for job in other.engine.pairing_jobs().result(60)]).result(60)
    desk.engine.stop()
    world.held.clear()
    again = opened()
    again.engine.context.secrets = desk.engine.context.secrets
    again.engine.open(desk.path).result(60)
    assert states(over(again)) == {"done": 3}
    assert {one.uid: one.name for one in again.engine.twin.devices if one.uid == "node-0003"} == {
        "node-0003": "Hall lamp"
    }


def test_a_damaged_secret_of_codes_is_told_as_gone(desk: Desk, opened: Opened, world: Fabric) -> None:
    world.held["00001234567"] = "before"
    desk.engine.pair_many(listed()[:2]).result(60)
    desk.until(lambda: world.asked)
    desk.engine.context.secrets.put(LinkId(f"pairing:{desk.engine.pairing._key}:0"), Secret(data="[not json"))
    jobs = over(killed(desk, opened))
    assert [job.problem and job.problem.code for job in jobs] == ["pair.code_gone"] * 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("34970112332\n", ("34970112332", "", None)),
        ("MT:Y.K9042C00KA0648G00;Desk lamp;Hall", ("MT:Y.K9042C00KA0648G00", "Desk lamp", "room-Hall")),
        ("Hall\t3497-011-2332\tDesk lamp", ("3497-011-2332", "Desk lamp", "room-Hall")),
        ("\ufeffName,Room,Code\nDesk, Hall ,3497 011 2332", ("3497 011 2332", "Desk", "room-Hall")),
        ("房间;名称;配对码\nHall;台灯;34970112332", ("34970112332", "台灯", "room-Hall")),
        ("3497-011-2332，台灯，Hall", ("3497-011-2332", "台灯", "room-Hall")),
        ("# lamps\n\n34970112332,Desk lamp", ("34970112332", "Desk lamp", None)),
        ('"34970112332","Lamp, tall","Hall"', ("34970112332", "Lamp, tall", "room-Hall")),
    ],
)
def test_lists_of_many_shapes_are_read(text: str, found: tuple[str, str, str | None]) -> None:
    house = rooms_building("Hall")
    (one,) = read_requests(text, Twin(name="H", rooms=house.rooms, storeys=house.storeys))
    assert (one.code, one.name, one.room, one.wrong) == (*found, None)


@pytest.mark.parametrize(
    ("text", "code", "name", "room"),
    [
        ("Lamp: left, 3497-011-2332, Hall", "3497-011-2332", "Lamp: left", "room-Hall"),
        ("Strip 1:2, 34970112332", "34970112332", "Strip 1:2", None),
        ("Zimt: oben; 34970112332", "34970112332", "Zimt: oben", None),
        ("https://x.org/?data=MT%3AY.K9042C00KA0648G00\tLamp", "https://x.org/?data=MT%3AY.K9042C00KA0648G00", "Lamp", None),
    ],
)  # fmt: skip
def test_a_name_with_a_colon_is_no_code(text: str, code: str, name: str, room: str | None) -> None:
    house = rooms_building("Hall")
    (one,) = read_requests(text, Twin(name="H", rooms=house.rooms, storeys=house.storeys))
    assert (one.code, one.name, one.room, one.wrong) == (code, name, room, None)


def test_each_line_has_its_own_separator() -> None:
    text = "3497-011-2332, Lamp one, Hall\n3497-011-2333, Lamp; two, Hall\nMT:Y.K9042C00KA0648G00, Lamp 3, Hall\n"
    house = rooms_building("Hall")
    found = read_requests(text, Twin(name="H", rooms=house.rooms, storeys=house.storeys))
    assert [(one.code, one.name, one.room) for one in found] == [
        ("3497-011-2332", "Lamp one", "room-Hall"),
        ("3497-011-2333", "Lamp; two", "room-Hall"),
        ("MT:Y.K9042C00KA0648G00", "Lamp 3", "room-Hall"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "code,name\n1,Lamp 3497-011-2332",
        "code,name,room\n34970112333,Lamp,3497 011 2332",
        "34970112333, MT:Y.K9042C00KA0648G00",
    ],
)
def test_no_code_gets_into_what_is_kept_in_the_clear(desk: Desk, text: str) -> None:
    (one,) = read_requests(text, desk.engine.twin)
    assert one.wrong is not None
    assert (one.wrong.code, one.name) == ("pair.code_in_name", "")
    desk.engine.pair_many([one]).result(60)
    over(desk)
    kept = str(desk.engine.session.edits.project.setting("pairing_queue"))
    assert not [code for code in ("3497-011-2332", "3497 011 2332", "34970112333", "Y.K9") if code in kept]


def test_a_list_that_is_too_long_is_refused_as_a_whole() -> None:
    rows = [f"{n:04d}-123-4567, Lamp {n}" for n in range(MOST_ROWS + 1)]
    assert len(read_requests("\n".join(rows[:-1]), Twin(name="H"))) == MOST_ROWS
    with pytest.raises(ProblemError) as refused:
        read_requests("\n".join(rows), Twin(name="H"))
    assert refused.value.problems[0].code == "pair.list_too_long"


def test_a_list_without_codes_is_refused_and_an_unknown_room_told() -> None:
    with pytest.raises(ProblemError):
        read_requests("Desk lamp, Hall\n,,\n", Twin(name="H"))
    (one,) = read_requests("34970112332, Desk lamp, Ballroom", Twin(name="H"))
    assert one.wrong is not None
    assert (one.wrong.code, one.wrong.args["row"]) == ("pair.unknown_room", 1)


def test_the_command_line_pairs_a_list_and_tells_each(
    desk: Desk, world: Fabric, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source = tmp_path / "list.csv"
    source.write_text("code,name,room\n0001-123-4567,Desk lamp,Hall\n0002-123-4404,Far lamp,Hall\n", encoding="utf-8")

    @contextmanager
    def here(*_: object, **__: object) -> Iterator[object]:
        yield desk.engine

    monkeypatch.setattr("app.cli.framework.project_access.working", here)
    assert main(["pair", str(desk.path), "--from", str(source)]) == 1
    told = capsys.readouterr()
    assert "✓ 1 Desk lamp: done (Desk lamp)" in told.out
    assert "1 done, 1 failed, 0 waiting" in told.out
    assert main(["pair", str(desk.path), "--queue", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [(job["name"], job["state"], job["room"]) for job in document["jobs"]] == [
        ("Desk lamp", "done", "Hall"),
        ("Far lamp", "failed", "Hall"),
    ]
    assert main(["pair", str(desk.path), "--go-on"]) == 1
    assert world.asked.count("00021234404") == 2
    assert main(["pair", str(desk.path)]) == 2
