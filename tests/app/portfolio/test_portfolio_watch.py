"""Sites watched by their engines' doors: each by itself, whatever the others do."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli.framework.output import utc
from app.portfolio import portfolio_watch, site_client
from app.portfolio.kept_digests import FILE, FOLDER, read_kept
from app.portfolio.site_client import MOST_BYTES, sound_digest
from app.portfolio.site_list import PortfolioSite, new_site, read_sites
from app.server.door_address import DoorAddress
from app.server.gates import WRONG_TOKENS
from tests.app.portfolio.conftest import Watched, port_address
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_network_door import Far
from tests.app.server.test_network_door import far as far
from twin.model.ids import RoomId
from twin.model.problem import ProblemError
from twin.model.site_digest import SiteDigest

pytestmark = pytest.mark.timeout(300)


def at_port(monkeypatch: pytest.MonkeyPatch, ports: dict[str, DoorAddress]) -> None:
    """Lets project files of these names have doors on these ports; others have their own."""
    found = site_client.door_of
    monkeypatch.setattr(site_client, "door_of", lambda path: ports.get(path.stem) or found(path))


def project(folder: Path, name: str) -> PortfolioSite:
    path = folder / f"{name}.oikos"
    path.touch()
    return new_site(str(path))


def answer(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: application/json\r\n\r\n".encode() + body


def test_a_project_here_and_an_engine_elsewhere_are_both_live(door: OpenDoor, far: Far, watched: Watched) -> None:
    watched.add(new_site(str(door.desk.path), name="Here"))
    watched.know(far.address(far.grant("Vera", "viewer").token))
    watched.add(new_site(far.url, name="Elsewhere"))
    watched.watch.watch(True).result(60)
    found = watched.until(lambda all_: all_ and all(one.live for one in all_), "digest")
    assert [one.digest.devices for one in found if one.digest] == [1, 1]
    assert all(one.received_ms for one in found)


def test_sites_that_hang_or_send_rubbish_delay_nobody(
    door: OpenDoor,
    watched: Watched,
    peer: Callable[[bytes | None], int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The one that hangs has not even been given up when the others have answered."""
    wrong = {
        "hangs": None,
        "noise": b"\x00\xff" * 50,
        "html": answer(b"<html>"),
        "types": answer(b'{"devices": "many"}'),
        "huge": answer(b" " * (MOST_BYTES + 1)),
        "short": b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{",
        "moved": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        "refuses": answer(b'{"problems": [{"code": "no", "args": 7}]}', "403 Forbidden"),
        "older": answer(b'{"problems": [{"code": "door.method", "args": {}}]}', "404 Not Found"),
    }
    at_port(monkeypatch, {name: port_address(peer(what), tmp_path) for name, what in wrong.items()})
    for name in wrong:
        watched.add(project(tmp_path, name))
    watched.add(new_site(str(door.desk.path), name="Here"))
    watched.watch.watch(True).result(60)
    found = watched.until(lambda all_: sum(one.asked for one in all_) == len(wrong), "answers")
    said = {one.title: one.problem.code for one in found if one.problem}
    assert [one.title for one in found if one.live] == ["Here"]
    assert [one.title for one in found if not one.asked] == ["hangs"]
    assert said.pop("older") == "door.version"
    assert said.pop("short") == "engine.gone"
    assert set(said.values()) == {"door.request"}


def test_a_site_that_hangs_is_given_up_and_asked_again_when_wanted(
    watched: Watched, peer: Callable[[bytes | None], int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(site_client, "PATIENCE_S", 0.05)
    at_port(monkeypatch, {"hangs": port_address(peer(None), tmp_path)})
    watched.add(project(tmp_path, "hangs"))
    watched.watch.watch(True).result(60)
    gone = watched.all_asked()["hangs"]
    assert gone.problem is not None
    assert gone.problem.code == "engine.gone"
    at_port(monkeypatch, {"hangs": port_address(peer(answer(b'{"devices": 3}')), tmp_path)})
    monkeypatch.setattr(site_client, "PATIENCE_S", 10.0)
    watched.watch.ask_again()
    assert watched.until(lambda found: found[0].live, "digest")[0].digest == SiteDigest(devices=3)


def test_a_look_up_that_blocks_keeps_one_thread_and_no_other_site(
    door: OpenDoor, watched: Watched, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import threading

    free, asked, address = threading.Event(), list[str](), portfolio_watch.site_address

    def slow(site: PortfolioSite, *more: object) -> object:
        asked.append(site.title)
        if site.title == "stuck":
            free.wait(60)
        return address(site, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(portfolio_watch, "site_address", slow)
    monkeypatch.setattr(portfolio_watch, "PATIENCE_S", 0.05)
    watched.add(project(tmp_path, "stuck"))
    watched.add(new_site(str(door.desk.path), name="Here"))
    watched.watch.watch(True).result(60)
    try:
        watched.until(lambda found: [one.asked for one in found] == [True, True], "answer")
        watched.watch.ask_again()
        watched.until(lambda found: found[1].live, "digest")
        assert asked.count("stuck") == 1
    finally:
        free.set()


def test_a_wrong_token_is_tried_once_and_not_until_the_address_has_to_pause(far: Far, watched: Watched) -> None:
    watched.know(replace(far.address("x"), secret="wrong"))
    watched.add(new_site(far.url, name="School"))
    watched.watch.watch(True).result(60)
    found = watched.all_asked()["School"].problem
    assert found is not None
    assert found.code == "door.unknown_token"
    assert portfolio_watch.pause_s(ProblemError(found), 1, far=True) * 0.5 > 60 / WRONG_TOKENS


def test_pauses_grow_and_stay_short_for_a_project_of_this_computer(watched: Watched) -> None:
    gone = ProblemError(portfolio_watch.engine_gone())
    far_s = [portfolio_watch.pause_s(gone, failures, far=True) for failures in (1, 2, 3, 50, 5000)]
    assert far_s == [2, 4, 8, 300, 300]
    assert portfolio_watch.pause_s(gone, 50, far=False) == 15


def test_another_certificate_gets_no_token(far: Far, watched: Watched) -> None:
    other = ":".join(["AB"] * 32)
    watched.know(replace(far.address(far.grant("Vera", "viewer").token), pin=other))
    watched.add(new_site(far.url, name="School"))
    watched.watch.watch(True).result(60)
    found = watched.all_asked()["School"].problem
    assert found is not None
    assert found.code == "door.certificate"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_an_engine_is_reached_by_ipv4_and_ipv6(door: OpenDoor, watched: Watched, host: str) -> None:
    served = door.desk.engine.serve("[::]:0").result(60)
    assert served is not None
    made = door.desk.engine.add_grant("Vera", "viewer").result(60)
    url = f"https://{host}:{served.port}"
    watched.know(DoorAddress(protocol=2, url=url, pin=served.fingerprint, secret=made.token))
    watched.add(new_site(url, name="School"))
    watched.watch.watch(True).result(60)
    assert watched.all_asked()["School"].live


def test_a_lost_site_shows_its_last_digest_also_after_a_restart(door: OpenDoor, watched: Watched) -> None:
    watched.add(new_site(str(door.desk.path), name="Here"))
    watched.watch.watch(True).result(60)
    before = watched.until(lambda found: found and found[0].live, "digest")[0]
    door.desk.engine.stop()
    watched.watch.ask_again()
    lost = watched.until(lambda found: found[0].problem, "loss")[0]
    assert (lost.digest, lost.received_ms, lost.live) == (before.digest, before.received_ms, False)
    assert lost.problem is not None
    assert lost.problem.code == "portfolio.not_running"
    watched.again()
    watched.watch.watch(True).result(60)
    kept = watched.all_asked()["Here"]
    assert (kept.digest, kept.received_ms, kept.live) == (before.digest, before.received_ms, False)


def test_a_damaged_memory_of_digests_is_no_memory(watched: Watched) -> None:
    folder = watched.home / FOLDER
    folder.mkdir(parents=True)
    for data in (b"", b"{", b'{"a": 3}', b"[" * 100_000, b"\xff"):
        (folder / FILE).write_bytes(data)
        assert read_kept(watched.home) == {}
    (folder / FILE).unlink()
    os.mkfifo(folder / FILE)
    assert read_kept(watched.home) == {}


def test_what_is_not_there_is_told_with_its_reason(watched: Watched, tmp_path: Path) -> None:
    holder = (
        '{"pid": 1, "program": "oikos run", "host": "attic", "since": 1.0, "door": {"protocol": 2, "socket": "/x"}}'
    )
    watched.add(new_site(str(tmp_path / "missing.oikos")))
    watched.add(project(tmp_path, "asleep"))
    watched.add(project(tmp_path, "shared"))
    (tmp_path / ".shared.oikos.lock").write_text(holder + "\n")
    watched.add(new_site("https://192.0.2.1", name="stranger"))
    watched.watch.watch(True).result(60)
    said = {name: one.problem.code for name, one in watched.all_asked().items() if one.problem}
    assert said == {
        "missing": "file.missing",
        "asleep": "portfolio.not_running",
        "shared": "portfolio.elsewhere",
        "stranger": "door.not_attached",
    }


def test_a_socket_that_is_stale_or_another_users_is_not_used(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stale = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(stale))
    tmp_path.chmod(0o777)
    try:
        at_port(monkeypatch, {"stale": DoorAddress(protocol=2, socket=str(stale))})
        watched.add(project(tmp_path, "stale"))
        watched.watch.watch(True).result(60)
        found = watched.all_asked()["stale"].problem
        assert found is not None
        assert found.code == "portfolio.not_running"
        tmp_path.chmod(0o700)
        watched.watch.ask_again()
    finally:
        tmp_path.chmod(0o700)


def test_a_site_is_added_with_its_token_watched_at_once_and_removed(far: Far, watched: Watched) -> None:
    watched.watch.watch(True).result(60)
    found = watched.watch.certificate(far.url).result(60)
    assert found is not None
    shown, site = found.fingerprint, new_site(far.url, name="School")
    with pytest.raises(ProblemError) as caught:
        watched.watch.add(site, shown, "wrong").result(60)
    assert caught.value.problems[0].code == "door.unknown_token"
    assert read_sites(watched.file) == (), "nothing is kept of an engine that does not let this computer in"
    watched.watch.add(site, shown, far.grant("Vera", "viewer").token).result(60)
    watched.until(lambda found: found and found[0].live, "digest")
    assert watched.watch.certificate(far.url).result(60) is None, "it is known now"
    watched.watch.remove(site).result(60)
    assert watched.watch.statuses == ()


def test_an_access_that_has_ended_is_renewed_and_the_new_token_used_at_once(far: Far, watched: Watched) -> None:
    """Also where a token lets in that sees less: the other one is not used on."""
    vera, site = far.grant("Vera", "viewer"), new_site(far.url, name="School")
    watched.know(far.address(vera.token))
    watched.add(site)
    watched.watch.watch(True).result(60)
    watched.until(lambda found: found and found[0].live, "digest")
    assert watched.watch.certificate(far.url).result(60) is None
    far.engine.revoke_grant(vera.grant.id).result(60)
    watched.watch.ask_again()
    refused = watched.until(lambda found: found[0].problem, "refusal")[0].problem
    assert (refused and refused.code) == "door.unknown_token"
    shown = watched.watch.certificate(far.url).result(60)
    assert shown is not None
    assert shown.fingerprint == shown.trusted == far.address("x").pin
    watched.watch.add(site, shown.fingerprint, far.grant("Vera", "viewer").token).result(60)
    watched.until(lambda found: found[0].live, "digest, long before the pause of a site that refuses is over")
    limited = far.engine.add_grant("Olga", "viewer", far_rooms(far)).result(60)
    watched.watch.attach(shown, limited.token, lambda: False).result(60)
    watched.until(lambda found: found[0].digest and found[0].digest.partial, "digest of some rooms")


def far_rooms(far: Far) -> list[RoomId]:
    return [room.id for room in far.engine.twin.rooms][:1]


def test_an_engine_that_is_known_and_away_needs_no_token_to_be_added(watched: Watched) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"https://127.0.0.1:{port}"
    watched.know(DoorAddress(protocol=2, url=url, pin=":".join(["AB"] * 32), secret="x"))
    assert watched.watch.certificate(url).result(60) is None


def test_the_watch_ends_and_begins_again(door: OpenDoor, watched: Watched) -> None:
    site = new_site(str(door.desk.path), name="Here")
    watched.add(site)
    for _ in range(2):
        watched.watch.watch(True).result(60)
        watched.until(lambda found: found and found[0].live, "digest")
        watched.watch.watch(False).result(60)
    watched.watch.open(site).result(60)
    assert watched.opened == [site]


def test_numbers_and_texts_of_a_strange_engine_are_made_plausible() -> None:
    strange = SiteDigest(
        name="x" * 9000, devices=-3, offline=10**400, power_w=float("inf"), latitude=500.0, longitude=3.0, newest_ms=-9
    )
    found = sound_digest(strange)
    assert (len(found.name), found.devices, found.offline, found.power_w) == (120, 0, 1 << 53, None)
    assert (found.latitude, found.longitude, found.newest_ms) == (None, None, 0)


def test_times_figures_and_names_of_a_strange_engine_can_be_shown() -> None:
    strange = SiteDigest(
        name="\x1b[2J\u202eHome",
        version="1\x07",
        time_ms=1 << 60,
        newest_ms=1 << 53,
        power_w=1e300,
        energy_wh=float("nan"),
    )
    found = sound_digest(strange)
    assert utc(found.time_ms) == utc(found.newest_ms) == "9999-12-31T23:59:59.000Z"
    assert (found.name, found.version, found.power_w, found.energy_wh) == ("[2JHome", "1", None, None)


def test_sites_are_asked_in_the_background_and_at_once_when_their_page_is_shown(
    door: OpenDoor, watched: Watched
) -> None:
    watched.add(new_site(str(door.desk.path), name="Here"))
    watched.watch.watch_slowly()
    first = watched.until(lambda all_: all_ and all_[0].live, "digest")
    watched.watch.watch(True).result(60)
    watched.until(lambda all_: all_[0] is not first[0], "newer answer, long before a minute has passed")
    watched.watch.watch(False).result(60)
    assert watched.watch._tasks, "they are still asked, slowly"  # pyright: ignore[reportPrivateUsage]


def test_nobody_is_asked_in_the_background_where_the_list_is_damaged(watched: Watched) -> None:
    watched.file.write_text("no list")
    watched.watch.watch_slowly()
    with pytest.raises(ProblemError):
        watched.watch.watch(True).result(60)
    assert watched.watch.statuses == ()
