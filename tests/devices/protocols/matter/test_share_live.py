"""A real device belongs to two real homes, each with a server of its own, and is taken out of one."""

from __future__ import annotations

from typing import Any

import pytest

from devices.protocols.matter.server_programs import PROGRAMS
from tests.devices.protocols.matter.live_run import lived

pytestmark = [pytest.mark.waits, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What share_live.py wrote down."""
    return lived("share_live.py", tmp_path_factory.mktemp("share"), request.param)


def test_a_device_is_shared_with_another_home_and_taken_out_of_it_again(told: dict[str, Any]) -> None:
    assert told["joined"] == "dimmable-light"
    assert told["homes"] == [False, True]
    assert told["left"] == [True]
    assert (told["own home"], told["no home"]) == ("matter.own_fabric", "matter.no_fabric")


def test_the_device_lists_this_home_by_the_name_of_the_app(told: dict[str, Any]) -> None:
    assert told["name"] == "Oikos"


def test_without_internet_it_is_told_that_newer_software_is_not_known(told: dict[str, Any]) -> None:
    assert told["software"][0]
    assert told["software"][1:] == ["", "matter.update.offline"]
