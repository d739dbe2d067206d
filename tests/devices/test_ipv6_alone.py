"""Every protocol, ten of them at once, discovery and the door, in a network where nothing has an IPv4 address.

Only a share of the tests of tests/devices/without_ipv4.py, which runs all; what was left out there is skipped here, with its reason.
"""

from __future__ import annotations

import subprocess

import pytest

from tests.devices.protocols.test_every_protocol import PEERS
from tests.devices.without_ipv4 import NETWORK, SHARE, TOP, Outcomes
from tests.devices.without_ipv4 import outcomes as run_all

pytestmark = pytest.mark.timeout(500)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcomes]:
    """The outcomes of all runs."""
    tried = subprocess.run([*NETWORK, "true"], cwd=TOP, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(tried.stderr.strip())
    return run_all(tmp_path_factory.mktemp("six"), SHARE, 400)


def passed_or_skipped(found: Outcomes, name: str) -> None:
    reason = found[name]
    if reason is not None and reason.startswith("skip"):
        pytest.skip(reason.removeprefix("skipped ").strip())
    assert reason is None, reason


@pytest.mark.parametrize("protocol", PEERS)
def test_every_protocol_confirms_commands_at_a_link_local_address(outcomes: dict[str, Outcomes], protocol: str) -> None:
    passed_or_skipped(outcomes["contract"], f"test_a_command_is_confirmed_by_the_device_s_own_report[{protocol}]")


@pytest.mark.parametrize("run", [name for name in SHARE if name != "contract"])
def test_so_do_ten_at_once_and_what_is_found_by_mdns_and_commanded_through_the_door(
    outcomes: dict[str, Outcomes], run: str
) -> None:
    for name in outcomes[run]:
        passed_or_skipped(outcomes[run], name)
