"""`oikos serve`, `oikos grant` and `oikos attach`, each as a process of its own or on a real server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.server.background_engine import environment
from app.server.known_engines import engine_url
from devices.lab.loopback import IN_URL
from tests.app.conftest import rooms_building
from tests.english import words
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.model.problem import ProblemError
from twin.store.project import Project

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A project with a link of simulated devices."""
    path = tmp_path / "house.oikos"
    with Project.create(path, name="House") as project:
        project.set_building(rooms_building("Kitchen", "Hall"), label=words("Import"), keep={})
        project.add_link(Link(id=LinkId("l"), protocol="simulated", address="simulated://office"))
    return path


@pytest.fixture
def oikos(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """Runs a verb with --json; its exit code and document."""

    def run(*line: str | Path) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*map(str, line), "--json"])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


def codes(said: Any) -> list[str]:
    return [problem["code"] for problem in said["problems"]]


@pytest.fixture
def served(house: Path) -> Iterator[tuple[str, str]]:
    """URL and fingerprint of an engine in a process of its own."""
    line = [sys.executable, "-m", "app", "serve", str(house), "--listen", f"{IN_URL}:0", "--lang", "en"]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment())
    assert process.stderr is not None
    try:
        said = [process.stderr.readline() for _ in range(3)]
        yield said[2].split()[-1], said[1].split()[-1]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert process.returncode in (0, 1)


def test_grants_are_made_listed_and_revoked_without_an_engine(
    house: Path, oikos: Callable[..., tuple[int, Any]]
) -> None:
    code, made = oikos("grant", "add", house, "Vera", "--role", "operator", "--room", "Kitchen", "--for", "8h")
    assert (code, made["grant"]["role"], made["grant"]["rooms"]) == (0, "operator", ["room-Kitchen"])
    assert made["grant"]["expires"] > made["grant"]["created"]
    code, listed = oikos("grant", "list", house)
    assert (code, listed["grants"]) == (0, [made["grant"]])
    assert made["token"] not in json.dumps(listed)
    assert codes(oikos("grant", "add", house, "vera")[1]) == ["grant.exists"]
    assert codes(oikos("grant", "add", house, "Eve", "--room", "Attic")[1]) == ["unknown.room"]
    assert codes(oikos("grant", "add", house, "Eve", "--until", "2001-01-01")[1]) == ["grant.past"]
    assert oikos("grant", "revoke", house, "VERA")[1]["grant"] == made["grant"]
    assert oikos("grant", "list", house)[1]["grants"] == []
    assert codes(oikos("grant", "revoke", house, "Vera")[1]) == ["grant.missing"]
    assert main(["grant", "add", str(house)]) == 2


def test_a_computer_is_attached_once_and_then_works_with_the_url(
    house: Path,
    served: tuple[str, str],
    oikos: Callable[..., tuple[int, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, pin = served
    made = oikos("grant", "add", house, "Olga", "--role", "operator")[1]
    token = tmp_path / "token"
    token.write_text(made["token"] + "\n", encoding="ascii")
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "far"))
    assert codes(oikos("get", url)[1]) == ["door.not_attached"]
    code, said = oikos("attach", url, "--secret-from", token)
    assert (code, codes(said), pin in json.dumps(said)) == (1, ["attach.unconfirmed"], True)
    assert codes(oikos("attach", url, "--secret-from", token, "--trust", ":".join(["AB"] * 32))[1]) == [
        "door.certificate"
    ]
    code, said = oikos("attach", url, "--secret-from", token, "--trust", pin.lower())
    assert (code, said["url"], said["fingerprint"], said["project"]) == (0, url, pin, house.name)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "far").rglob("*") if path.is_file())
    assert made["token"].encode() not in kept, "it lies with the passwords"
    assert oikos("info", url)[1]["site"]
    lamp = next(one["id"] for one in oikos("get", url)[1]["points"] if one["id"].endswith("on_off"))
    code, said = oikos("set", url, lamp, "on")
    assert (code, said["state"]) == (0, "confirmed")
    assert codes(oikos("undo", url)[1]) == ["door.role"]
    for verb in (["run", url], ["check", url], ["backup", url, str(tmp_path / "b")]):
        assert codes(oikos(*verb)[1]) == ["door.only_here"], verb
    monkeypatch.undo()
    assert oikos("grant", "revoke", house, "Olga")[0] == 0
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "far"))
    assert codes(oikos("get", url)[1]) == ["door.unknown_token"]
    monkeypatch.undo()
    token.write_text(oikos("grant", "add", house, "Olga")[1]["token"], encoding="ascii")
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "far"))
    assert oikos("portfolio", "add", url, "--secret-from", token)[0] == 0, "the certificate is trusted already"
    assert oikos("get", url)[0] == 0
    assert oikos("attach", url, "--forget")[1]["known"]
    assert codes(oikos("get", url)[1]) == ["door.not_attached"]


def test_a_running_engine_begins_and_ends_to_listen_when_asked(
    house: Path, served: tuple[str, str], oikos: Callable[..., tuple[int, Any]]
) -> None:
    url, pin = served
    code, said = oikos("serve", house, "--listen", "[::1]:0")
    assert (code, said["listens"], said["fingerprint"]) == (0, True, pin)
    assert said["urls"][0].startswith("https://[::1]:")
    assert codes(oikos("attach", url, "--secret-from", os.devnull, "--trust", pin)[1])[0] == "door.unreachable"
    assert oikos("serve", house, "--off")[1] == {"listens": False, "problems": []}
    assert codes(oikos("serve", house, "--listen", "nonsense")[1]) == ["serve.address"]


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("house.local", "https://house.local:8443"),
        ("oikos://house.local", "https://house.local:8443"),
        ("https://[2001:db8::1]:99/", "https://[2001:db8::1]:99"),
        ("https://HOUSE:8443", "https://house:8443"),
    ],
)
def test_an_engine_has_one_url_however_it_is_typed(typed: str, url: str) -> None:
    assert engine_url(typed) == url


@pytest.mark.parametrize(
    "typed", ["", "https://", "https://a/b", "https://a:99999", "https://u:p@a", "https://[::1", "a?b"]
)
def test_what_is_no_address_of_an_engine_is_said(typed: str) -> None:
    with pytest.raises(ProblemError) as told:
        engine_url(typed)
    assert told.value.problems[0].code == "attach.url"
