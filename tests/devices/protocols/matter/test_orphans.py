"""A managed server that outlived its Oikos is ended before a new one takes the same keys; a living one's is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devices.protocols.matter.orphan_servers import end_orphans

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SERVER = "import signal, time; {}; print('up', flush=True); time.sleep(60)"


def serving(store: Path, parent: int, stubborn: str = "") -> subprocess.Popen[bytes]:
    """A process whose command line is that of a managed server."""
    command = [sys.executable, "-c", SERVER.format(stubborn or "pass"), "-m", "devices.protocols.matter.launch"]
    process = subprocess.Popen(
        [*command, "--folder", str(store), "--parent", str(parent)], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == b"up\n"
    return process


@pytest.mark.parametrize(
    ("stubborn", "code"),
    [("", -signal.SIGTERM), ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", -signal.SIGKILL)],
)
def test_a_server_whose_parent_is_gone_is_ended(tmp_path: Path, stubborn: str, code: int) -> None:
    process = serving(tmp_path, 1, stubborn)
    assert end_orphans(tmp_path) == 1
    assert process.wait(60) == code


def test_a_server_of_a_living_oikos_or_on_other_keys_is_let_be(tmp_path: Path) -> None:
    for process in (serving(tmp_path, os.getpid()), serving(tmp_path / "other", 1)):
        assert end_orphans(tmp_path) == 0
        assert process.poll() is None
        process.kill()
        process.wait()
