"""A real device gets newer software from an image by the managed server on matter.js, and each way it can fail is told."""

from __future__ import annotations

from typing import Any

import pytest

from devices.protocols.matter.server_programs import MATTERJS
from tests.devices.protocols.matter.live_run import lived

pytestmark = [pytest.mark.waits, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What update_live.py wrote down."""
    return lived("update_live.py", tmp_path_factory.mktemp("update"), MATTERJS.name)


def test_nothing_is_looked_for_unasked_and_nothing_can_be_installed_before_a_newer_one_is_known(
    told: dict[str, Any],
) -> None:
    assert told["first"] == ["unknown", "1.0.0", ["check"]]
    assert told["nothing to install"] == "matter.update_not_now"


def test_an_image_that_the_device_cannot_take_is_refused_before_anything_is_sent(told: dict[str, Any]) -> None:
    reasons = ("unreadable", "no_image", "damaged", "other_product", "not_newer")
    assert told["refused"] == [f"matter.image.{reason}" for reason in reasons]


def test_a_device_gets_its_new_software_and_is_back_with_it_though_the_file_is_gone(told: dict[str, Any]) -> None:
    assert told["loaded"] == ["available", "2.0.0", True]
    done = told["done"]
    assert done["seconds"] > 0
    assert (done["installed"], done["newer"], done["stage"]) == ("2.0.0", "", "")
    assert done["phases"][0] == "scheduled"
    assert told["after"] == ["unknown", "matter.update.offline"], "that it is the newest is not claimed"


@pytest.mark.parametrize(
    ("at", "reason"), [("load", "loading failed"), ("install", "back with the software that it had")]
)
def test_an_update_that_fails_says_where_and_can_be_tried_again(told: dict[str, Any], at: str, reason: str) -> None:
    broken = told[f"broken at {at}"]
    assert (broken["installed"], broken["newer"]) == ("1.0.0", "2.0.0")
    assert reason in broken["stage"]
    assert broken["phases"][-1] == "available"


def test_how_much_is_loaded_is_told_and_a_transfer_that_is_stopped_leaves_the_old_software(
    told: dict[str, Any],
) -> None:
    assert told["loading"]["percents"]
    seconds, installed, newer, stage = told["stopped"]
    assert seconds >= 0
    assert (installed, newer, stage) == ("2.0.0", "3.0.0", None)


def test_of_the_images_the_newest_that_a_device_can_take_is_kept_and_none_of_a_removed_one(
    told: dict[str, Any],
) -> None:
    kept = [told[name] for name in ("kept", "kept then", "kept of a removed device")]
    assert kept == [["bin.fff1.8000.local.3"], ["bin.fff1.8000.local.4"], []]
