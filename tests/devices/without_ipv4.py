"""Runs tests in networks where nothing has an IPv4 address: `python -m tests.devices.without_ipv4 [RUN ...]`.

Each run is in a network of its own (devices/lab/netlab.py); its peers listen on ::1 or on a link-local address.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devices.lab.loopback import CHOSEN
from devices.lab.netlab import BRIDGE

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
MATTER = "tests/devices/protocols/matter/test_live.py"

type Outcomes = dict[str, str | None]
"""Tests that ran, by name: None where they passed, else why not; a reason of a skip begins with `skip`."""


@dataclass(frozen=True, slots=True)
class Run:
    """Tests, and whether their peers listen on a link-local address instead of ::1."""

    words: tuple[str, ...]
    is_link_local: bool = False


SHARE = {
    "contract": Run((CONTRACT, "-k", "confirmed"), is_link_local=True),
    "ten": Run((TEN,)),
    "discovery": Run((STORY,), is_link_local=True),
    "door": Run((DOOR, "-k", "attached_once or begins_and_ends")),
}
"""What the test suite runs."""
WHOLE = SHARE | {
    "contract": Run((CONTRACT,)),
    "link_local": Run((CONTRACT,), is_link_local=True),
    "door": Run((DOOR,)),
    "matter": Run((MATTER,)),
}


def begun(folder: Path, name: str, run: Run) -> subprocess.Popen[bytes]:
    """The process of a run, which writes NAME.xml and NAME.log into the folder."""
    line = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:randomly", "--tb=short", *run.words]
    line += [f"--junit-xml={folder / name}.xml", f"--basetemp={folder / name}"]
    environment = {key: text for key, text in os.environ.items() if not key.startswith("PYTEST_")}
    environment.pop("OIKOS_MDNS_INTERFACES", None)
    with (folder / f"{name}.log").open("wb") as log:
        given = [*NETWORK, *([sys.executable, "-c", LINK_LOCAL] if run.is_link_local else []), *line]
        return subprocess.Popen(given, cwd=TOP, env=environment, stdout=log, stderr=subprocess.STDOUT)


def outcomes(folder: Path, runs: Mapping[str, Run], limit_s: float) -> dict[str, Outcomes]:
    """The outcomes of these runs, all at the same time. Raises TimeoutExpired, and AssertionError where one did not begin."""
    running = {name: begun(folder, name, run) for name, run in runs.items()}
    try:
        for process in running.values():
            process.wait(limit_s)
        return {name: told(folder / f"{name}.xml", (folder / f"{name}.log").read_text()) for name in runs}
    finally:
        for process in running.values():
            process.kill()


def told(file: Path, log: str) -> Outcomes:
    """The outcomes in a file in JUnit's format."""
    assert file.exists(), log[-3000:]
    found: Outcomes = {}
    for case in ElementTree.parse(file).iter("testcase"):
        reason = next(
            (f"{one.tag} {one.get('message')} {one.text or ''}" for one in case if one.tag != "properties"), None
        )
        found[case.get("name", "")] = reason
    assert found, log[-3000:]
    return found


def main(names: list[str]) -> int:
    """Runs all, or these, one by one, and prints how many tests of each passed, failed and were skipped, with the reasons."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names or WHOLE:  # one after the other: Matter has limits of time
            (found,) = outcomes(Path(folder), {name: WHOLE[name]}, 1800.0).values()
            reasons = [one for one in found.values() if one is not None]
            skipped = Counter(one.partition("\n")[0] for one in reasons if one.startswith("skip"))
            failed += (bad := len(reasons) - skipped.total())
            print(f"{name}: {len(found) - len(reasons)} passed, {bad} failed, {skipped.total()} skipped")
            for reason, times in skipped.items():
                print(f"  {times} × {reason.removeprefix('skipped ').strip()}")
            for test, reason in found.items():
                if reason is not None and not reason.startswith("skip"):
                    print(f"  {test}: {reason}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
