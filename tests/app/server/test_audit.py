"""Every command, edit, grant and refusal is a row of the event log: who, what, from where, result."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.author import acting_for, author
from app.engine import granting
from tests.app.conftest import Desk
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_network_door import Far
from twin.model.ids import RoomId
from twin.model.problem import Problem, ProblemError
from twin.store.file_names import history_file
from twin.store.history.event_log import LoggedEvent, body_of
from twin.store.project import Project

pytestmark = pytest.mark.timeout(300)


def rows(desk: Desk, kind: str) -> list[tuple[LoggedEvent, dict[str, Any]]]:
    """The rows of a kind, oldest first."""
    desk.engine.session.history.flush()
    history = desk.engine.session.history
    history._writes.call(lambda _: None).result(60)  # whatever waited is written by now
    found = history.events.rows(0, 1 << 60, 10_000)
    return [(one, dict(body_of(one))) for one in reversed(found) if one.kind == kind]


@pytest.fixture
def far(door: OpenDoor) -> Far:
    return Far(door)


def test_commands_and_their_ends_are_rows(far: Far) -> None:
    desk, lamp = far.door.desk, far.door.desk.point("on")
    token = far.grant("Olga", "operator").token
    assert far.ask(token, "POST", "/api/command", [lamp, "on"])[0] == 200
    desk.engine.command(lamp, "off").result(60)
    desk.engine.command(lamp, "fly").result(60)
    written = [(one.who, one.origin, body["verb"], body["result"]) for one, body in rows(desk, "command")]
    assert written == [
        ("Olga", "127.0.0.1", "on", "confirmed"), (author(), "", "off", "confirmed"), (author(), "", "fly", "failed"),
    ]  # fmt: skip


def test_edits_undo_and_grants_are_rows(far: Far) -> None:
    desk = far.door.desk
    ines = far.grant("Ines", "installer")
    lamp = desk.engine.twin.find_device("Lamp")
    assert lamp is not None
    assert far.ask(ines.token, "POST", "/api/bind", [lamp.id, "room-Hall"])[0] == 200
    desk.engine.undo(others=True).result(60)
    desk.engine.redo().result(60)
    desk.engine.revoke_grant("Ines").result(60)
    (edit, body), *_ = [row for row in rows(desk, "edit") if row[0].who == "Ines"]
    assert (edit.origin, body["label"]["code"], body["result"]) == ("127.0.0.1", "edit.bind", "done")
    ((undo, undone),) = rows(desk, "undo")
    assert (undo.who, undone["of"]) == (author(), "Ines")
    assert len(rows(desk, "redo")) == 1
    assert [(one.who, body["name"]) for one, body in rows(desk, "grant")] == [(author(), "Ines")]
    assert [(one.who, body["name"]) for one, body in rows(desk, "revoke")] == [(author(), "Ines")]
    assert ines.token not in str(rows(desk, "grant"))
    assert [body["address"] for _, body in rows(desk, "serve")] == ["127.0.0.1:0"]


def test_a_row_names_who_committed_it_whatever_others_do_meanwhile(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, make = far.door.desk, granting.make_grant
    lamp = desk.engine.twin.find_device("Lamp")
    assert lamp is not None

    def slow(*args: Any) -> Any:
        made = make(*args)
        with acting_for("Ina", "", "192.0.2.7"):  # between Ada's commit and the answer to her
            desk.engine.bind(lamp.id, RoomId("room-Hall")).result(60)
        return made

    monkeypatch.setattr(granting, "make_grant", slow)
    with acting_for("Ada", "", "192.0.2.9"):
        desk.engine.add_grant("Vera", "viewer").result(60)
    assert [(one.who, one.origin) for one, _ in rows(desk, "grant")] == [("Ada", "192.0.2.9")]
    assert [(one.who, one.origin) for one, _ in rows(desk, "edit")][-1] == ("Ina", "192.0.2.7")


def test_what_an_edit_committed_before_it_failed_is_a_row_of_its_author(far: Far) -> None:
    desk = far.door.desk
    session, lamp = desk.engine.session, desk.engine.twin.find_device("Lamp")
    assert lamp is not None

    def work(project: Project) -> None:
        project.bind(lamp.id, RoomId("room-Hall"))
        raise ProblemError(Problem(code="oikos.mistake"))

    with acting_for("Ina", "", "192.0.2.7"):
        failed = desk.engine.context.loop.submit(session.edits.edit(work), name="edit")
    with pytest.raises(ProblemError):
        failed.result(60)
    with acting_for("Ada", "", "192.0.2.9"):
        desk.engine.bind(lamp.id, RoomId("room-Kitchen")).result(60)
    assert [(one.who, one.origin) for one, _ in rows(desk, "edit")][-2:] == [("Ina", "192.0.2.7"), ("Ada", "192.0.2.9")]


def test_refusals_are_rows(far: Far) -> None:
    desk, lamp = far.door.desk, far.door.desk.point("on")
    vera, olga = far.grant("Vera", "viewer").token, far.grant("Olga", "operator", "room-Kitchen").token
    far.ask(vera, "POST", "/api/command", [lamp, "on"])
    far.ask(olga, "POST", "/api/command", [lamp, "on"])
    far.ask("wrong", "GET", "/hello")
    far.ask(vera, "POST", "/verb", {"words": ["set", str(desk.path), "Lamp/on", "on"], "given": {}})
    far.ask(vera, "POST", "/verb", {"words": ["get", str(desk.path)], "given": {}})
    written = [(one.who, one.origin, body["what"], body["result"]) for one, body in rows(desk, "refused")]
    assert written == [
        ("Vera", "127.0.0.1", "command", "door.role"), ("Olga", "127.0.0.1", "command", "door.outside"),
        ("", "127.0.0.1", "door", "door.unknown_token"), ("Vera", "127.0.0.1", "oikos set", "door.role"),
    ]  # fmt: skip
    assert not [event for event in desk.world.sent if event[1] == "on"]


def test_check_names_the_first_row_that_was_changed_and_edits_without_an_engine_are_rows(
    make_desk: Callable[..., Desk], capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk()
    desk.engine.new_project(str(desk.path)).result(60)
    for number in range(5):
        desk.engine.add_grant(f"P{number}", "viewer").result(60)
    desk.engine.stop()

    def checked() -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["check", str(desk.path), "--audit", "--json"])
        return code, json.loads(capsys.readouterr().out)

    before = checked()[1]["audit"]
    assert main(["grant", "revoke", str(desk.path), "P1"]) == 0
    code, said = checked()
    assert (code, said["audit"]["rows"], said["audit"]["broken"]) == (0, before["rows"] + 1, None)
    assert said["audit"]["head"] != before["head"]
    with closing(sqlite3.connect(history_file(Path(desk.path)))) as db:
        assert db.execute("select kind, who from event_log order by id desc limit 1").fetchone() == ("revoke", author())
        db.execute("update event_log set who = 'Eve' where id = 3")
        db.commit()
    code, said = checked()
    assert (code, said["audit"]["broken"]) == (1, 3)
    assert [(one["code"], one["args"]["row"]) for one in said["problems"]] == [("history.audit", 3)]
