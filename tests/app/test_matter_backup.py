"""The Matter network is in the backup: paired with a real node, lost with the computer, restored, and the node obeys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.matter_network import told_by

pytestmark = [pytest.mark.waits, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What matter_backup.py wrote down."""
    return told_by("matter_backup.py", tmp_path_factory.mktemp("matter") / "told.json")


def test_the_network_is_in_the_backup_and_its_file_says_when_only_this_computer_opens_it(told: dict[str, Any]) -> None:
    assert (told["pair"]["rc"], told["on"]["document"]["state"]) == (0, "confirmed")
    for name, codes in (("backup", []), ("backup plain", ["keys.machine"])):
        assert (told[name]["rc"], told[name]["codes"]) == (0, codes)
        assert told[name]["document"]["networks"] == ["matter"]
        assert any(file.endswith(".oikos-keys") for file in told[name]["document"]["files"])


@pytest.mark.parametrize("where", ["rehearsed", "rehearsed elsewhere"])
def test_a_rehearsal_proves_that_the_network_and_its_device_would_come_back(told: dict[str, Any], where: str) -> None:
    (network,) = told[where]["document"]["networks"]
    assert (told[where]["rc"], told[where]["document"]["sound"]) == (0, True)
    assert len(network["nodes"]) == len(network["devices"]) == 1


def test_the_same_network_that_is_there_already_is_kept(told: dict[str, Any]) -> None:
    (network,) = told["restore kept"]["document"]["networks"]
    assert (network["put"], network["kept"]) == (False, "")


def test_a_project_without_its_network_says_so(told: dict[str, Any]) -> None:
    assert told["run without"]["rc"] == 1
    assert "keys.no_network" in told["run without"]["codes"]


def test_who_cannot_open_the_keys_restores_nothing_and_is_told_what_to_do(told: dict[str, Any]) -> None:
    assert told["restore locked"]["codes"] == ["keys.passphrase"]
    assert told["restore another"]["codes"] == ["keys.another"]


def test_restore_brings_the_network_back_and_the_node_obeys(told: dict[str, Any]) -> None:
    before, (after,) = told["restore kept"]["document"]["networks"][0], told["restore"]["document"]["networks"]
    assert after["put"]
    assert after["kept"].endswith("store.old1")  # the empty network that `run` had begun meanwhile
    same = ("network", "nodes", "devices")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert [device["name"] for device in told["info"]["document"]["devices"]]
    assert told["off"]["document"]["state"] == "confirmed"
    assert told["run after"]["rc"] == 0
