"""The unit file that systemd gets for a project, and what is asked of `systemctl --user`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app.__main__ import main
from app.server.systemd_service import START_S, STOP_S, SystemdService, unit_file, unit_name, unit_text
from twin.model.problem import ProblemError
from twin.store.project import Project

STAND_IN = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
  *"{refused}"*) echo "Failed to connect to bus: No medium found" >&2; exit 1;;
esac
for unit in "$@"; do :; done
at="$XDG_CONFIG_HOME/systemd/user"
case "$*" in
  *is-enabled*) echo enabled;;
  *is-active*) cat "{log}.state" 2>/dev/null || echo inactive;;
  *enable*--now*) exit 3;;
  *disable*) test -e "$at/$unit" || exit 1; rm -f "$at/default.target.wants/$unit" "{log}.state";;
  *enable*) mkdir -p "$at/default.target.wants"; ln -sf "$at/$unit" "$at/default.target.wants/$unit";;
  *stop*) rm -f "{log}.state";;
  *start*--no-block*) echo activating > "{log}.state";;
  *start*) echo active > "{log}.state";;
esac
"""

NAMES = ["house", "my house", "100 %u $HOME", 'a "quoted" one', "ünïcödé 家", "back\\slash", "-dash", "a;b&c|d"]


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Stands in for systemctl and loginctl, for there is no user manager in a test; the calls so far."""
    folder, log = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()

    def calls(refused: str = "nothing") -> list[str]:
        for name in ("systemctl", "loginctl"):
            file = folder / name
            file.write_text(STAND_IN.format(log=log, refused=refused))
            file.chmod(0o755)
        return log.read_text().splitlines() if log.exists() else []

    calls()
    monkeypatch.setenv("PATH", str(folder) + os.pathsep + os.environ["PATH"])
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return calls


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
@pytest.mark.parametrize("name", NAMES)
def test_systemd_takes_the_unit_of_a_project_of_any_name(name: str, tmp_path: Path) -> None:
    project = tmp_path / f"{name}.oikos"
    project.touch()
    file = tmp_path / unit_name(project)
    file.write_text(unit_text(project, ["/bin/echo"], {"OIKOS_HOME": str(tmp_path / "home % $x")}))
    done = subprocess.run(
        ["systemd-analyze", "--user", "--man=no", "verify", str(file)],
        capture_output=True, text=True, timeout=400, check=False, env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert str(file.name) not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_its_line_reads_back_as_the_words_that_it_was_made_of(name: str, tmp_path: Path) -> None:
    project = tmp_path / f"{name}.oikos"
    line = next(
        line for line in unit_text(project, ["/opt/oi kos"], {}).splitlines() if line.startswith("ExecStart=")
    ).removeprefix("ExecStart=")
    assert _read(line) == ["/opt/oi kos", "run", str(project)]
    serving = unit_text(project, ["/opt/oi kos"], {}, "[::]:8443")
    (line,) = [line for line in serving.splitlines() if line.startswith("ExecStart=")]
    words = _read(line.removeprefix("ExecStart="))
    assert words == ["/opt/oi kos", "serve", str(project), "--listen", "[::]:8443"]


def _read(line: str) -> list[str]:
    """Words in double quotes as systemd.service(5) reads them: specifiers, variables and C escapes undone."""
    words = line.removeprefix('"').removesuffix('"').split('" "')
    undo = {"%%": "%", "$$": "$", "\\\\": "\\", '\\"': '"'}
    read: list[str] = []
    for word in words:
        out, at = "", 0
        while at < len(word):
            pair = word[at : at + 2]
            assert pair in undo or word[at] not in '%$"\\', f"{word} at {at}"
            out += undo.get(pair, word[at])
            at += 2 if pair in undo else 1
        read.append(out)
    return read


def test_two_projects_of_one_name_have_two_units_and_a_link_the_one_of_its_file(tmp_path: Path) -> None:
    one, other, link = (tmp_path / place for place in ("a/house.oikos", "b/house.oikos", "link.oikos"))
    for path in (one, other):
        path.parent.mkdir()
        path.touch()
    link.symlink_to(one)
    assert unit_name(one) != unit_name(other)
    assert unit_name(link) == unit_name(one)


def test_a_service_is_installed_told_and_removed(
    systemctl: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "house.oikos"
    Project.create(path, name="House").close()
    assert main(["service", "install", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["installed"], said["enabled"], said["active"]) == (True, True, "activating")
    assert unit_file(path).read_text() == unit_text(path, *_used(path))
    assert [call for call in systemctl() if "is-" not in call and "show-user" not in call] == [
        "--user daemon-reload",
        f"--user enable {unit_name(path)}",
        f"--user start --no-block {unit_name(path)}",
    ]
    assert main(["service", "remove", str(path), "--json"]) == 0
    assert not unit_file(path).exists()
    assert f"--user disable --now {unit_name(path)}" in systemctl()
    assert main(["service", "remove", str(path), "--json"]) == 1
    assert "service.missing" in capsys.readouterr().out


def _used(path: Path) -> tuple[list[str], dict[str, str]]:
    from app.server.background_engine import command, environment

    del path
    return command(), {"OIKOS_HOME": os.environ["OIKOS_HOME"], "PYTHONPATH": environment()["PYTHONPATH"]}


@pytest.mark.parametrize("refused", ["daemon-reload", "user enable", "no-block"])
def test_a_service_that_the_manager_refuses_is_not_left_half_installed(
    systemctl: Callable[..., list[str]], tmp_path: Path, refused: str
) -> None:
    path = tmp_path / "house.oikos"
    Project.create(path, name="House").close()
    systemctl(refused)
    with pytest.raises(ProblemError) as error:
        SystemdService(path).install()
    (problem,) = error.value.problems
    assert (problem.code, "bus" in problem.detail) == ("service.failed", True)
    assert not unit_file(path).exists()
    assert not wanted(path).is_symlink()
    assert systemctl()[-2:] == [f"--user disable --now {unit_name(path)}", "--user daemon-reload"]


def wanted(path: Path) -> Path:
    """The link by which a project's unit starts at login."""
    return unit_file(path).parent / "default.target.wants" / unit_name(path)


