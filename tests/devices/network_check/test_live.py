"""The network check in a real network: alone, with another machine, behind a firewall, without IPv6, unplugged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.waits,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        not (shutil.which("ip") and shutil.which("unshare")), reason="iproute2 or util-linux is missing"
    ),
]

type Scene = list[dict[str, Any]]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scene]:
    """What live.py wrote down."""
    network = [sys.executable, "-m", "devices.lab.netlab", "--"]
    tried = subprocess.run([*network, "true"], cwd=TOP, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(tried.stderr.strip())
    out = tmp_path_factory.mktemp("network") / "scenes.json"
    program = [*network, sys.executable, str(Path(__file__).with_name("live.py")), str(out)]
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    done = subprocess.run(program, cwd=TOP, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(out.read_text("utf-8"))


def said(scene: Scene, check: str, interface: str = "br0") -> list[tuple[str, str]]:
    """(code, verdict) of a check, on one interface or of the machine."""
    found = [one for one in scene if one["code"].split(".")[1] == check and one["interface"] in ("", interface)]
    return [(one["code"].removeprefix(f"network.{check}."), one["verdict"]) for one in found]


def test_alone_it_claims_neither_that_multicast_works_nor_that_it_does_not(scenes: dict[str, Scene]) -> None:
    assert said(scenes["alone"], "interfaces") == [("found", "pass")]
    assert said(scenes["alone"], "multicast") == [("alone", "unknown")] * 2
    assert said(scenes["alone"], "firewall") == [("nobody", "unknown")]
    assert said(scenes["alone"], "port") == [("shared", "pass")]


def test_a_neighbour_that_answers_proves_multicast_and_the_way_back(scenes: dict[str, Scene]) -> None:
    assert ("heard", "pass") in said(scenes["neighbour"], "multicast")
    assert said(scenes["neighbour"], "firewall") == [("open", "pass")]
    (router,) = [one for one in scenes["neighbour"] if one["code"] == "network.thread.found"]
    assert router["args"] == {"names": ["Acme Hall router"], "networks": ["HomeThread"]}


def test_this_machine_is_no_neighbour_of_itself_on_another_interface(scenes: dict[str, Scene]) -> None:
    heard = [one for one in scenes["neighbour"] if one["code"] == "network.multicast.heard"]
    assert {address for one in heard for address in one["args"]["addresses"]} == {"10.77.0.9"}


def test_a_firewall_that_loses_the_group_s_answers_is_found(scenes: dict[str, Scene]) -> None:
    if "firewall" not in scenes:
        pytest.skip("nftables is missing")
    assert said(scenes["firewall"], "firewall") == [("filtered", "fail")]


def test_ipv6_that_is_switched_off_is_told(scenes: dict[str, Scene]) -> None:
    assert said(scenes["neighbour"], "ipv6") == [("link_local", "pass")]
    assert said(scenes["no IPv6"], "ipv6") == [("off", "fail")]


def test_unplugged_there_is_no_network(scenes: dict[str, Scene]) -> None:
    assert said(scenes["down"], "interfaces") == [("none", "fail")]
    assert said(scenes["down"], "multicast") == []
