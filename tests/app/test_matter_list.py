"""Real Matter nodes from a list: three failures are explained, a kill -9 in the middle loses and doubles none.

`OIKOS_LAB_MANY=50 uv run pytest -s -n 0 tests/app/test_matter_list.py` does it with fifty (minutes, 7 GB) and prints what it found.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.app.matter_network import told_by

LIMIT_S = 400 + 60 * int(os.environ.get("OIKOS_LAB_MANY", "6"))
pytestmark = [pytest.mark.waits, pytest.mark.timeout(LIMIT_S + 60)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What matter_list.py wrote down."""
    found = told_by("matter_list.py", tmp_path_factory.mktemp("matter") / "told.json", LIMIT_S)
    again = found["again"]
    print(
        f"\n{found['many']} devices: {again.get('done')} done, {again.get('failed')} failed, {again.get('left')} left in"
        f" {found['seconds']:.0f} s with a kill -9 at {found['killed']['at'].get('name')};"
        f" {len(found['on'])} obey {found['on_s']:.0f} s after the next start; {found['memory_mb']:.0f} MB each"
    )
    print(
        *(f"  {job['name']}: {job['problem']['code']}" for job in again["jobs"] if job["state"] == "failed"), sep="\n"
    )
    return found


def test_all_but_the_wrong_ones_are_in_and_each_failure_has_its_reason(told: dict[str, Any]) -> None:
    assert (told["again"]["done"], told["again"]["failed"], told["again"]["left"]) == (told["many"] - 3, 3, 0)
    failed = {job["name"]: job["problem"]["code"] for job in told["again"]["jobs"] if job["state"] == "failed"}
    assert failed == {
        "Elsewhere": "matter.not_found",
        "Off": "matter.not_found",
        "Wrong passcode": "matter.wrong_code",
    }


def test_no_device_is_lost_or_twice_in_the_project(told: dict[str, Any]) -> None:
    names = sorted(device["name"] for device in told["info"]["devices"])
    assert names == sorted(job["name"] for job in told["again"]["jobs"] if job["state"] == "done")
    assert told["killed"]["at"]["state"] == "running"


def test_every_device_itself_is_in_this_home_once_and_the_others_are_not(told: dict[str, Any]) -> None:
    tables = told["fabrics"]
    assert {len(tables[id]) for id in told["good"]} == {1}
    assert len({tables[id][0]["root"] for id in told["good"]}) == 1
    assert len({tables[id][0]["node"] for id in told["good"]}) == len(told["good"])
    elsewhere, off, wrong = (tables[id] for id in told["bad"])
    assert (len(elsewhere), off, wrong) == (1, [], [])
    assert elsewhere[0]["root"] != tables[told["good"][0]][0]["root"]


def test_devices_of_the_list_obey_at_the_first_command_after_a_restart(told: dict[str, Any]) -> None:
    assert {one.get("state") for one in told["on"]} == {"confirmed"}, told["on"]
