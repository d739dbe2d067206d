"""Every command, edit, grant and refusal is a row of the event log: who, what, from where, result."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.author import acting_for, author
from app.engine import granting
from app.engine.audit_log import MINUTE_MS
from app.engine.refusal_watch import MOST_PLACES, OFTEN, WINDOW_MS, RefusalWatch
from tests.app.conftest import Desk
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_network_door import Far
from twin.model.change import ProblemRaised
from twin.model.ids import PointId, RoomId
from twin.model.problem import Problem, ProblemError, Severity
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


def refused_at_the_door(far: Far) -> list[Any]:
    return [body for row, body in rows(far.door.desk, "refused") if row.origin == "127.0.0.1"]


def test_connections_without_tls_and_those_that_leave_at_the_certificate_are_rows(far: Far) -> None:
    """One of each within a minute, however many there were; who looks whether the port is open asks nothing, either."""
    with socket.create_connection(("127.0.0.1", far.served.port), 20) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while plain.recv(1024):
            pass
    far.door.desk.until(lambda: refused_at_the_door(far), "a row")
    assert [body["result"] for body in refused_at_the_door(far)] == ["door.handshake"]
    far.raw().close()
    far.door.desk.until(lambda: len(refused_at_the_door(far)) == 2, "a second row")
    assert refused_at_the_door(far)[-1]["result"] == "door.no_request"
    far.grant("Vera", "viewer")
    assert far.ask("", "GET", "/hello")[0] == 401
    assert [body["result"] for body in refused_at_the_door(far)][2:] == ["door.unknown_token"], "it has asked"


def test_an_address_that_is_refused_again_and_again_is_told_once(far: Far) -> None:
    desk = far.door.desk

    def heard() -> list[Problem]:
        desk.drain()
        found = (one.problem for one in desk.changes if isinstance(one, ProblemRaised))
        return [one for one in found if one.code.startswith("security.")]

    for _ in range(OFTEN - 1):
        far.ask("", "GET", "/hello")
    assert heard() == []
    for _ in range(OFTEN):
        far.ask("", "GET", "/hello")
    desk.until(heard, "a problem")
    assert [(one.code, one.where, one.severity) for one in heard()] == [
        ("security.refused_often", "127.0.0.1", Severity.WARNING)
    ]
    desk.now[0] += WINDOW_MS
    for _ in range(OFTEN):
        far.ask("", "GET", "/hello")
    desk.until(lambda: len(heard()) == 2, "told again, as it goes on")


def test_many_addresses_that_are_refused_a_little_are_told_together() -> None:
    told: list[Problem] = []
    watch = RefusalWatch(lambda: 0, told.append)
    for number in range(3 * MOST_PLACES):
        watch.refused(f"192.0.{number // 250}.{number % 250}")
    watch.refused("")
    assert [one.code for one in told] == ["security.refused_many"]


def test_equal_refusals_within_a_minute_are_one_row_and_a_count(far: Far) -> None:
    desk, lamp = far.door.desk, far.door.desk.point("on")
    vera = far.grant("Vera", "viewer").token
    for _ in range(5):
        far.ask(vera, "POST", "/api/command", [lamp, "on"])
    audit = desk.engine.session.audit
    audit.write_counted()
    assert [body.get("times") for _, body in rows(desk, "refused")] == [None], "the minute is not over"
    desk.now[0] += MINUTE_MS
    desk.engine.session.history.events.retry()
    audit.write_counted(all=True)
    written = [(one.who, body["what"], body["result"], body.get("times")) for one, body in rows(desk, "refused")]
    assert written == [("Vera", "command", "door.role", None), ("Vera", "command", "door.role", 4)]


def test_access_that_has_ended_is_one_row_and_stays_ended_where_the_clock_goes_back(far: Far) -> None:
    desk = far.door.desk
    vera = far.grant("Vera", "viewer", expires_ms=desk.now[0] + 1000).token
    assert far.ask(vera, "GET", "/hello")[0] == 200
    desk.now[0] += 1000
    assert [far.ask(vera, "GET", "/hello")[0] for _ in range(4)] == [401] * 4
    desk.now[0] -= 1000
    assert far.ask(vera, "GET", "/hello")[0] == 401
    assert [(one.who, body["result"]) for one, body in rows(desk, "refused")] == [("Vera", "door.expired")]


def test_who_was_revoked_is_out_even_where_the_grants_cannot_be_read_anew(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = far.door.desk.engine
    vera = far.grant("Vera", "viewer").token

    def unreadable() -> None:
        raise ProblemError(Problem(code="oikos.mistake"))

    monkeypatch.setattr(engine.session.grants, "read", unreadable)
    with pytest.raises(ProblemError):
        engine.revoke_grant("Vera").result(60)
    assert far.ask(vera, "GET", "/hello")[0] == 401


def test_requests_that_change_something_are_rows(far: Far) -> None:
    desk, lamp = far.door.desk, far.door.desk.point("on")
    olga = far.grant("Olga", "operator").token
    far.ask(olga, "POST", "/api/set_scene", ["evening"])
    assert far.ask(olga, "POST", "/api/release_points", [[lamp]])[0] == 200
    desk.engine.change_engine_setting("internet", False).result(60)
    with pytest.raises(ProblemError):
        desk.engine.serve("no address").result(60)
    written = [(one.who, one.origin, body["what"], body["result"]) for one, body in rows(desk, "request")]
    assert written == [
        ("Olga", "127.0.0.1", "set_scene", "unknown.scene"), ("Olga", "127.0.0.1", "release_points", "done"),
        (author(), "", "change_engine_setting", "done"),
    ]  # fmt: skip
    assert rows(desk, "serve")[-1][1]["result"] not in ("done", "cancelled")


def test_a_command_of_a_rule_has_no_address_whoever_set_its_timer(far: Far) -> None:
    desk = far.door.desk
    point = PointId(desk.point("on"))
    with acting_for("Opa", "", "192.0.2.7"):
        desk.engine.command(point, "on", sender="automation").result(60)
        desk.engine.command(point, "off", sender="Opa").result(60)
    assert [(one.who, one.origin) for one, _ in rows(desk, "command")] == [("automation", ""), ("Opa", "192.0.2.7")]


def test_no_person_has_the_name_of_the_engines_user(far: Far) -> None:
    with acting_for(""):
        user = author()
    with pytest.raises(ProblemError) as refused, acting_for("Ada"):
        far.door.desk.engine.add_grant(user.upper(), "viewer").result(60)
    assert [problem.code for problem in refused.value.problems] == ["grant.name"]


def test_check_names_the_first_row_that_was_changed_and_edits_without_an_engine_are_rows(
    make_desk: Callable[..., Desk], capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk()
    desk.engine.new_project(str(desk.path)).result(60)
    for number in range(5):
        desk.engine.add_grant(f"P{number}", "viewer").result(60)
    desk.engine.stop()

    def checked(*head: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["check", str(desk.path), "--audit", "--json", *head])
        return code, json.loads(capsys.readouterr().out)

    before = checked()[1]["audit"]
    assert main(["grant", "revoke", str(desk.path), "P1"]) == 0
    code, said = checked()
    assert (code, said["audit"]["rows"], said["audit"]["broken"]) == (0, before["rows"] + 1, None)
    assert said["audit"]["head"] != before["head"]
    kept = said["audit"]["head"]
    assert checked("--head", before["head"])[0] == checked("--head", kept.upper())[0] == 0
    with closing(sqlite3.connect(history_file(Path(desk.path)))) as db:
        assert db.execute("select kind, who from event_log order by id desc limit 1").fetchone() == ("revoke", author())
        db.execute("update event_log set who = 'Eve' where id = 3")
        db.commit()
    code, said = checked()
    assert (code, said["audit"]["broken"]) == (1, 3)
    assert [(one["code"], one["args"]["row"]) for one in said["problems"]] == [("history.audit", 3)]
    with closing(sqlite3.connect(history_file(Path(desk.path)))) as db:
        db.execute("delete from event_log where id >= 3")
        db.commit()
    for _ in range(2):  # cut off, and then with the whole history
        code, said = checked("--head", kept)
        assert (code, [one["code"] for one in said["problems"]]) == (1, ["history.audit_short", "history.audit_cut"])
        history_file(Path(desk.path)).unlink(missing_ok=True)
