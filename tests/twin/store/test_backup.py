"""A backup is complete or absent, and comes back whatever happened to the project; what was there is kept beside it."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.i18n import remedy
from twin.files import atomic
from twin.model.ids import PointId
from twin.model.observation import Observation
from twin.model.problem import ProblemError
from twin.store import backup
from twin.store.backup import back_up, restore
from twin.store.file_names import history_file, project_file
from twin.store.history import History
from twin.store.project import Project

T0 = 1_763_894_400_000
POINT = PointId("p")


def house(path: Path, samples: int = 60, name: str = "House") -> Path:
    with Project.create(path, name=name):
        pass
    with History.open(history_file(path)) as history:
        history.put([Observation(POINT, T0 + n * 1000, float(n)) for n in range(samples)])
    return path


def kept(path: Path) -> tuple[str, int]:
    """Name of the project and how many samples its history has."""
    with Project.open(path, readonly=True) as project:
        name = project.twin().name
    past = history_file(path)
    if not past.exists():
        return name, -1
    with History.open(past, readonly=True) as history:
        return name, len(history.raw(POINT, T0, T0 + 10**9).times)


def save(project: Path, out: Path) -> tuple[Path, ...]:
    with Project.open(project, readonly=True) as opened, History.open(history_file(project), readonly=True) as history:
        return back_up(opened, history, out)


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(ProblemError) as caught:
        work()
    assert all(remedy(problem) for problem in caught.value.problems)
    return caught.value.problems[0].code


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def header_lost(path: Path) -> None:
    path.write_bytes(bytes(100) + path.read_bytes()[100:])


def overwritten(path: Path) -> None:
    path.write_bytes(b"time,device,name\n" * 500)


def scrambled(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(4096, len(data), 4096):
        data[page : page + 64] = os.urandom(64)
    path.write_bytes(data)


def newer(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[60:64] = (999).to_bytes(4)
    path.write_bytes(data)


def gone(path: Path) -> None:
    path.unlink()


def sound(path: Path) -> None:
    assert path.exists()


DAMAGE = (truncated, zeroed, emptied, header_lost, overwritten, scrambled, newer, gone, sound)


@pytest.mark.parametrize("history", DAMAGE, ids=lambda one: f"history_{one.__name__}")
@pytest.mark.parametrize("project", DAMAGE, ids=lambda one: one.__name__)
def test_a_backup_comes_back_whatever_happened_to_project_and_history(
    tmp_path: Path, project: Callable[[Path], None], history: Callable[[Path], None]
) -> None:
    path = house(tmp_path / "house.oikos")
    save(path, tmp_path / "safe.oikos")
    with History.open(history_file(path)) as one:
        one.put([Observation(POINT, T0 + 100_000, 1.0)])
    project(path)
    history(history_file(path))
    before = {one: one.read_bytes() for one in (path, history_file(path)) if one.exists()}
    done = restore(tmp_path / "safe.oikos", path)
    assert kept(path) == ("House", 60)
    assert [one.read_bytes() for one in done.kept] == list(before.values())
    assert {one.name for one in done.kept} <= {"house.old1.oikos", "house.old1.oikos-history"}
    assert not [name for name in names(tmp_path) if name.endswith((".part", ".lock"))]


def test_what_a_kill_left_beside_the_old_file_goes_with_it(tmp_path: Path) -> None:
    path = house(tmp_path / "house.oikos")
    save(path, tmp_path / "safe.oikos")
    for suffix in ("-wal", "-journal"):
        path.with_name(path.name + suffix).write_bytes(b"left")
    restore(tmp_path / "safe.oikos", path)
    assert kept(path) == ("House", 60)
    assert {"house.old1.oikos-wal", "house.old1.oikos-journal"} <= names(tmp_path)


def test_restoring_again_and_again_keeps_every_older_one(tmp_path: Path) -> None:
    path = house(tmp_path / "house.oikos")
    save(path, tmp_path / "safe.oikos")
    for number in range(1, 4):
        assert restore(tmp_path / "safe.oikos", path).kept[0].name == f"house.old{number}.oikos"


def test_a_project_is_not_restored_from_itself_by_any_name(tmp_path: Path) -> None:
    path = house(tmp_path / "house.oikos")
    (tmp_path / "link.oikos").symlink_to("house.oikos")
    for source in (path, tmp_path / "house", tmp_path / "link.oikos", tmp_path / "." / "house.oikos"):
        assert refused(lambda source=source: restore(source, path)) == "restore.itself"
    assert kept(path) == ("House", 60)


@pytest.mark.parametrize("harm", [truncated, zeroed, emptied, scrambled, overwritten, gone])
@pytest.mark.parametrize("which", ["project", "history"])
def test_a_damaged_backup_changes_nothing(tmp_path: Path, harm: Callable[[Path], None], which: str) -> None:
    path, safe = house(tmp_path / "house.oikos"), tmp_path / "safe.oikos"
    save(path, safe)
    harm(safe if which == "project" else history_file(safe))
    if (which, harm) == ("history", gone):
        return
    before = names(tmp_path)
    with pytest.raises(ProblemError) as caught:
        restore(safe, path)
    assert "oikos restore" not in remedy(caught.value.problems[0])
    assert kept(path) == ("House", 60)
    assert names(tmp_path) == before


def test_a_pipe_or_folder_is_not_replaced(tmp_path: Path) -> None:
    path = house(tmp_path / "house.oikos")
    save(path, tmp_path / "safe.oikos")
    os.mkfifo(tmp_path / "pipe.oikos")
    os.mkfifo(tmp_path / "other.oikos-history")
    (tmp_path / "folder.oikos").mkdir()
    before = names(tmp_path)
    for name, code in (("pipe", "file.special"), ("other", "file.special"), ("folder", "file.folder")):
        assert refused(lambda name=name: restore(tmp_path / "safe.oikos", tmp_path / f"{name}.oikos")) == code
    assert names(tmp_path) == before


def test_an_open_project_is_not_replaced(tmp_path: Path) -> None:
    path = house(tmp_path / "house.oikos")
    save(path, tmp_path / "safe.oikos")
    with Project.open(path):
        assert refused(lambda: restore(tmp_path / "safe.oikos", path)) == "store.locked"
    with History.open(history_file(path)):
        assert refused(lambda: restore(tmp_path / "safe.oikos", path)) == "store.locked"
    assert restore(tmp_path / "safe.oikos", path).kept


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_backup_is_complete_or_absent(tmp_path: Path, fails_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path, calls = house(tmp_path / "house.oikos"), iter(range(1, 9))
    real = backup.database.copy_into

    def failing(*arguments: object) -> None:
        real(*arguments)  # pyright: ignore[reportArgumentType]
        if next(calls) == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup.database, "copy_into", failing)
    before = names(tmp_path)
    assert refused(lambda: save(path, tmp_path / "safe.oikos")) == "backup.unwritable"
    assert names(tmp_path) == before


def test_a_backup_made_while_both_are_written_has_the_points_of_its_project(tmp_path: Path) -> None:
    path = house(tmp_path / "house.oikos")
    stop = threading.Event()

    def work() -> None:
        with Project.open(path) as project, History.open(history_file(path)) as history:
            for n in range(100_000):
                if stop.is_set():
                    return
                history.put([Observation(POINT, T0 + 60_000 + n * 10, 1.0)])
                history.flush()
                project.set_setting("last", n)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for number in range(5):
            save(path, tmp_path / f"safe{number}.oikos")
    finally:
        stop.set()
        thread.join()
    for number in range(5):
        safe = tmp_path / f"safe{number}.oikos"
        with Project.open(safe, readonly=True) as project:
            last = project.setting("last", -1)
            assert project.check() == []
        assert kept(safe)[1] > 60 + last
        with History.open(history_file(safe), readonly=True) as history:
            assert history.check() == []


def test_house_and_house_oikos_are_one_project_with_one_history_and_one_lock(tmp_path: Path) -> None:
    path = house(tmp_path / "house.oikos")
    (tmp_path / "link.oikos").symlink_to("house.oikos")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "far.oikos").symlink_to("../house.oikos")
    for name in ("house", "link.oikos", "link", "elsewhere/far.oikos", "elsewhere/../house"):
        assert project_file(tmp_path / name) == path
        assert history_file(tmp_path / name) == path.with_suffix(".oikos-history")
        assert kept(tmp_path / name) == ("House", 60)
        with Project.open(path):
            assert refused(lambda name=name: Project.open(tmp_path / name)) == "store.locked"


def test_a_project_of_another_ending_never_shares_the_history_of_one_with_ours(tmp_path: Path) -> None:
    old = house(tmp_path / "house.oikos", samples=3, name="Old")
    odd = old.rename(tmp_path / "house")
    assert kept(odd) == ("Old", 3)  # an older version made it so: nothing is lost
    house(tmp_path / "other.oikos", samples=7, name="New")
    (tmp_path / "other.oikos").rename(tmp_path / "house.oikos")
    assert history_file(odd) != history_file(tmp_path / "house.oikos")


def test_a_file_with_two_names_is_refused_before_two_programs_spoil_it(tmp_path: Path) -> None:
    path = house(tmp_path / "house.oikos")
    os.link(path, tmp_path / "second.oikos")
    for name in ("house.oikos", "second.oikos"):
        assert refused(lambda name=name: Project.open(tmp_path / name)) == "store.two_names"
    (tmp_path / "second.oikos").unlink()
    part = atomic.temporary(path)
    part.unlink()
    os.link(path, part.with_name(part.name.replace(f".{os.getpid()}-", ".999999999-")))  # a killed writer's
    Project.open(path).close()


def test_a_pipe_or_device_as_project_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.oikos")
    os.mkfifo(tmp_path / "pipe.oikos-history")
    for path in (tmp_path / "pipe.oikos", Path("/dev/zero"), tmp_path / "pipe"):
        for readonly in (True, False):
            assert refused(lambda p=path, r=readonly: Project.open(p, readonly=r)) == "file.special"
    for readonly in (True, False):
        found = refused(lambda r=readonly: History.open(tmp_path / "pipe.oikos-history", readonly=r))
        assert found == "file.special"
