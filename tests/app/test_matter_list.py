"""Real Matter nodes from a list: three failures are explained, a kill -9 in the middle loses and doubles none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.matter_network import told_by

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What matter_list.py wrote down."""
    return told_by("matter_list.py", tmp_path_factory.mktemp("matter") / "told.json")


def test_all_but_the_wrong_ones_are_in_and_each_failure_has_its_reason(told: dict[str, Any]) -> None:
    good = told["many"] - 1
    assert (told["again"]["done"], told["again"]["failed"], told["again"]["left"]) == (good, 3, 0)
    failed = {job["name"]: job["problem"]["code"] for job in told["again"]["jobs"] if job["state"] == "failed"}
    assert failed.keys() == {"Absent", "Misread", "Wrong passcode"}
    assert failed["Absent"] == "matter.not_found"
    assert failed["Wrong passcode"] == "matter.wrong_code"


def test_no_device_is_lost_or_twice_in_the_project(told: dict[str, Any]) -> None:
    names = sorted(device["name"] for device in told["info"]["devices"])
    assert names == sorted(job["name"] for job in told["again"]["jobs"] if job["state"] == "done")
    assert told["killed"]["at"]["state"] == "running"


def test_a_device_of_the_list_obeys(told: dict[str, Any]) -> None:
    assert told["on"]["state"] == "confirmed"
    assert told["run"]["rc"] == 0
