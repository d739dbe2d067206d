"""An engine that listens for other machines: tokens, pins, roles, rooms, and bad input on the TLS port."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.client
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.engine.clock import utc_ms
from app.i18n import sentence as words_of
from app.server.blobs import OF_ONE, BlobStore
from app.server.door_address import PROTOCOL, DoorAddress
from app.server.door_connections import MOST_CONNECTIONS, MOST_OF_ONE, MOST_SILENT
from app.server.file_references import FILE_OPTIONS, file_options, key_of, without_files, written
from app.server.gates import PAUSE_S, WRONG_TOKENS, TokenGate, network_of, plain_address
from app.server.messages import FINGERPRINT
from app.server.method_table import fingerprint, methods, table
from app.server.network_client import PinnedConnection, hello, send_file, shown_certificate
from app.server.network_engine import NetworkEngine
from app.server.network_listening import parsed_address
from app.server.outgoing_files import KEPT_S
from app.server.roles import NEED, Role
from devices.contract import HasOptions
from devices.protocol_registry import adapters
from tests.app.server.conftest import OpenDoor, UnixConnection
from twin.model.change import ProblemRaised
from twin.model.grant import Grant, NewGrant
from twin.model.ids import RoomId
from twin.model.link_option import OptionKind
from twin.model.problem import ProblemError

pytestmark = pytest.mark.timeout(300)


class Far:
    """An engine that listens, and people with tokens for it."""

    def __init__(self, door: OpenDoor) -> None:
        self.door, self.engine = door, door.desk.engine
        served = self.engine.serve("127.0.0.1:0").result(60)
        assert served is not None
        self.served, self.url = served, f"https://127.0.0.1:{served.port}"

    def grant(self, name: str, role: str, *rooms: str, expires_ms: int | None = None) -> NewGrant:
        return self.engine.add_grant(name, role, [RoomId(room) for room in rooms], (), expires_ms).result(60)

    def address(self, token: str) -> DoorAddress:
        return DoorAddress(protocol=PROTOCOL, url=self.url, pin=self.served.fingerprint, secret=token)

    def ask(
        self, token: str, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Any, list[str]]:
        """One request with a token: status, JSON, codes of problems."""
        wire = PinnedConnection(self.address(token))
        try:
            data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            given = {"Authorization": f"Bearer {token}"} if token else {}
            wire.request(method, path, data, {**given, **{name.replace("_", "-"): v for name, v in headers.items()}})
            answer = wire.getresponse()
            said = json.loads(answer.read() or b"null")
        finally:
            wire.close()
        return answer.status, said, [one["code"] for one in said["problems"]] if answer.status >= 400 else []

    def raw(self) -> ssl.SSLSocket:
        """A bare TLS connection."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.served.port), 20)
        return context.wrap_socket(plain)


@pytest.fixture
def far(door: OpenDoor) -> Far:
    """An engine with two rooms, a lamp in the hall, and a door on the network."""
    return Far(door)


@pytest.fixture
def attach() -> Iterator[Callable[[Far, str], NetworkEngine]]:
    """Attaches windows of other machines by token; each is detached at the end."""
    made: list[NetworkEngine] = []

    def one(far: Far, token: str) -> NetworkEngine:
        made.append(NetworkEngine.at(far.address(token), utc_ms))
        made[-1].start().result(60)
        return made[-1]

    yield one
    for remote in made:
        remote.stop()


def failure(future: Future[Any]) -> list[str]:
    """The codes of the problems that a future fails with."""
    error = future.exception(60)
    assert isinstance(error, ProblemError)
    return [problem.code for problem in error.problems]


# -- who is let in


def test_only_a_token_opens_the_door_and_only_its_digest_is_kept(far: Far) -> None:
    token = far.grant("Vera", "viewer").token
    assert far.ask(token, "GET", "/hello")[0] == 200
    assert far.ask("", "GET", "/hello")[::2] == (401, ["door.unknown_token"])
    assert far.ask(token[:-1] + "!", "GET", "/hello")[::2] == (401, ["door.unknown_token"])
    assert len(token) >= 43, "32 bytes"
    far.engine.session.project.check()
    kept = b"".join(path.read_bytes() for path in far.door.desk.path.parent.glob(f"{far.door.desk.path.name}*"))
    assert token.encode() not in kept
    assert hashlib.sha256(token.encode()).hexdigest().encode() in kept


