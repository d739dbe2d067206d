"""What the native stack's log means; and a child that cannot start says why in one line, with exit code 3."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from devices.protocols.matter.launch import REASONS, failure_reason

TOP = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(("reason", "sign"), REASONS)
def test_every_known_sign_in_the_log_gives_its_reason(reason: str, sign: str) -> None:
    assert failure_reason(["found", "step:ReadCommissioningInfo", f"CHIP:CTL: {sign}: 0x32"]) == reason


def test_a_wrong_code_is_told_before_the_search_that_timed_out_after_it() -> None:
    assert failure_reason(["found", "Failed to verify peer's MAC", "Discovery timed out"]) == "wrong_code"


def test_a_device_that_stops_halfway_is_told_with_the_step_where_it_stopped() -> None:
    assert failure_reason(["step:ArmFailsafe", "step:SendNOC", "something new"]) == "failed_at_SendNOC"


def test_silence_means_that_no_search_was_begun() -> None:
    assert failure_reason([]) == "not_ready"


def test_words_that_nobody_knows_mean_that_nothing_was_found_or_that_it_did_not_talk() -> None:
    assert failure_reason(["something new"]) == "not_found"
    assert failure_reason(["found", "something new"]) == "busy"


def launched(folder: Path, *more: str, token: str = "token", **environment: str) -> tuple[int, list[dict[str, object]]]:
    for name in ("store", "roots"):
        (folder / name).mkdir(exist_ok=True)
    command = [sys.executable, "-m", "devices.protocols.matter.launch", "--folder", str(folder / "store")]
    ended = subprocess.run(
        [*command, "--roots", str(folder / "roots"), *more],
        input=f"{token}\n", cwd=TOP, env={**os.environ, **environment}, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]


def test_damaged_keys_stop_the_child_before_a_new_home_is_made(tmp_path: Path) -> None:
    pytest.importorskip("chip", reason="the Matter stack is not installed on this machine")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "chip.json").write_text('{"sdk-config"')
    code, facts = launched(tmp_path)
    if facts and facts[0].get("refused") == "libnl":
        pytest.skip("libnl is not installed on this machine")
    assert (code, facts[0]["refused"]) == (3, "damaged")
    assert (tmp_path / "store" / "chip.json").read_text() == '{"sdk-config"'


def test_a_child_without_a_token_would_let_everybody_in_and_does_not_start(tmp_path: Path) -> None:
    code, facts = launched(tmp_path, token="")
    assert (code, facts[0]["refused"]) == (3, "token")


def test_a_child_whose_parent_is_gone_already_does_not_start(tmp_path: Path) -> None:
    code, facts = launched(tmp_path, "--parent", "1")
    assert (code, facts) == (0, [])


CHILD = """
import os, signal, sys, time
from devices.protocols.matter import launch
signal.signal(signal.SIGTERM, signal.SIG_IGN)
launch._LOOK_S, launch._LAST_S = 0.05, 0.1
launch._die_with_parent(os.getppid())
print("up", flush=True)
time.sleep(60)
"""
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdout=subprocess.PIPE, stderr=sys.stderr)
assert child.stdout.readline() == b"up\\n"
"""


def test_a_child_that_hears_no_signal_ends_with_its_parent_all_the_same() -> None:
    # the child holds our pipe as well: this returns when both are gone
    ended = subprocess.run([sys.executable, "-c", PARENT], cwd=TOP, capture_output=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
