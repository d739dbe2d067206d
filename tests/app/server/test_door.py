"""The door of a running engine: what it answers, what it refuses, and that the engine goes on."""

from __future__ import annotations

import os
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.server.door import MOST_BYTES, MOST_CONNECTIONS
from app.server.door_address import door_of
from app.server.listening import version
from app.server.messages import FINGERPRINT
from app.server.method_table import fingerprint
from app.server.remote_engine import RemoteEngine
from tests.app.conftest import Desk
from tests.app.server.conftest import OpenDoor, opened
from twin.model.batch import Batch, PointTable
from twin.model.ids import PointId
from twin.model.observation import Observation
from twin.store.file_lock import read_holder


def test_the_lock_file_says_who_has_the_project_and_where_its_door_is(door: OpenDoor) -> None:
    holder = read_holder(door.desk.path)
    assert holder is not None
    assert (holder.pid, holder.here) == (os.getpid(), True)
    assert holder.door["socket"] == door.address.socket


def test_only_the_user_may_enter_the_folder_and_the_socket(door: OpenDoor) -> None:
    path = Path(door.address.socket)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_hello_says_which_engine_it_is(door: OpenDoor) -> None:
    status, said = door.ask("GET", "/hello")
    assert status == 200
    assert (said["project"], said["pid"], said["api"]) == (str(door.desk.path), os.getpid(), fingerprint())


def test_one_call_is_json_in_and_json_out(door: OpenDoor) -> None:
    lamp = door.desk.point("on")
    status, said = door.ask("POST", "/api/command", [lamp, "on"])
    assert (status, said["state"]) == (200, "confirmed")


def test_an_answer_that_is_known_by_its_digest_does_not_travel_again(door: OpenDoor) -> None:
    from tests.app.server.conftest import UnixConnection

    wire = UnixConnection(door.address.socket)
    wire.request("GET", "/api/mesh")
    first = wire.getresponse()
    first.read()
    wire.request("GET", "/api/mesh", headers={"If-None-Match": first.headers["ETag"]})
    second = wire.getresponse()
    assert (first.status, second.status, second.read()) == (200, 304, b"")
    wire.close()


def test_what_changes_something_is_no_get(door: OpenDoor) -> None:
    assert door.codes("GET", "/api/undo") == (405, ["door.request"])


def test_an_unknown_method_is_refused_in_one_sentence(door: OpenDoor) -> None:
    assert door.codes("POST", "/api/format_disk", []) == (404, ["door.method"])
    assert door.codes("POST", "/api/compute", []) == (404, ["door.method"])
    assert door.codes("POST", "/api/__class__", []) == (404, ["door.method"])
    assert door.codes("GET", "/etc/passwd") == (404, ["door.request"])


def test_arguments_of_a_wrong_type_are_refused(door: OpenDoor) -> None:
    for body in ([5, "on"], {"point": "x"}, ["x"], ["x", "on", None, "more"], b"no json", b"\xff\xfe", b"[" * 100_000):
        assert door.codes("POST", "/api/command", body) == (400, ["door.arguments"]), body
    assert door.ask("POST", "/api/undo_labels", [])[0] == 200


def test_what_the_engine_refuses_comes_as_its_problem(door: OpenDoor) -> None:
    assert door.codes("POST", "/api/bind", ["no such device", "room-Hall"]) == (422, ["unknown.device"])


def test_a_web_page_is_refused(door: OpenDoor) -> None:
    for origin in ("http://evil.example", "null", "http://localhost"):
        assert door.codes("POST", "/api/undo", [], Origin=origin) == (403, ["door.origin"])
        assert door.codes("GET", "/engine", Origin=origin, Upgrade="websocket") == (403, ["door.origin"])


def test_a_message_of_a_gigabyte_is_refused_before_it_comes(door: OpenDoor) -> None:
    with _socket(door) as wire:
        wire.sendall(f"POST /api/undo HTTP/1.1\r\nHost: o\r\nContent-Length: {1 << 30}\r\n\r\n[".encode())
        assert b"413" in wire.recv(200)
    with _websocket(door) as wire:
        wire.sendall(b"\x82\xff" + struct.pack(">Q", 1 << 30) + b"mask" + b"x" * 100)
        assert _closed_with(wire) == 1009
    assert MOST_BYTES < 1 << 30
    assert door.ask("GET", "/hello")[0] == 200


def test_half_a_frame_and_then_nothing_costs_nobody_anything(door: OpenDoor) -> None:
    with _websocket(door) as wire:
        wire.sendall(b"\x82\xfe\x10")
    with _websocket(door) as wire:
        wire.sendall(b"\x82\x85mask" + b"x")
        assert door.ask("GET", "/hello")[0] == 200
    with _socket(door) as wire:
        wire.sendall(b"POST /api/undo HTT")
    assert door.ask("GET", "/hello")[0] == 200


def test_a_message_that_is_no_call_ends_that_client_only(door: OpenDoor) -> None:
    for payload in (b"\xc1", b"\x93\x01\x02\x03", b"\x80"):
        with _websocket(door) as wire:
            wire.sendall(_frame(0x2, payload))
            assert _closed_with(wire) == 1007
    with _websocket(door) as wire:
        wire.sendall(_frame(0x1, b"[1]"))
        assert _closed_with(wire) == 1007
    assert door.ask("GET", "/hello")[0] == 200


