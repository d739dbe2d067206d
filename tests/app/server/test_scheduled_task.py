"""The task that Windows' scheduler gets for a project, and what is asked of `schtasks`; Windows is on no machine of these
tests."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from defusedxml import ElementTree

from app.server.project_service import service_words
from app.server.scheduled_task import ScheduledTask, task_text
from twin.model.problem import ProblemError

STAND_IN = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in
  {refused}) echo "ERROR: Access is denied." >&2; exit 1;;
  /Query) test -e "{log}.task" || exit 1;;
  /Create) touch "{log}.task";;
  /Delete) rm -f "{log}.task";;
esac
"""
SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"

type Calls = Callable[..., list[str]]


@pytest.fixture
def schtasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Stands in for schtasks; the calls so far."""
    folder, log = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()

    def calls(refused: str = "nothing") -> list[str]:
        file = folder / "schtasks"
        file.write_text(STAND_IN.format(log=log, refused=refused))
        file.chmod(0o755)
        return log.read_text().splitlines() if log.exists() else []

    calls()
    monkeypatch.setenv("PATH", str(folder) + os.pathsep + os.environ["PATH"])
    monkeypatch.setenv("USERDOMAIN", "HOME-PC")
    monkeypatch.setenv("USERNAME", "Ada & Ben")
    return calls


@pytest.mark.parametrize("name", ["house", "my house", "a <one> & 'more'", "ünïcödé 家"])
def test_the_task_is_xml_with_the_project_as_one_word(name: str, tmp_path: Path) -> None:
    project = tmp_path / f"{name}.oikos"
    tree = ElementTree.fromstring(task_text(project, ["C:\\oi kos.exe"], "PC\\Ada & Ben").encode("utf-16"))
    command, arguments = (tree.findtext(f".//{SPACE}{tag}") for tag in ("Command", "Arguments"))
    assert command == "C:\\oi kos.exe"
    assert arguments is not None
    assert arguments.startswith("run ")
    assert str(project) in arguments
    assert [one.text for one in tree.iter(f"{SPACE}UserId")] == ["PC\\Ada & Ben"] * 2
    assert tree.findtext(f".//{SPACE}ExecutionTimeLimit") == "PT0S", "an engine runs for ever"
    assert tree.findtext(f".//{SPACE}RunLevel") == "LeastPrivilege"


ANY_ORDER = {
    "Task": {"RegistrationInfo", "Triggers", "Settings", "Data", "Principals", "Actions"},
    "RegistrationInfo": {"URI", "SecurityDescriptor", "Source", "Date", "Author", "Version", "Description", "Documentation"},
    "Principals": {"Principal"},
    "Principal": {"UserId", "LogonType", "GroupId", "DisplayName", "RunLevel"},
    "Settings": {
        "AllowStartOnDemand", "RestartOnFailure", "MultipleInstancesPolicy", "DisallowStartIfOnBatteries",
        "StopIfGoingOnBatteries", "AllowHardTerminate", "StartWhenAvailable", "NetworkProfileName",
        "RunOnlyIfNetworkAvailable", "WakeToRun", "Enabled", "Hidden", "DeleteExpiredTaskAfter", "IdleSettings",
        "NetworkSettings", "ExecutionTimeLimit", "Priority", "RunOnlyIfIdle",
    },
    "RestartOnFailure": {"Interval", "Count"},
    "Triggers": {"LogonTrigger"},
    "Actions": {"Exec"},
    "Exec": {"Command", "Arguments", "WorkingDirectory"},
}  # fmt: skip
"""Children of each element; their order is free (Microsoft [MS-TSCH] 2.5, xs:all)."""
LOGON = ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "UserId", "Delay"]
"""Children of LogonTrigger in their order (2.5.3: xs:sequence of triggerBaseType, then of its extension)."""


def test_the_task_has_the_elements_of_microsofts_schema_in_its_order(tmp_path: Path) -> None:
    tree = ElementTree.fromstring(task_text(tmp_path / "h.oikos", ["oikos.exe"], "PC\\Ada").encode("utf-16"))
    assert tree.tag == f"{SPACE}Task"
    assert tree.get("version") == "1.2"
    for one in tree.iter():
        inner = [child.tag.removeprefix(SPACE) for child in one]
        name = one.tag.removeprefix(SPACE)
        if name == "LogonTrigger":
            assert inner == [tag for tag in LOGON if tag in inner]
        elif inner:
            assert len(inner) == len(set(inner)), name
            assert set(inner) <= ANY_ORDER[name], name
    principal, actions = tree.find(f".//{SPACE}Principal"), tree.find(f"{SPACE}Actions")
    assert principal is not None
    assert actions is not None
    assert principal.get("id") == actions.get("Context"), "the key that Context refers to"
    assert (tree.findtext(f".//{SPACE}Interval"), tree.findtext(f".//{SPACE}Count")) == ("PT1M", "255"), "1 to 255"


def words_of(line: str) -> list[str]:
    """A command line as Windows programs read it (CommandLineToArgvW; "Parsing C++ command-line arguments")."""
    found, word, quoted, begun = list[str](), "", False, False
    for slashes, mark in re.findall(r'(\\*)("|.|$)', line, re.DOTALL):
        word += "\\" * (len(slashes) // 2 if mark == '"' else len(slashes))
        begun |= bool(slashes or mark.strip())
        if mark == '"' and len(slashes) % 2 == 0:
            quoted = not quoted
        elif mark in (" ", "\t", "") and not quoted:
            found += [word] if begun else []
            word, begun = "", False
        else:
            word += mark
    return found


@pytest.mark.parametrize("name", ["my house", "a 'b' & <c>", "ünïcödé 家", "end\\"])
def test_the_arguments_are_read_back_as_the_words_that_they_were_made_of(name: str, tmp_path: Path) -> None:
    project = tmp_path / f"{name}.oikos"
    words = ["C:\\Program Files\\Oikos\\pythonw.exe", "-c", "import os;os.environ.update({'A': \"x y\"})"]
    tree = ElementTree.fromstring(task_text(project, words, "PC\\Ada", "[::]:8443").encode("utf-16"))
    found = words_of(tree.findtext(f".//{SPACE}Arguments") or "")
    assert found == [*words[1:], *service_words(project, "[::]:8443")]


def test_install_start_and_remove_leave_nothing(tmp_path: Path, schtasks: Calls, home: Path) -> None:
    service = ScheduledTask(tmp_path / "house.oikos")
    assert not service.status().installed
    service.install()
    assert service.file.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff"), "UTF-16, as the scheduler reads it"
    assert (service.status().installed, service.status().active) == (True, "inactive")
    service.start()
    assert [call.split()[0] for call in schtasks()][:4] == ["/Query", "/Create", "/Run", "/Query"]
    assert service.remove()
    assert not service.file.exists()
    assert not service.remove()
    with pytest.raises(ProblemError) as error:
        service.start()
    assert error.value.problems[0].code == "service.missing"


def test_the_command_line_of_the_task_starts_this_program_with_its_home(tmp_path: Path) -> None:
    words = ScheduledTask(tmp_path / "house.oikos", {"OIKOS_HOME": str(tmp_path / "home of Ada")})._words()
    done = subprocess.run([*words, "--version"], capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_where_the_scheduler_refuses_nothing_is_half_installed(tmp_path: Path, schtasks: Calls) -> None:
    schtasks(refused="/Create")
    service = ScheduledTask(tmp_path / "house.oikos")
    with pytest.raises(ProblemError) as error:
        service.install()
    assert "Access is denied" in error.value.problems[0].detail
    assert not service.file.exists()