def test_what_is_left_of_a_service_whose_file_is_gone_is_removed(
    systemctl: Callable[..., list[str]], tmp_path: Path
) -> None:
    path = tmp_path / "house.oikos"
    Project.create(path, name="House").close()
    service = SystemdService(path)
    service.install()
    unit_file(path).unlink()
    assert service.remove()
    assert not wanted(path).is_symlink()
    assert systemctl()[-2:] == [f"--user stop {unit_name(path)}", "--user daemon-reload"]
    assert not service.remove()


def test_what_waits_for_the_service_waits_longer_than_the_service_may_take(
    systemctl: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del systemctl
    waited: dict[str, float] = {}

    def run(words: list[str], *, timeout: float, **_: object) -> subprocess.CompletedProcess[str]:
        waited[words[2]] = timeout
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    service = SystemdService(tmp_path / "house.oikos")
    service.start()
    service.restart()
    service.stop()
    assert waited["start"] > START_S
    assert waited["restart"] > START_S + STOP_S
    assert waited["stop"] > STOP_S


def test_installing_again_what_the_manager_then_refuses_leaves_the_service_that_was_there(
    systemctl: Callable[..., list[str]], tmp_path: Path
) -> None:
    path = tmp_path / "house.oikos"
    Project.create(path, name="House").close()
    SystemdService(path).install()
    systemctl("daemon-reload")
    with pytest.raises(ProblemError):
        SystemdService(path).install()
    assert unit_file(path).exists()
    assert wanted(path).is_symlink()


def test_a_project_that_is_not_there_gets_no_service(
    systemctl: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["service", "install", str(tmp_path / "none.oikos"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "project.missing"
    assert systemctl() == []


def test_an_address_that_is_none_installs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Project.create(tmp_path / "house.oikos"):
        pass
    assert main(["service", "install", str(tmp_path / "house.oikos"), "--listen", "nowhere", "--json"]) == 1
    assert [one["code"] for one in json.loads(capsys.readouterr().out)["problems"]] == ["serve.address"]
    assert not unit_file(tmp_path / "house.oikos").exists()


def test_another_system_says_that_services_are_not_supported_yet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("app.server.systemd_service.sys.platform", "darwin")
    with pytest.raises(ProblemError) as error:
        SystemdService(tmp_path / "house.oikos").install()
    assert error.value.problems[0].code == "service.unsupported"
