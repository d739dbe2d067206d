"""A computer that is wiped and restored controls its devices again, through a gateway that wants a password."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.engine.link_files import files_named
from app.loop import Loop
from devices.lab.mosquitto import Mosquitto
from devices.lab.mqtt import MqttLab
from tests.devices.protocols.knx.virtual_bus import virtual_bus
from twin.store.project import Project

from .test_cli import no_log_left_open, oikos

__all__ = ["no_log_left_open", "oikos"]

pytestmark = [
    pytest.mark.blocks,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin") is None,
        reason="the broker mosquitto is not installed",
    ),
]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker with a certificate and a password, and devices that obey."""
    loop = Loop(lambda error, where: None)
    loop.start()
    one = Mosquitto(tmp_path / "lab")
    facts = loop.submit(one.start(), name="broker").result(60)
    devices = MqttLab(facts, every_s=0.5)
    loop.submit(devices.start(6), name="devices").result(60)
    yield one
    loop.submit(devices.stop(), name="stop").result(60)
    loop.submit(one.stop(), name="stop").result(60)
    loop.stop()


def codes(document: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in document["problems"]]


def test_a_wiped_computer_restored_controls_its_devices_again(
    broker: Mosquitto, oikos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OIKOS_PASSPHRASE", "correct horse")
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "before"))
    facts, house, safe = broker.facts, tmp_path / "house.oikos", tmp_path / "safe.oikos"
    login = tmp_path / "login.txt"
    login.write_text(f"{facts.user}:{facts.password}")
    oikos("new", house)
    oikos("add", house, facts.url, "--secret-from", login)
    with Project.open(house, readonly=True) as project:
        switch = next(point.id for point in project.twin().points if point.info.capability == "on_off")
    assert oikos("backup", house, safe)["secrets"] == 1
    for authority in files_of(house):
        authority.rename(tmp_path / "elsewhere.crt")

    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "after"))
    rehearsed = oikos("restore", safe, "--check")
    assert (codes(rehearsed), rehearsed["secrets"]) == ([], 1)
    without = tmp_path / "without.oikos"
    shutil.copyfile(safe, without)  # and not its keys
    rehearsed = oikos("restore", without, "--check")
    assert (rehearsed["sound"], sorted(codes(rehearsed))) == (False, ["restore.no_file", "restore.no_secret"])
    assert sorted(codes(oikos("restore", without, tmp_path / "lost.oikos"))) == ["restore.no_file", "restore.no_secret"]

    again = tmp_path / "again.oikos"
    assert oikos("restore", safe, again)["secrets"] == 1
    assert oikos("set", again, switch, "on")["state"] == "confirmed"
    assert oikos("set", again, switch, "off")["state"] == "confirmed"


@pytest.mark.blocks
async def test_a_table_of_group_addresses_is_back_after_a_restore(
    oikos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A KNX link opens on another computer, without the table that was chosen on the first one."""
    monkeypatch.setenv("OIKOS_PASSPHRASE", "correct horse")
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "before"))
    house, safe, again = (tmp_path / f"{name}.oikos" for name in ("house", "safe", "again"))
    async with virtual_bus(tmp_path / "bus") as bus:
        await asyncio.to_thread(oikos, "new", house)
        await asyncio.to_thread(oikos, "add", house, bus.url, "--option", f"table={bus.table}")
        await asyncio.to_thread(oikos, "backup", house, safe)
        bus.table.unlink()
        monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "after"))
        assert codes(await asyncio.to_thread(oikos, "restore", safe, "--check")) == []
        assert codes(await asyncio.to_thread(oikos, "restore", safe, again)) == []
        (table,) = files_of(again)
        assert table.is_relative_to(tmp_path / "after" / "link-files")
        (link,) = (await asyncio.to_thread(oikos, "links", again))["links"]
        assert (link["state"], link["devices"]) == ("online", 6)
        await asyncio.to_thread(oikos, "undo", again)
        assert files_of(again) in ([table], []), "the change of its place is no undo step"


def files_of(project: Path) -> list[Path]:
    """The files that the links of a project name."""
    with Project.open(project, readonly=True) as opened:
        return [Path(file) for _, file in files_named(opened)]
