"""Every protocol, ten of them at once, discovery and the door, in a network where nothing has an IPv4 address.

Each runs in a network of its own (devices/lab/netlab.py), all at the same time; what was left out there is skipped here, with its
reason.
"""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.lab.loopback import CHOSEN
from devices.lab.netlab import BRIDGE
from tests.devices.protocols.test_every_protocol import PEERS

TOP = Path(__file__).parents[2]
NETWORK = [sys.executable, "-m", "devices.lab.netlab", "--ipv6-alone", "--"]
LINK_LOCAL = f"""
import ipaddress, os, sys
from pathlib import Path
rows = [line.split() for line in Path("/proc/net/if_inet6").read_text().splitlines()]
digits = next(row[0] for row in rows if row[5] == "{BRIDGE}" and row[3] == "20")
os.environ["{CHOSEN}"] = str(ipaddress.IPv6Address(int(digits, 16))) + "%{BRIDGE}"
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Peers listen on a link-local address, which needs its zone everywhere."""
CONTRACT, TEN = "tests/devices/protocols/test_every_protocol.py", "tests/app/test_ten_protocols.py"
STORY, DOOR = "tests/devices/link_local_story.py", "tests/app/server/test_serve_line.py"
RUNS = {
    "contract": ([CONTRACT, "-k", "confirmed"], True),
    "ten": ([TEN], False),
    "discovery": ([STORY], True),
    "door": ([DOOR, "-k", "attached_once or begins_and_ends"], True),
}
"""Tests, and whether their peers listen on a link-local address instead of ::1."""

pytestmark = [pytest.mark.waits, pytest.mark.timeout(500)]

type Outcomes = dict[str, str | None]
"""Tests that ran, by name: None where they passed, else why not; a reason of a skip begins with `skip`."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcomes]]:
    """The outcomes of all runs."""
    tried = subprocess.run([*NETWORK, "true"], cwd=TOP, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(tried.stderr.strip())
    folder = tmp_path_factory.mktemp("six")
    running = {name: begun(folder, name) for name in RUNS}
    try:
        for process in running.values():
            process.wait(400)
        yield {name: told(folder / f"{name}.xml", (folder / f"{name}.log").read_text()) for name in RUNS}
    finally:
        for process in running.values():
            process.kill()


def begun(folder: Path, name: str) -> subprocess.Popen[bytes]:
    words, is_link_local = RUNS[name]
    line = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:randomly", "--tb=short", *words]
    line += [f"--junit-xml={folder / name}.xml", f"--basetemp={folder / name}"]
    environment = {key: text for key, text in os.environ.items() if not key.startswith("PYTEST_")}
    environment.pop("OIKOS_MDNS_INTERFACES", None)
    with (folder / f"{name}.log").open("wb") as log:
        given = [*NETWORK, *([sys.executable, "-c", LINK_LOCAL] if is_link_local else []), *line]
        return subprocess.Popen(given, cwd=TOP, env=environment, stdout=log, stderr=subprocess.STDOUT)


def told(file: Path, log: str) -> Outcomes:
    assert file.exists(), log[-3000:]
    found: Outcomes = {}
    for case in ElementTree.parse(file).iter("testcase"):
        reason = next(
            (f"{one.tag} {one.get('message')} {one.text or ''}" for one in case if one.tag != "properties"), None
        )
        found[case.get("name", "")] = reason
    assert found, log[-3000:]
    return found


def passed_or_skipped(found: Outcomes, name: str) -> None:
    reason = found[name]
    if reason is not None and reason.startswith("skip"):
        pytest.skip(reason.removeprefix("skipped ").strip())
    assert reason is None, reason


@pytest.mark.parametrize("protocol", PEERS)
def test_every_protocol_confirms_commands_at_a_link_local_address(outcomes: dict[str, Outcomes], protocol: str) -> None:
    passed_or_skipped(outcomes["contract"], f"test_a_command_is_confirmed_by_the_device_s_own_report[{protocol}]")


@pytest.mark.parametrize("run", [name for name in RUNS if name != "contract"])
def test_so_do_ten_at_once_and_what_is_found_by_mdns_and_commanded_through_the_door(
    outcomes: dict[str, Outcomes], run: str
) -> None:
    for name in outcomes[run]:
        passed_or_skipped(outcomes[run], name)
