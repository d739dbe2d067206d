"""Two routings on two network cards: each link hears and commands its own network only."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.devices.protocols.knx.two_networks import TEMPERATURES
from tests.devices.protocols.knx.virtual_bus import program

TOP = Path(__file__).parents[4]
NETWORK = [sys.executable, "-m", "devices.lab.netlab", "--"]


@pytest.mark.timeout(300)
def test_a_link_hears_and_commands_the_network_of_its_own_card_only(tmp_path: Path) -> None:
    if missing := [name for name in ("ip", "unshare", "nsenter") if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)} (apt-get install iproute2 util-linux)")
    if program() is None:
        pytest.skip("knxd is not installed (apt-get install knxd)")
    tried = subprocess.run(
        [*NETWORK, "ip", "link", "add", "card0", "type", "veth"], cwd=TOP, capture_output=True, text=True
    )
    if tried.returncode:
        pytest.skip(f"no network can be made here: {tried.stderr.strip()}")
    words = [*NETWORK, sys.executable, "-m", "tests.devices.protocols.knx.two_networks", str(tmp_path)]
    done = subprocess.run(words, cwd=TOP, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    first, second, command = json.loads(done.stdout.splitlines()[-1])
    assert command == {"command": "confirmed"}
    for told, (temperature, _), other in zip((first, second), TEMPERATURES, (23.0, 22.0), strict=True):
        assert temperature in told["temperatures"]
        assert other not in told["temperatures"]
    assert True in second["switched"]
    assert True not in first["switched"]
