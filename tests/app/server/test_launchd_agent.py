"""The property list that launchd gets for a project, and what is asked of `launchctl`; launchd itself is on no machine of
these tests."""

from __future__ import annotations

import os
import plistlib
from collections.abc import Callable
from pathlib import Path

import pytest

from app.server.launchd_agent import LaunchdAgent, agent_file, agent_list
from app.server.project_service import service_name
from app.server.system_service import system_service
from twin.model.problem import ProblemError

STAND_IN = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in
  {refused}) echo "Bootstrap failed: 5: Input/output error" >&2; exit 5;;
  print) test -e "{log}.loaded" && echo "state = running" || exit 113;;
  bootstrap) touch "{log}.loaded";;
  bootout) rm -f "{log}.loaded";;
esac
"""

type Calls = Callable[..., list[str]]


@pytest.fixture
def launchctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Stands in for launchctl; the calls so far."""
    folder, log = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()

    def calls(refused: str = "nothing") -> list[str]:
        file = folder / "launchctl"
        file.write_text(STAND_IN.format(log=log, refused=refused))
        file.chmod(0o755)
        return log.read_text().splitlines() if log.exists() else []

    calls()
    monkeypatch.setenv("PATH", str(folder) + os.pathsep + os.environ["PATH"])
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    return calls


DOCUMENTED = {
    "Label": str,
    "ProgramArguments": list,
    "WorkingDirectory": str,
    "EnvironmentVariables": dict,
    "RunAtLoad": bool,
    "KeepAlive": bool,
    "ThrottleInterval": int,
    "ExitTimeOut": int,
}
"""Keys of launchd.plist(5) that are used, with their types there."""


@pytest.mark.parametrize("name", ["house", "my house", 'a "quoted" <one> & more', "ünïcödé 家", "-dash"])
def test_the_list_reads_back_as_the_words_that_it_was_made_of(name: str, tmp_path: Path) -> None:
    project = tmp_path / f"{name}.oikos"
    made = plistlib.loads(agent_list(project, {"OIKOS_HOME": "/x y"}, "[::]:8443"))
    assert made["Label"] == service_name(project)
    assert made["ProgramArguments"][-4:] == ["serve", str(project), "--listen", "[::]:8443"]
    assert made["EnvironmentVariables"] == {"OIKOS_HOME": "/x y"}
    assert {key: type(value) for key, value in made.items()} == DOCUMENTED
    assert made["RunAtLoad"] is made["KeepAlive"] is True
    assert made["WorkingDirectory"] == str(tmp_path)


def test_install_stop_start_and_remove_leave_nothing(tmp_path: Path, launchctl: Calls) -> None:
    service = LaunchdAgent(tmp_path / "house.oikos")
    assert not service.status().installed
    service.install()
    assert service.status().active == "active"
    assert agent_file(tmp_path / "house.oikos").exists()
    service.stop()
    assert (service.status().installed, service.status().active) == (True, "inactive")
    service.start()
    service.restart()
    assert any(call.startswith("kickstart -k gui/") for call in launchctl())
    assert service.remove()
    assert not service.file.exists()
    assert not service.remove()


def test_installing_again_replaces_the_loaded_agent(tmp_path: Path, launchctl: Calls) -> None:
    service = LaunchdAgent(tmp_path / "house.oikos")
    service.install()
    service.install("[::]:8443")
    words = [call.split()[0] for call in launchctl() if not call.startswith("print")]
    assert words == ["enable", "bootstrap", "bootout", "enable", "bootstrap"]


def test_where_launchd_refuses_nothing_is_half_installed(tmp_path: Path, launchctl: Calls) -> None:
    launchctl(refused="bootstrap")
    service = LaunchdAgent(tmp_path / "house.oikos")
    with pytest.raises(ProblemError) as error:
        service.install()
    assert error.value.problems[0].code == "service.failed"
    assert "Input/output error" in error.value.problems[0].detail
    assert not service.file.exists()
    with pytest.raises(ProblemError) as error:
        service.start()
    assert error.value.problems[0].code == "service.missing"


def test_each_system_has_its_own_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for platform, name in (("linux", "SystemdService"), ("darwin", "LaunchdAgent"), ("win32", "ScheduledTask")):
        monkeypatch.setattr("app.server.system_service.sys.platform", platform)
        assert type(system_service(tmp_path / "house.oikos")).__name__ == name
