"""`oikos capture` of a real Matter node: what it says plays back, and nothing that opens it is in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.matter_network import told_by
from tests.app.test_capture_line import played
from twin.model.observation import Availability, Report

pytestmark = [pytest.mark.waits, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matter")


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    """What matter_capture.py wrote down."""
    return told_by("matter_capture.py", folder / "told.json")


def test_what_a_node_says_while_it_is_switched_by_hand_plays_back(told: dict[str, Any], folder: Path) -> None:
    assert (told["pair"]["rc"], told["alone"]["rc"], told["alone"]["codes"]) == (0, 0, [])
    devices, events = played(folder / "alone.jsonl")
    assert [(device.name, device.kind) for device in devices] == [("Lab light 1", "light")]
    assert {"on_off", "level"} <= {point.key for point in devices[0].points}
    assert len(events) == told["alone"]["document"]["events"]
    switched = [one.value for one in events if isinstance(one, Report) and one.key == "on_off"]
    assert {True, False} <= set(switched)
    assert [one.online for one in events if isinstance(one, Availability)][-1:] == [True]


def test_neither_its_code_nor_a_key_of_the_network_is_in_the_recording(told: dict[str, Any], folder: Path) -> None:
    text = (folder / "alone.jsonl").read_text("utf-8")
    keys = {
        value
        for file in (folder / "home/protocols/matter/store").rglob("*.json*")
        for value in strings(json.loads(file.read_text("utf-8")))
        if len(value) >= 32
    }
    assert keys, "the network keeps no keys here: this test proves nothing"
    assert not [secret for secret in (*told["secrets"], *keys) if secret in text]


def strings(value: object) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in strings(one)]


def test_where_an_engine_runs_the_server_it_says_what_to_close(told: dict[str, Any], folder: Path) -> None:
    assert (told["beside"]["rc"], told["beside"]["codes"]) == (1, ["matter.in_use"])
    assert "`oikos run`" in told["beside"]["document"]["problems"][0]["remedy"]
    assert not (folder / "beside.jsonl").exists()