def test_a_client_that_sleeps_costs_the_engine_nothing_and_the_others_nothing(
    door: OpenDoor, attach: Callable[[OpenDoor], RemoteEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.server.door.HEARTBEAT_S", 3600.0)  # who answers no heartbeat is left; not the subject here
    engine, points = door.desk.engine, [PointId(f"many.{number}") for number in range(2000)]
    numbers = PointTable(points)
    awake = attach(door)
    with _websocket(door):  # never reads
        newest: dict[str, float] = {}
        for step in range(300):  # 14 MB of values for each

            async def publish(step: int = step) -> None:
                for session in engine._door._door._sessions:
                    session._queue.put(Batch.of((Observation(p, step, float(step)) for p in points), numbers))

            engine.context.loop.submit(publish(), name="publish").result(60)
        door.desk.until(lambda: _newest(awake, newest) == 299.0)
        waiting = [session.waiting for session in engine._door._door._sessions]
        assert len(waiting) == 2
        assert max(size for size, _ in waiting) < 1 << 20
        assert max(changes for _, changes in waiting) < 100


def _newest(remote: RemoteEngine, newest: dict[str, float]) -> float:
    for batch in remote.inbox.drain()[0]:
        newest.update({one.point: one.value for one in batch})
    return newest.get("many.7", -1.0)


def test_a_client_of_another_version_is_told_so(door: OpenDoor) -> None:
    status, said = door.ask("GET", "/engine", **{"User-Agent": "0.0.1"})
    assert status == 426
    assert said["problems"][0]["code"] == "door.version"
    assert "0.0.1" in said["problems"][0]["args"].values()


def test_a_client_of_the_same_version_that_was_changed_since_is_told_to_start_the_engine_again(door: OpenDoor) -> None:
    _, said = door.ask("GET", "/engine", **{"User-Agent": version()})
    assert [problem["code"] for problem in said["problems"]] == ["door.same_version"]


def test_of_a_thousand_connections_those_beyond_the_limit_are_told_and_the_engine_goes_on(door: OpenDoor) -> None:
    wires = []
    try:
        for _ in range(1000):
            wires.append(_socket(door))
            if len(wires) > MOST_CONNECTIONS + 8:  # refused ones end: this process needs handles itself
                wires.pop().close()
        assert door.desk.engine.command(door.desk.point("on"), "on").result(60).state == "confirmed"
        refused = _socket(door)
        wires.append(refused)
        refused.sendall(b"GET /hello HTTP/1.1\r\nHost: o\r\n\r\n")
        assert b"503" in refused.recv(4000)
    finally:
        for wire in wires:
            wire.close()
    door.desk.until(lambda: _answers(door), "room again")


def test_a_connection_that_asks_nothing_is_closed(door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.server.door.GREETING_S", 0.05)
    with _socket(door) as wire:
        assert wire.recv(1) == b""


def test_a_socket_that_was_left_over_is_replaced(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.engine.listen()
    desk.engine.new_project(str(desk.path)).result(60)
    address = opened(desk)
    desk.engine.stop()
    assert not Path(address.socket).exists()
    left = socket.socket(socket.AF_UNIX)
    left.bind(address.socket)
    left.close()
    again = make_desk()
    again.engine.listen()
    again.engine.open(desk.path).result(60)
    assert OpenDoor(again, opened(again)).ask("GET", "/hello")[0] == 200


def test_the_door_closes_with_its_project_and_opens_with_the_next(door: OpenDoor, tmp_path: Path) -> None:
    engine = door.desk.engine
    engine.new_project(str(tmp_path / "other.oikos")).result(60)
    assert door_of(door.desk.path) is None
    assert not Path(door.address.socket).exists()
    door.desk.until(lambda: door_of(tmp_path / "other.oikos"))


def test_a_project_without_a_listener_has_no_door(api: Desk) -> None:
    assert door_of(api.path) is None


def test_a_client_attached_when_the_engine_stops_is_told(
    door: OpenDoor, attach: Callable[[OpenDoor], RemoteEngine]
) -> None:
    remote = attach(door)
    door.desk.engine.stop()
    failed = remote.links().exception(10)
    assert failed is not None
    assert failed.problems[0].code == "engine.gone"  # type: ignore[attr-defined]


def _socket(door: OpenDoor) -> socket.socket:
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wire.connect(door.address.socket)  # waits while the engine's queue of connections is full
    wire.settimeout(20)
    return wire


def _websocket(door: OpenDoor) -> socket.socket:
    """A WebSocket after its handshake, as raw bytes."""
    wire = _socket(door)
    wire.sendall(
        (
            "GET /engine HTTP/1.1\r\nHost: oikos\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n{FINGERPRINT}: {fingerprint()}\r\n\r\n"
        ).encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += wire.recv(1)
    assert b"101" in head.splitlines()[0]
    return wire


def _frame(opcode: int, payload: bytes) -> bytes:
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


def _closed_with(wire: socket.socket) -> int:
    """The code of the close frame; frames before it are passed over."""
    file = wire.makefile("rb")
    while True:
        first, length = file.read(2)
        size = {126: 2, 127: 8}.get(length & 0x7F)
        count = int.from_bytes(file.read(size)) if size else length & 0x7F
        payload = file.read(count)
        if first & 0x0F == 0x8:
            return int.from_bytes(payload[:2])


def _answers(door: OpenDoor) -> bool:
    try:
        return door.ask("GET", "/hello")[0] == 200
    except OSError:
        return False


def test_a_lock_file_that_a_killed_engine_left_names_nobody_who_is_there(door: OpenDoor) -> None:
    holder = read_holder(door.desk.path)
    assert holder is not None
    assert holder.alive
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not replace(holder, pid=ended.pid).alive