def test_five_wrong_tokens_make_an_address_wait_but_nobody_who_has_a_valid_one(far: Far) -> None:
    token = far.grant("Vera", "viewer").token
    for _ in range(WRONG_TOKENS):
        assert far.ask("wrong", "GET", "/hello")[0] == 401
    assert far.ask("wrong", "GET", "/hello")[::2] == (429, ["door.paused"])
    assert far.ask(token, "GET", "/hello")[0] == 200
    assert far.ask("wrong", "GET", "/hello")[::2] == (429, ["door.paused"]), "a valid one ends no pause"
    assert far.door.ask("GET", "/hello")[0] == 200, "programs of this machine do not wait"


class _Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class _Known:
    """One grant, whose token is `right`."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant

    def stands(self, grant: str, now_ms: int) -> bool:
        return True

    def of_token(self, token: str) -> Grant | None:
        return self.grant if token == "right" else None

    def known(self, grant: Grant) -> bool:
        return grant is self.grant

    def expired(self, grant: Grant, now_ms: int) -> bool:
        return grant.expired(now_ms)


def _gate(clock: _Clock, grant: Grant) -> Callable[[str, str], list[str]]:
    gate = TokenGate(_Known(grant), lambda: 5_000, monotonic_s=clock)

    def enter(token: str, remote: str) -> list[str]:
        request = SimpleNamespace(headers={"Authorization": f"Bearer {token}"} if token else {}, remote=remote)
        try:
            gate.caller(cast("Any", request))
        except ProblemError as error:
            return [problem.code for problem in error.problems]
        return []

    return enter


def test_the_pause_ends_after_a_minute_and_counts_a_whole_network_of_ipv6() -> None:
    clock = _Clock()
    enter = _gate(clock, Grant(id="g", name="Vera", role="viewer"))
    for last in range(WRONG_TOKENS):
        assert enter("wrong", f"2001:db8::{last + 1}") == ["door.unknown_token"]
    assert enter("wrong", "2001:db8::99") == ["door.paused"]
    assert enter("right", "2001:db8::99") == []
    assert enter("wrong", "2001:db8:0:1::1") == ["door.unknown_token"]
    assert enter("wrong", "192.0.2.7") == ["door.unknown_token"]
    clock.now_s += PAUSE_S - 1
    assert enter("wrong", "2001:db8::99") == ["door.paused"]
    clock.now_s += 1
    assert enter("wrong", "2001:db8::99") == ["door.unknown_token"]


def test_valid_tokens_between_wrong_ones_give_no_more_guesses() -> None:
    enter = _gate(_Clock(), Grant(id="g", name="Vera", role="viewer"))
    for _ in range(WRONG_TOKENS):
        assert enter("wrong", "192.0.2.7") == ["door.unknown_token"]
        assert enter("right", "192.0.2.7") == []
    assert enter("wrong", "192.0.2.7") == ["door.paused"]
    assert enter("right", "192.0.2.7") == []


def test_an_expired_access_is_told_so_and_counts_as_a_wrong_token() -> None:
    clock = _Clock()
    enter = _gate(clock, Grant(id="g", name="Vera", role="admin", expires_ms=5_000))
    for _ in range(WRONG_TOKENS):
        assert enter("right", "192.0.2.7") == ["door.expired"]
    assert enter("right", "192.0.2.7") == ["door.paused"]
    clock.now_s += PAUSE_S
    assert enter("right", "192.0.2.7") == ["door.expired"]


@pytest.mark.parametrize(
    ("text", "plain", "network"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1", "fe80::"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("nonsense", "nonsense", "nonsense"),
    ],
)
def test_addresses_are_counted_by_what_one_machine_can_have(text: str, plain: str, network: str) -> None:
    assert plain_address(text) == plain
    assert network_of(plain) == network


def test_the_certificate_is_the_same_after_a_restart_and_another_one_gets_no_token(far: Far) -> None:
    assert shown_certificate(far.url) == far.served.fingerprint
    port = far.served.port
    again = far.engine.serve(f"127.0.0.1:{port}").result(60)
    assert again is not None
    assert (again.port, again.fingerprint) == (port, far.served.fingerprint)
    file = far.engine.context.home / "door" / "certificate.pem"
    assert file.stat().st_mode & 0o077 == 0
    wrong = DoorAddress(protocol=PROTOCOL, url=far.url, pin=":".join(["AB"] * 32), secret="t")
    with pytest.raises(ProblemError) as told:
        hello(wrong)
    assert told.value.problems[0].code == "door.certificate"


def test_only_tls_1_3_is_spoken_and_plain_http_is_no_harm(far: Far) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", far.served.port), 20) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain)
    with socket.create_connection(("127.0.0.1", far.served.port), 20) as plain:
        plain.sendall(b"GET /hello HTTP/1.1\r\nHost: o\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert not plain.recv(100).startswith(b"HTTP")
    assert far.ask(far.grant("Vera", "viewer").token, "GET", "/hello")[0] == 200


@pytest.mark.parametrize("listen", ["[::]:0", "[::1]:0", "0.0.0.0:0"])
def test_ipv6_and_ipv4_are_listened_on(door: OpenDoor, listen: str) -> None:
    served = door.desk.engine.serve(listen).result(60)
    assert served is not None
    hosts = {"[::]:0": ("127.0.0.1", "[::1]"), "[::1]:0": ("[::1]",), "0.0.0.0:0": ("127.0.0.1",)}[listen]
    for host in hosts:
        assert shown_certificate(f"https://{host}:{served.port}") == served.fingerprint
    assert door.desk.engine.serve("").result(60) is None
    with pytest.raises(ProblemError):
        shown_certificate(f"https://{hosts[0]}:{served.port}")


@pytest.mark.parametrize("text", ["", "house", "[::]", "[::1]:99999", "https://x:1", "a b:1:2", "::1:8443"])
def test_what_is_no_address_to_listen_on_is_said(text: str) -> None:
    with pytest.raises(ProblemError) as told:
        parsed_address(text)
    assert told.value.problems[0].code == "serve.address"


def test_a_port_that_is_taken_is_said_and_nobody_is_let_in(far: Far) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert failure(far.engine.serve(f"127.0.0.1:{taken.getsockname()[1]}")) == ["serve.unbound"]
    assert far.engine.served().result(60) is None


# -- roles


def test_every_method_is_for_its_role_and_those_above_and_for_nobody_below(far: Far) -> None:
    tokens = {role: far.grant(role.name, role.name.lower()).token for role in Role if role}
    assert set(NEED) == set(methods())
    wrong: list[str] = []
    for name in table():
        for role, token in tokens.items():
            _, _, codes = far.ask(token, "POST", f"/api/{name}", b"no arguments")
            expected = ["door.role"] if role < NEED[name] else ["door.arguments"]
            wrong += [f"{name} {role.name}: {codes}"] if codes != expected else []
    assert not wrong
    carried = set(table())
    for name in set(methods()) - carried:
        assert far.ask(tokens[Role.ADMIN], "POST", f"/api/{name}", [])[::2] == (404, ["door.method"])


def test_who_may_look_may_not_command_and_an_unknown_role_may_nothing(far: Far) -> None:
    lamp = far.door.desk.point("on")
    viewer, operator = far.grant("Vera", "viewer").token, far.grant("Olga", "operator").token
    assert far.ask(viewer, "POST", "/api/command", [lamp, "on"])[::2] == (403, ["door.role"])
    status, said, _ = far.ask(operator, "POST", "/api/command", [lamp, "on"])
    assert (status, said["state"], said["command"]["sender"]) == (200, "confirmed", "Olga")
    assert failure(far.engine.add_grant("Eve", "king")) == ["grant.role"]


@pytest.mark.parametrize("name", ["", "user", "Automation", "  ", "\u202e"])
def test_names_that_the_engine_uses_itself_are_no_persons(far: Far, name: str) -> None:
    assert failure(far.engine.add_grant(name, "viewer")) == ["grant.name"]


def test_a_person_has_one_access_with_a_sound_scope_and_end(far: Far) -> None:
    far.grant("Vera", "viewer")
    assert failure(far.engine.add_grant("vera", "admin")) == ["grant.exists"]
    assert failure(far.engine.add_grant("A", "installer", [RoomId("room-Hall")])) == ["grant.scope"]
    assert failure(far.engine.add_grant("A", "viewer", [RoomId("nowhere")])) == ["unknown.room"]
    assert failure(far.engine.add_grant("A", "viewer", (), ["nowhere"])) == ["grant.zone"]
    assert failure(far.engine.add_grant("A", "viewer", (), (), 1)) == ["grant.past"]
    assert failure(far.engine.revoke_grant("nobody")) == ["grant.missing"]


def test_a_revoked_access_ends_for_clients_that_are_attached(
    far: Far, attach: Callable[[Far, str], NetworkEngine]
) -> None:
    made = far.grant("Olga", "operator")
    remote = attach(far, made.token)
    far.engine.revoke_grant(made.grant.id).result(60)
    told: list[str] = []

    def gone() -> bool:
        told.extend(one.problem.code for one in remote.inbox.drain()[1] if isinstance(one, ProblemRaised))
        return "engine.gone" in told or "door.unknown_token" in told

    far.door.desk.until(gone, "told that the access ended")
    assert failure(remote.command(far.door.desk.point("on"), "on"))
    assert far.ask(made.token, "GET", "/hello")[::2] == (401, ["door.unknown_token"])


# -- a window of another machine


def test_a_window_of_another_machine_sees_commands_and_edits(
    far: Far, attach: Callable[[Far, str], NetworkEngine]
) -> None:
    remote = attach(far, far.grant("Ines", "installer").token)
    lamp = remote.twin.find_device("Lamp")
    assert lamp is not None
    assert remote.command(far.door.desk.point("on"), "on").result(60).state == "confirmed"
    remote.bind(lamp.id, RoomId("room-Hall")).result(60)
    assert far.engine.twin.device_of[lamp.id].room == "room-Hall"
    assert far.engine.undo_authors() == ("Ines", "")
    assert remote.project() == far.url


def test_files_are_sent_and_paths_of_the_engines_machine_are_refused(
    far: Far, attach: Callable[[Far, str], NetworkEngine], tmp_path: Path
) -> None:
    token = far.grant("Ines", "installer").token
    for path in ("/etc/passwd", "blob:../../etc/passwd", f"blob:{'0' * 64}/../x", f"blob:{'0' * 64}/.x/y"):
        assert far.ask(token, "POST", "/api/import_building", [path])[::2] == (400, ["blob.name"]), path
    assert far.ask(token, "POST", "/api/import_building", [f"blob:{'0' * 64}/a.ifc"])[2] == ["blob.missing"]
    for method in ("export", "export_devices"):
        for path in ("/tmp/x.glb", f"blob:{'0' * 64}/x.glb", f"out:{'0' * 64}/../x.glb"):
            arguments = [path] if method == "export" else [path, []]
            assert far.ask(token, "POST", f"/api/{method}", arguments)[::2] == (400, ["blob.name"])
    for arguments in (
        ["mqtts://h?ca=/etc/shadow"],
        ["mqtts://h", "", "", None, {"ca": "/etc/shadow"}],
        ["knx://h", "", "", None, {}, {"table": "/etc/shadow"}],
        ["knx://h", "", "", None, {}, {"Table": f"blob:{'0' * 64}/t.csv"}],
    ):
        assert far.ask(token, "POST", "/api/add", arguments)[::2] == (400, ["blob.name"])
    channel = ["notification_channel", "c", ["c", "C", True, json.dumps({"ca": "/etc/shadow"})]]
    assert far.ask(token, "POST", "/api/change_definitions", [[_named(channel)]])[::2] == (400, ["blob.name"])
    drawing = tmp_path / "plan of mine.svg"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    remote = attach(far, token)
    codes = failure(remote.import_building(str(drawing)))
    assert codes
    assert not {"blob.name", "blob.missing", "door.only_here"} & set(codes), "the file itself was read"
    assert failure(remote.import_building(str(tmp_path / "none.ifc"))) == ["attach.file"]
    assert failure(remote.serve("127.0.0.1:0")) == ["door.role"] or failure(remote.serve("")) == ["door.only_here"]


def test_a_file_is_kept_whole_or_not_at_all(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installer, viewer = far.grant("Ines", "installer").token, far.grant("Vera", "viewer").token
    operator = far.grant("Olga", "operator").token
    body = os.urandom(700_000)
    digest = hashlib.sha256(body).hexdigest()
    assert far.ask(viewer, "PUT", f"/blob/{digest}", body)[::2] == (403, ["door.role"])
    with monkeypatch.context() as small:
        small.setattr("app.server.file_routes.MOST_OF_OPERATOR", 1000)
        assert far.ask(operator, "PUT", f"/blob/{digest}", body)[::2] == (413, ["blob.size"])
    assert far.ask(installer, "PUT", f"/blob/{digest}", body[:-1])[::2] == (400, ["blob.digest"])
    assert far.ask(installer, "PUT", "/blob/..%2Fx", body)[0] in (400, 404)
    assert far.ask(installer, "GET", f"/blob/{digest}")[0] == 404
    (tmp_path / "f.ifc").write_bytes(body)
    assert send_file(far.address(installer), str(tmp_path / "f.ifc")) == f"blob:{digest}/f.ifc"
    assert far.ask(installer, "GET", f"/blob/{digest}")[0] == 204
    blobs = far.engine._door._blobs
    monkeypatch.setattr(blobs, "most_bytes", 1000)
    assert far.ask(installer, "PUT", f"/blob/{'1' * 64}", body)[::2] == (413, ["blob.size"])
    with far.raw() as wire:
        head = f"PUT /blob/{'1' * 64} HTTP/1.1\r\nHost: o\r\nAuthorization: Bearer {installer}\r\n"
        wire.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + b"800\r\n" + b"x" * 0x800 + b"\r\n")
        assert b"413" in wire.recv(200)
    run = far.engine.context.home / "run"
    assert [path.name for path in run.glob("blobs-*/*/*")] == ["bytes"]
    far.engine.serve("").result(60)
    assert not list(run.glob("blobs-*"))


def test_an_upload_ends_with_its_senders_access_and_leaves_room_for_others(far: Far) -> None:
    ines, otto = far.grant("Ines", "installer"), far.grant("Otto", "installer").token
    body = os.urandom(300_000)
    digest = hashlib.sha256(body).hexdigest()
    begun = [_upload(far, ines.token, str(number) * 64) for number in range(OF_ONE)]
    far.door.desk.until(lambda: len(far.engine._door._blobs._sending) == OF_ONE, "both are under way")
    try:
        assert far.ask(ines.token, "PUT", f"/blob/{'9' * 64}", b"x")[2] == ["blob.busy"]
        assert far.ask(otto, "PUT", f"/blob/{digest}", body)[0] == 204, "another person's is received"
        far.engine.revoke_grant("Ines").result(60)
        begun[0].sendall(b"1\r\ny\r\n")
        answer = begun[0].recv(4096)
        assert b"door.ended" in answer
    finally:
        for wire in begun:
            wire.close()


def _upload(far: Far, token: str, digest: str) -> ssl.SSLSocket:
    """An upload of which one byte was sent."""
    wire = far.raw()
    head = (
        f"PUT /blob/{digest} HTTP/1.1\r\nHost: o\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    wire.sendall(head.encode() + b"1\r\nx\r\n")
    return wire


def test_what_is_sent_goes_with_its_process_at_the_next_start(far: Far) -> None:
    run = far.engine.context.home / "run"
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait(60)
    left, alive = run / f"blobs-{dead.pid}-abc", run / f"blobs-{os.getppid()}-abc"
    for folder in (left, alive):
        folder.mkdir(parents=True)
    far.engine.serve("").result(60)
    far = Far(far.door)
    assert (left.exists(), alive.exists()) == (False, True), "also where no file is sent"
    left.mkdir()
    body = b"a drawing"
    assert (
        far.ask(far.grant("Ines", "installer").token, "PUT", f"/blob/{hashlib.sha256(body).hexdigest()}", body)[0]
        == 204
    )
    assert (left.exists(), alive.exists()) == (False, True)


def test_what_nobody_asks_for_any_more_is_deleted(tmp_path: Path) -> None:
    now_s = [0.0]

    async def chunks(data: bytes) -> AsyncIterator[bytes]:
        yield data

    def left() -> int:
        return len([*tmp_path.glob("blobs-*/*")])

    store = BlobStore(tmp_path, asyncio.to_thread, lambda _, source, __: source, clock=lambda: now_s[0])
    old, used = (hashlib.sha256(data).hexdigest() for data in (b"old", b"used"))
    asyncio.run(store.put(old, None, chunks(b"old")))
    asyncio.run(store.put(used, None, chunks(b"used")))
    exports = [written("a.csv"), written("b.csv")]
    for reference in exports:
        Path(asyncio.run(store.file(reference, "g"))).write_bytes(b"x")
    now_s[0] = KEPT_S
    assert store.has(used)
    assert store.outgoing.files(key_of(exports[1]), "g")
    asyncio.run(store.expire())
    assert left() == 4, "not yet"
    now_s[0] = KEPT_S + 1
    asyncio.run(store.expire())
    assert (store.has(old), left()) == (False, 2)
    now_s[0] = 3 * KEPT_S
    asyncio.run(store.expire())
    assert left() == 0


@pytest.mark.parametrize(
    "target",
    [
        "mqtts://h?ca=/etc/passwd", "mqtts://h?%63a=/etc/passwd", "mqtts://h?CA=x", "mqtts://[h",
        "knx://h?table=/etc/passwd",
    ],
)  # fmt: skip
def test_files_within_a_links_address_and_options_are_found(target: str) -> None:
    assert file_options(target, ())
    assert file_options("mqtts://h", ["ca"]) == ["ca"]
    assert not file_options("mqtts://h?period=5", ["period"])


def test_a_links_address_is_parted_from_the_files_in_it() -> None:
    assert without_files("mqtts://h?ca=a%20b.pem&prefix=x") == ("mqtts://h?prefix=x", {"ca": "a b.pem"})
    assert without_files("mqtts://u@h:1?prefix=%23") == ("mqtts://u@h:1?prefix=%23", {})
    assert without_files("mqtts://[h") == ("mqtts://[h", {})


def test_every_option_that_is_a_file_is_known_to_the_door() -> None:
    options = [one for adapter in adapters().values() if isinstance(adapter, HasOptions) for one in adapter.options]
    assert {one.name for one in options if one.kind is OptionKind.FILE} == FILE_OPTIONS
    called_so = {one.name for one in options if "file" in words_of(one.title).lower().split()}
    assert called_so <= FILE_OPTIONS, "an option that is called a file is one"


def _named(edit: list[Any]) -> dict[str, Any]:
    kind, id, (key, title, enabled, body) = edit
    return {"kind": kind, "id": id, "definition": {"id": key, "title": title, "enabled": enabled, "body": body}}


# -- bad input


def test_a_web_page_a_huge_message_and_half_a_frame_are_refused_and_the_engine_goes_on(far: Far) -> None:
    token = far.grant("Olga", "operator").token
    assert far.ask(token, "POST", "/api/undo", [], Origin="https://evil.example")[::2] == (403, ["door.origin"])
    with far.raw() as wire:
        wire.sendall(
            f"POST /api/undo HTTP/1.1\r\nHost: o\r\nAuthorization: Bearer {token}\r\nContent-Length: {1 << 30}\r\n\r\n[".encode()
        )
        assert b"413" in wire.recv(200)
    with _websocket(far, token) as wire:
        wire.sendall(b"\x82\xff" + struct.pack(">Q", 1 << 30) + b"mask" + b"x" * 100)
        assert _closed_with(wire) == 1009
    with _websocket(far, token) as wire:
        wire.sendall(b"\x82\xfe\x10")
    with far.raw() as wire:
        wire.sendall(b"POST /api/undo HTT")
    status, said, codes = far.ask(token, "GET", "/engine", **{"User-Agent": "0.0.1"})
    assert (status, codes) == (426, ["door.version"]), said
    assert far.ask(token, "POST", "/verb", {"words": ["get"], "given": {}}, Oikos_Protocol="1")[0] == 426
    assert far.ask(token, "GET", "/hello")[0] == 200


def test_a_thousand_connections_of_one_machine_keep_nobody_else_out(far: Far) -> None:
    token = far.grant("Olga", "operator").token
    wires: list[socket.socket] = []
    try:
        for _ in range(1000):
            wires.append(socket.create_connection(("127.0.0.1", far.served.port), 20))
            if len(wires) > MOST_OF_ONE + 8:
                wires.pop(0).close()
        assert far.engine.command(far.door.desk.point("on"), "on").result(60).state == "confirmed"
        assert far.door.ask("GET", "/hello")[0] == 200, "the door of this machine has its own count"
    finally:
        for wire in wires:
            wire.close()
    assert MOST_OF_ONE < MOST_CONNECTIONS

    def answers() -> bool:
        try:
            return far.ask(token, "GET", "/hello")[0] == 200
        except (OSError, ValueError, ProblemError):
            return False

    far.door.desk.until(answers, "room again")


def test_connections_without_tls_are_forgotten_when_they_end(far: Far) -> None:
    token = far.grant("Olga", "operator").token
    for _ in range(3):
        wires = [socket.create_connection(("127.0.0.1", far.served.port), 20) for _ in range(MOST_CONNECTIONS)]
        for wire in wires:
            wire.close()

    def answers() -> bool:
        try:
            return far.ask(token, "GET", "/hello")[0] == 200
        except (OSError, ValueError, ProblemError):
            return False

    far.door.desk.until(answers, "the door is open again")


def test_connections_without_a_token_make_room_for_others(far: Far) -> None:
    token = far.grant("Olga", "operator").token
    silent = [far.raw() for _ in range(MOST_SILENT)]
    try:
        assert far.ask(token, "GET", "/hello")[0] == 200
        assert _ended(silent[0]), "the oldest gave its place"
        silent[-1].sendall(b"GET /hello HTTP/1.1\r\nHost: o\r\n\r\n")
        answer = silent[-1].recv(4096)
        assert b" 401 " in answer.partition(b"\r\n")[0]
        assert b"connection: close" in answer.lower()
    finally:
        for wire in silent:
            wire.close()


def _ended(wire: ssl.SSLSocket) -> bool:
    wire.settimeout(60)
    try:
        return wire.recv(1) == b""
    except (ConnectionError, ssl.SSLError):
        return True


def test_listening_twice_at_a_time_leaves_one_port_open_and_ending_it_none(far: Far) -> None:
    served = [far.engine.serve("127.0.0.1:0") for _ in range(4)]
    ports = [found.port for one in served if (found := one.result(60)) is not None]
    assert far.engine.serve("").result(60) is None
    for port in ports:
        address = DoorAddress(
            protocol=PROTOCOL, url=f"https://127.0.0.1:{port}", pin=far.served.fingerprint, secret="x"
        )
        with pytest.raises(ProblemError) as refused:
            hello(address)
        assert refused.value.problems[0].code not in ("door.unknown_token", "door.paused"), "our door does not answer"


def test_more_verbs_than_the_engine_has_threads_are_all_carried_out(far: Far) -> None:
    token, path = far.grant("Ada", "admin").token, str(far.door.desk.path)

    def listed(door: int) -> bytes:
        body = json.dumps({"words": ["grant", "list", path, "--json"], "given": {}}).encode()
        if door:
            wire: http.client.HTTPConnection = PinnedConnection(far.address(token))
        else:
            wire = UnixConnection(far.door.address.socket)
        with contextlib.closing(wire):
            wire.request("POST", "/verb", body, {"Authorization": f"Bearer {token}"} if door else {})
            return wire.getresponse().read()

    with ThreadPoolExecutor(24) as asking:
        answers = list(asking.map(listed, [0, 1] * 12))
    assert [json.loads(answer.splitlines()[-1])["problems"] for answer in answers] == [[]] * 24
    assert far.engine.command(far.door.desk.point("on"), "on").result(60).state == "confirmed"


def _websocket(far: Far, token: str) -> ssl.SSLSocket:
    wire = far.raw()
    wire.sendall(
        (
            "GET /engine HTTP/1.1\r\nHost: o\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer {token}\r\n{FINGERPRINT}: {fingerprint()}\r\n\r\n"
        ).encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += wire.recv(1)
    assert b" 101 " in head
    return wire


def _closed_with(wire: ssl.SSLSocket) -> int:
    """Reads frames until that of the close; its code."""
    data = wire.makefile("rb")
    while True:
        first, length = data.read(2)
        length &= 0x7F
        if length == 126:
            length = int.from_bytes(data.read(2))
        elif length == 127:
            length = int.from_bytes(data.read(8))
        body = data.read(length)
        if first & 0x0F == 8:
            return int.from_bytes(body[:2])
