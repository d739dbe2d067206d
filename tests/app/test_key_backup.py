"""Keys in a backup: encrypted, never over newer ones in silence, and proved by what is on the disk afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.engine import key_backup
from app.engine.context import open_secrets
from app.engine.key_backup import KeyBackup, folder_of
from app.i18n import what
from devices.contract import Secret
from devices.protocols.matter import fabric
from devices.protocols.matter.adapter import ADAPTER
from twin.model.device import DeviceInfo, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.model.problem import ProblemError
from twin.model.twin import Twin

LINK = ADAPTER.managed()
ADAPTERS: Any = {"matter": ADAPTER}
PASS = "OIKOS_PASSPHRASE"


def node(number: int) -> dict[str, Any]:
    descriptor = {
        "0/29/0": [{"0": 22, "1": 1}],
        "0/29/3": [1],
        "1/29/0": [{"0": 256, "1": 2}],
        "1/6/0": True,
        "1/6/65532": 0,
    }
    basic = {"0/40/1": "Maker", "0/40/2": 65521, "0/40/3": "Lamp", "0/40/4": 32768, "0/40/15": f"S{number}"}
    return {"node_id": number, "available": False, "attributes": {**descriptor, **basic}}


def store(home: Path, *nodes: int, root: str = "A", newest: int = 0) -> Path:
    folder = folder_of(home, "matter") / "store"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chip.json").write_text(json.dumps({"sdk-config": {"ExampleCARootCert1": root}, "repl-config": {}}))
    listed = {"last_node_id": newest or max(nodes, default=0), "nodes": {str(n): node(n) for n in nodes}}
    (folder / f"{sum(map(ord, root))}.json").write_text(json.dumps(listed))
    (folder / "chip_counters.ini").write_text("[Default]")
    return folder


def twin(*nodes: int) -> Twin:
    points = (PointInfo(key="on", capability="on_off"),)
    infos = [DeviceInfo(uid=f"FFF1-8000-S{number}", name=f"Lamp {number}", points=points) for number in nodes]
    return Twin(name="House", links=(LINK,), devices=tuple(device_from_description(info, LINK) for info in infos))


def codes(problems: Any) -> list[str]:
    return [problem.code for problem in problems]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(PASS, "correct horse")
    return tmp_path / "home"


def test_a_network_comes_back_to_another_computer_with_its_devices(home: Path, tmp_path: Path) -> None:
    store(home, 1, 2)
    open_secrets(home).put(LinkId("broker"), Secret(user="u", password="p"))
    one = Twin(name="", links=(LINK,), devices=twin(1, 2).devices)
    found = key_backup.gather_keys(one, ADAPTERS, home)
    data, notes = key_backup.encrypt_keys(KeyBackup(found.networks, {"broker": Secret(user="u", password="p")}), home)
    assert notes == ()
    assert b"ExampleCARootCert1" not in data
    file, other = tmp_path / "x.oikos-keys", tmp_path / "other"
    file.write_bytes(data)
    back = key_backup.restore_keys(key_backup.read_keys(file, other), one, ADAPTERS, other)
    assert back.problems == ()
    (row,) = back.networks
    assert (row.nodes, row.devices, row.put, row.kept) == ((1, 2), ("FFF1-8000-S1", "FFF1-8000-S2"), True, "")
    assert fabric.read(folder_of(other, "matter")) == fabric.read(folder_of(home, "matter"))
    assert {file.stat().st_mode & 0o777 for file in (folder_of(other, "matter") / "store").iterdir()} == {0o600}
    assert open_secrets(other).get(LinkId("broker")) == Secret(user="u", password="p")


@pytest.mark.parametrize(
    ("there", "put", "told"),
    [
        ({"nodes": (1, 2, 3)}, False, []),  # newer: a device was paired since
        ({"nodes": (1,), "newest": 5}, False, ["keys.missing"]),  # newer: devices were removed since
        ({"nodes": (1,)}, True, []),  # older
        ({"nodes": (7,), "root": "B"}, False, ["keys.other_network", "keys.no_network"]),
        ({"nodes": (), "root": "B"}, True, []),  # begun by itself, nobody in it
    ],
)
def test_what_is_newer_or_another_network_stays(home: Path, there: dict[str, Any], put: bool, told: list[str]) -> None:
    files = fabric.read(store(home / "elsewhere", 1, 2).parent)
    store(home, *there.pop("nodes"), **there)
    before = fabric.read(folder_of(home, "matter"))
    back = key_backup.restore_keys(KeyBackup({"matter": files}), twin(1, 2), ADAPTERS, home)
    assert (back.networks[0].put, codes(back.problems)) == (put, told)
    assert fabric.read(folder_of(home, "matter")) == (files if put else before)
    forced = key_backup.restore_keys(KeyBackup({"matter": files}), twin(1, 2), ADAPTERS, home, replace=True)
    assert forced.problems == ()
    assert fabric.read(folder_of(home, "matter")) == files
    if not put:
        (kept,) = Path(forced.networks[0].kept).glob("chip.json")
        assert kept.read_bytes() == before["chip.json"]


def test_a_damaged_network_is_replaced_and_kept_beside(home: Path) -> None:
    files = fabric.read(store(home / "elsewhere", 1).parent)
    (store(home, 1) / "chip.json").write_text('{"sdk-config": {"Exa')
    with pytest.raises(ProblemError):
        key_backup.gather_keys(twin(1), ADAPTERS, home)  # no backup that only looks like one
    back = key_backup.restore_keys(KeyBackup({"matter": files}), twin(1), ADAPTERS, home)
    assert back.networks[0].put
    assert (Path(back.networks[0].kept) / "chip.json").read_text() == '{"sdk-config": {"Exa'


def test_a_network_in_use_is_not_replaced(home: Path) -> None:
    from devices.protocols.matter.server import locked

    files = fabric.read(store(home / "elsewhere", 1).parent)
    folder_of(home, "matter").mkdir(parents=True)
    with locked(folder_of(home, "matter") / "server.lock"):
        back = key_backup.restore_keys(KeyBackup({"matter": files}), twin(1), ADAPTERS, home)
    assert codes(back.problems) == ["matter.in_use"]


def test_a_backup_without_the_network_says_how_many_devices_are_lost(home: Path) -> None:
    (problem,) = key_backup.restore_keys(KeyBackup(), twin(1, 2), ADAPTERS, home).problems
    assert problem.code == "keys.no_network"
    assert "2 devices" in what(problem)


def test_a_password_that_is_newer_here_stays(home: Path) -> None:
    open_secrets(home).put(LinkId("broker"), Secret(password="new"))
    old = KeyBackup(secrets={"broker": Secret(password="old")})
    assert codes(key_backup.restore_keys(old, Twin(), {}, home).problems) == ["keys.other_secret"]
    assert open_secrets(home).get(LinkId("broker")) == Secret(password="new")
    key_backup.restore_keys(old, Twin(), {}, home, replace=True)
    assert open_secrets(home).get(LinkId("broker")) == Secret(password="old")


def test_keys_open_with_their_passphrase_or_on_their_computer_only(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, some = tmp_path / "x.oikos-keys", KeyBackup(secrets={"l": Secret(password="p")})

    def refused(where: Path) -> str:
        with pytest.raises(ProblemError) as caught:
            key_backup.read_keys(file, where)
        return caught.value.problems[0].code

    file.write_bytes(key_backup.encrypt_keys(some, home)[0])
    assert key_backup.read_keys(file, tmp_path / "any") == some
    monkeypatch.setenv(PASS, "wrong")
    assert refused(home) == "keys.passphrase"
    monkeypatch.delenv(PASS)
    assert refused(home) == "keys.passphrase"
    data, notes = key_backup.encrypt_keys(some, home)
    assert codes(notes) == ["keys.machine"]
    file.write_bytes(data)
    assert key_backup.read_keys(file, home) == some
    assert refused(tmp_path / "any") == "keys.another"
    for broken in (data[:-1], b"OIKOSKM1", b"", data[:40] + b"x" + data[41:]):
        file.write_bytes(broken)
        assert refused(home) in ("keys.damaged", "keys.another")
    assert key_backup.read_keys(tmp_path / "none", home) == KeyBackup()
    assert key_backup.encrypt_keys(KeyBackup(), home) == (b"", ())
