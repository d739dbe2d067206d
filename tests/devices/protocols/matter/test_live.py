"""Real nodes, a real server, a real network of their own: three devices are paired, commanded, lost and found."""

from __future__ import annotations

from typing import Any

import pytest

from devices.protocols.matter.server_programs import PROGRAMS
from tests.devices.protocols.matter.live_run import lived

pytestmark = [pytest.mark.waits, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What live.py wrote down."""
    return lived("live.py", tmp_path_factory.mktemp("live"), request.param)


def test_the_server_starts_without_root_and_without_internet(told: dict[str, Any]) -> None:
    assert told["server"] > 0
    assert told["problems"] == []


def test_light_sensor_and_plug_are_taken_into_one_network_by_their_codes(told: dict[str, Any]) -> None:
    for device in ("dimmable-light-1", "temperature-1", "plug-energy-1"):
        pair = told[f"pair {device}"]
        assert pair["seconds"] < 20
        done = [stage for stage, state in pair["stages"] if state == "done"]
        assert done == ["find", "secure", "trust", "join", "describe"]


def test_a_meter_on_another_endpoint_belongs_to_its_plug(told: dict[str, Any]) -> None:
    assert {"on_off", "power", "voltage", "current", "energy_import"} <= set(told["points"]["plug-energy-1"])
    assert {"temperature", "battery"} <= set(told["points"]["temperature-1"])


@pytest.mark.parametrize("verb", ["on", "set", "off"])
def test_a_command_is_confirmed_by_the_light_itself(told: dict[str, Any], verb: str) -> None:
    state, seconds, reason = told[f"command {verb}"]
    assert (state, reason) == ("confirmed", "")
    assert seconds < 2


def test_what_a_device_measures_arrives_by_itself(told: dict[str, Any]) -> None:
    assert 0 <= told["report"] < 5
    assert 0 <= told["energy"] < 5


def test_a_code_without_a_device_fails_in_about_ten_seconds(told: dict[str, Any]) -> None:
    code, seconds, last = told["not_found"]
    assert (code, last) == ("matter.not_found", "failed")
    assert seconds < 14


def test_a_code_of_another_device_is_called_wrong(told: dict[str, Any]) -> None:
    code, seconds, last = told["wrong_code"]
    assert (code, last) == ("matter.wrong_code", "failed")
    assert seconds < 14


def test_a_mistyped_code_fails_at_once(told: dict[str, Any]) -> None:
    assert told["invalid_code"][0] == "matter.invalid_code"
    assert told["invalid_code"][1] < 0.1


def test_a_removed_device_can_be_paired_again_and_is_the_same(told: dict[str, Any]) -> None:
    assert told["removed"]
    assert told["paired again"]


def test_a_device_without_power_is_offline_within_its_interval_and_half_a_minute(told: dict[str, Any]) -> None:
    assert 0 < told["offline"] < 60


def test_a_device_that_returns_is_online_at_once(told: dict[str, Any]) -> None:
    assert 0 <= told["online"] < 15


def test_a_pairing_that_was_killed_after_the_device_had_joined_is_finished_at_the_next_start(
    told: dict[str, Any],
) -> None:
    assert told["cut off"] != "paired"
    assert 0 <= told["finished"] < 60


def test_the_home_s_keys_are_for_the_owner_only(told: dict[str, Any]) -> None:
    assert told["modes"]
    assert set(told["modes"]) == {"0o600"}
