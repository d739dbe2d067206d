"""What the project keeps of its event log and grants: rows cut off, old rows, damaged grants, a clock that is set back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.engine.audit_keeping import KEEP_MS
from app.engine.audit_log import MANY, MOST_DISTINCT
from app.engine.engine import Engine
from app.engine.maintenance import DAY_MS
from app.server.door_connections import MOST_CONNECTIONS, DoorConnections
from app.settings import Settings
from tests.app.conftest import Desk
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_audit import rows
from tests.app.server.test_network_door import Far
from twin.model.ids import RoomId
from twin.model.problem import Problem
from twin.store.file_names import history_file
from twin.store.history.event_log import TRIM_STEP_MS
from twin.store.project import Project

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def far(door: OpenDoor) -> Far:
    return Far(door)


@pytest.fixture
def checked(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """Exit code and document of `oikos check --audit`."""

    def check(path: Path, *more: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["check", str(path), "--audit", "--json", *more])
        return code, json.loads(capsys.readouterr().out)

    return check


def codes(said: Any) -> list[str]:
    return [one["code"] for one in said["problems"]]


def with_log(make_desk: Callable[..., Desk]) -> Desk:
    """A project whose log has a few rows, closed."""
    desk = make_desk()
    desk.engine.new_project(str(desk.path)).result(60)
    for number in range(5):
        desk.engine.add_grant(f"P{number}", "viewer").result(60)
    desk.engine.stop()
    return desk


def cut(path: Path, rest: str) -> None:
    with closing(sqlite3.connect(history_file(path))) as db:
        db.execute(f"delete from event_log where {rest}")
        db.commit()


@pytest.fixture
def reopened() -> Iterator[Callable[[Desk], Engine]]:
    """Opens a project with a new engine; each is stopped at the end."""
    made: list[Engine] = []

    def one(desk: Desk) -> Engine:
        made.append(Engine(desk.engine.context.home, settings=Settings(), now_ms=lambda: desk.now[0]))
        made[-1].start()
        made[-1].open(desk.path).result(60)
        return made[-1]

    yield one
    for engine in made:
        engine.stop()


def test_rows_cut_off_at_the_end_are_named_without_a_hash_that_anybody_kept(
    make_desk: Callable[..., Desk], checked: Callable[..., tuple[int, Any]]
) -> None:
    desk = with_log(make_desk)
    code, said = checked(desk.path)
    assert (code, said["audit"]["rows"]) == (0, 7), "start, five grants, stop"
    cut(desk.path, "id >= 4")
    code, said = checked(desk.path)
    assert (code, codes(said), said["problems"][0]["args"]["rows"]) == (1, ["history.audit_short"], 7)
    history_file(desk.path).unlink()
    assert codes(checked(desk.path)[1]) == ["history.audit_short"]


def test_an_engine_that_finds_rows_cut_off_tells_it_and_writes_it_down(
    make_desk: Callable[..., Desk], checked: Callable[..., tuple[int, Any]], reopened: Callable[[Desk], Engine]
) -> None:
    desk = with_log(make_desk)
    cut(desk.path, "id >= 4")
    engine = reopened(desk)
    engine.session.audit_keeping.keep()
    found = [problem for problem in engine._clients.problems.all() if problem.code == "history.audit_short"]
    assert [problem.args["rows"] for problem in found] == [7]
    engine.stop()
    code, said = checked(desk.path)
    assert (code, codes(said)) == (1, ["history.audit_short"]), "another end is kept now, but a row says it"
    cut(desk.path, "kind = 'cut'")
    assert "history.audit" in codes(checked(desk.path)[1])


def test_a_log_that_was_cut_is_not_taken_for_whole_by_an_engine_that_ends_at_once(
    make_desk: Callable[..., Desk], checked: Callable[..., tuple[int, Any]], reopened: Callable[[Desk], Engine]
) -> None:
    desk = with_log(make_desk)
    cut(desk.path, "id >= 4")
    reopened(desk).stop()
    assert codes(checked(desk.path)[1]) == ["history.audit_short"]


def test_the_end_of_the_log_is_kept_while_the_engine_runs(far: Far) -> None:
    desk, keeping = far.door.desk, far.engine.session.audit_keeping
    keeping.keep()
    for _ in range(2):
        far.grant("Vera", "viewer")
        far.engine.revoke_grant("Vera").result(60)
    desk.now[0] += KEEP_MS
    rows(desk, "grant")
    keeping.keep()
    end = far.engine.session.history.events.head()
    assert end is not None
    assert far.engine.session.project.setting("audit_end") == {"rows": end.rows, "head": end.hash}
    assert "audit_end" not in far.engine.session.project.tables()[1], "no export has it"


def test_old_rows_go_with_a_row_that_holds_their_last_hash_and_the_chain_goes_on(
    make_desk: Callable[..., Desk], checked: Callable[..., tuple[int, Any]], reopened: Callable[[Desk], Engine]
) -> None:
    desk = with_log(make_desk)
    before = checked(desk.path)[1]["audit"]
    desk.now[0] += 400 * DAY_MS
    engine = reopened(desk)
    engine.add_grant("Vera", "viewer").result(60)
    events = engine.session.history.events
    events.flush()
    for _ in range(2):
        events.trim(desk.now[0] - 30 * DAY_MS, desk.now[0]).result(60)
    engine.session.audit_keeping.keep()
    engine.stop()
    code, said = checked(desk.path, "--head", before["head"])
    assert (code, said["audit"]["trimmed"], said["audit"]["rows"]) == (0, 7, 4), "start, grant, trim, stop"
    cut(desk.path, "id = 8")
    assert codes(checked(desk.path)[1]) == ["history.audit"], "what was cut off by others at the beginning is named"


def test_rows_that_are_not_old_enough_stay(make_desk: Callable[..., Desk], reopened: Callable[[Desk], Engine]) -> None:
    desk = with_log(make_desk)
    desk.now[0] += TRIM_STEP_MS
    engine = reopened(desk)
    events = engine.session.history.events
    events.trim(desk.now[0], desk.now[0]).result(60)
    assert len(events.rows(0, 1 << 60)) >= 7
    engine.stop()


def test_one_damaged_access_lets_the_others_in_and_can_be_revoked(
    make_desk: Callable[..., Desk], capsys: pytest.CaptureFixture[str], reopened: Callable[[Desk], Engine]
) -> None:
    desk = with_log(make_desk)
    with closing(sqlite3.connect(desk.path)) as db:
        (id,) = db.execute("select id from access_grant where name = 'P3'").fetchone()
        db.execute("update access_grant set rooms = 'null' where name = 'P3'")
        db.commit()
    engine = reopened(desk)
    engine.session.audit_keeping.keep()
    assert [one.name for one in engine.grants().result(60)] == ["P0", "P1", "P2", "P4"]
    told = [problem for problem in engine._clients.problems.all() if problem.code == "grant.damaged"]
    assert [problem.args["ids"] for problem in told] == [[id]]
    engine.stop()
    capsys.readouterr()
    assert main(["grant", "list", str(desk.path), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert ([one["name"] for one in said["grants"]], codes(said)) == (["P0", "P1", "P2", "P4"], ["grant.damaged"])
    assert main(["grant", "revoke", str(desk.path), id]) == 0
    assert main(["grant", "list", str(desk.path)]) == 0


def test_a_clock_that_was_set_back_before_a_restart_lets_nobody_in_again(
    make_desk: Callable[..., Desk], reopened: Callable[[Desk], Engine]
) -> None:
    desk = make_desk()
    desk.engine.new_project(str(desk.path)).result(60)
    start_ms = desk.now[0]
    made = desk.engine.add_grant("Vera", "viewer", (), (), start_ms + 1000).result(60)
    desk.engine.session.audit_keeping.keep()
    desk.now[0] += 2000
    desk.engine.session.audit_keeping.keep()
    desk.engine.stop()
    desk.now[0] = start_ms
    engine = reopened(desk)
    engine.grants().result(60)
    assert engine.session.grants.of_token(made.token) is not None
    assert engine.session.grants.expired(made.grant, desk.now[0])
    later = engine.add_grant("Olga", "viewer", (), (), start_ms + 1000).result(60)
    assert not engine.session.grants.expired(later.grant, desk.now[0]), "who is let in since then is"
    engine.stop()


def test_start_and_stop_of_the_engine_are_rows(
    make_desk: Callable[..., Desk], reopened: Callable[[Desk], Engine]
) -> None:
    desk = with_log(make_desk)
    engine = reopened(desk)
    engine.session.history.events.flush()
    found = engine.session.history.events.rows(0, 1 << 60)
    assert [json.loads(row.body)["what"] for row in reversed(found) if row.kind == "engine"] == [
        "start",
        "stop",
        "start",
    ]
    engine.stop()


def test_refused_files_and_web_pages_and_pauses_are_rows(far: Far) -> None:
    desk = far.door.desk
    vera, ines = far.grant("Vera", "viewer").token, far.grant("Ines", "installer").token
    far.ask(vera, "PUT", f"/blob/{'1' * 64}", b"x")
    far.ask(ines, "PUT", f"/blob/{'1' * 64}", b"x")
    far.ask(vera, "GET", "/hello", Origin="https://example.org")
    for _ in range(7):
        far.ask("wrong", "GET", "/hello")
    written = [(one.who, one.origin, body["what"], body["result"]) for one, body in rows(desk, "refused")]
    assert written == [
        ("Vera", "127.0.0.1", "blob", "door.role"), ("Ines", "127.0.0.1", "blob", "blob.digest"),
        ("", "127.0.0.1", "door", "door.origin"), ("", "127.0.0.1", "door", "door.unknown_token"),
        ("", "127.0.0.1", "door", "door.paused"),
    ]  # fmt: skip


def test_connections_that_are_too_many_are_told_of(far: Far) -> None:
    refused: list[str] = []

    async def admit() -> None:
        import asyncio

        connections = DoorConnections(refused.append)
        for _ in range(MOST_CONNECTIONS + 2):
            connections.admit(asyncio.Protocol)

    far.engine.context.loop.submit(admit(), name="admit").result(60)
    assert refused == ["", ""]
    door: Any = far.engine._door
    door._network._connections._refused("192.0.2.7")
    ((row, body),) = rows(far.door.desk, "refused")
    assert (row.origin, body["what"], body["result"]) == ("192.0.2.7", "door", "door.full")


def test_refusals_of_many_addresses_fill_neither_memory_nor_the_log(far: Far) -> None:
    audit = far.engine.session.audit
    for number in range(2 * MOST_DISTINCT):
        audit.refused("door", Problem(code="door.unknown_token"), "", f"2001:db8:{number:x}::1")
    audit.write_counted(all=True)
    found = rows(far.door.desk, "refused")
    assert len(found) == MOST_DISTINCT + 2
    assert [body.get("times") for row, body in found if row.origin == MANY] == [None, MOST_DISTINCT - 1]


def test_a_row_of_a_command_is_in_the_log_before_its_answer_goes_out(far: Far) -> None:
    """In order, and written at the next write: on disk within moments, and at the latest when the engine ends."""
    desk, token = far.door.desk, far.grant("Olga", "operator").token
    for word in ("on", "off", "on"):
        assert far.ask(token, "POST", "/api/command", [desk.point("on"), word])[0] == 200
        far.engine.session.history.events.flush()
        assert [body["verb"] for _, body in rows(desk, "command")][-1] == word


def test_a_project_without_the_settings_of_this_version_opens(
    make_desk: Callable[..., Desk], reopened: Callable[[Desk], Engine]
) -> None:
    desk = with_log(make_desk)
    with Project.open(desk.path) as project:
        project.set_setting("audit_end", ["no", "end"])
        project.set_setting("ended_grants", None)
    engine = reopened(desk)
    engine.session.audit_keeping.keep()
    assert engine.grants().result(60)
    with pytest.raises(Exception, match=r"unknown\.room"):
        engine.add_grant("A", "viewer", [RoomId("nowhere")]).result(60)
    engine.stop()
