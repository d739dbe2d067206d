"""Many processes keep secrets at once: every one of them is there afterwards, and nobody else may read them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devices.secrets import Secrets
from twin.files import atomic
from twin.model.ids import LinkId
from twin.model.problem import ProblemError

MANY = 19
SCRIPT = """
import sys
from pathlib import Path
from devices.contract import Secret
from devices.secrets import Secrets
from twin.model.ids import LinkId
from twin.model.problem import ProblemError
home, number = Path(sys.argv[1]), sys.argv[2]
if sys.argv[3] == "own key":
    from app.engine.machine_secrets import machine_key
sys.stdin.readline()
secrets = Secrets(home, passphrase=machine_key(home) if sys.argv[3] == "own key" else "words", keyring=False)
kept = False
while not kept:
    try:
        secrets.put(LinkId(number), Secret(user=number, password=f"password {number}"))
        kept = True
    except ProblemError as error:  # the eighteen others of a slow machine take longer than one waits: asked once more
        assert error.problems[0].code == "file.busy"
"""


@pytest.mark.parametrize("under", ["passphrase", "own key"])
def test_nineteen_processes_at_once_lose_no_password(tmp_path: Path, under: str) -> None:
    from app.engine.machine_secrets import machine_key

    home = tmp_path / "home"
    words = [[sys.executable, "-c", SCRIPT, str(home), str(number), under] for number in range(MANY)]
    processes = [subprocess.Popen(one, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for one in words]
    for process in processes:  # all are waiting: then all at once
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * MANY, errors
    secrets = Secrets(home, passphrase=machine_key(home) if under == "own key" else "words", keyring=False)
    found = {number: secrets.get(LinkId(str(number))) for number in range(MANY)}
    assert {number: one.password if one else None for number, one in found.items()} == {
        number: f"password {number}" for number in range(MANY)
    }
    assert not list(home.glob(".*.part"))


def test_the_folder_of_oikos_is_its_owners_alone(tmp_path: Path) -> None:
    from app import log
    from app.settings import Settings

    old_mask = os.umask(0o022)
    try:
        for number, make in enumerate((log.start, lambda home: Settings.load(home).set("theme", "dark"))):
            home = tmp_path / f"home{number}"
            make(home)
            assert home.stat().st_mode & 0o777 == 0o700
        left_open = tmp_path / "older"
        left_open.mkdir(mode=0o755)
        (left_open / "settings.toml").touch()
        atomic.private_folder(left_open)
        assert left_open.stat().st_mode & 0o777 == 0o700
        users = tmp_path / "users"
        users.mkdir(mode=0o755)
        atomic.private_folder(users)
        assert users.stat().st_mode & 0o777 == 0o755
    finally:
        os.umask(old_mask)
        log.start(tmp_path / "elsewhere")


def test_who_waits_too_long_for_the_file_is_told(tmp_path: Path) -> None:
    def twice() -> None:
        with atomic.exclusive(tmp_path / "x"), atomic.exclusive(tmp_path / "x", timeout_s=0.1):
            pass

    with pytest.raises(ProblemError) as caught:
        twice()
    assert caught.value.problems[0].code == "file.busy"
