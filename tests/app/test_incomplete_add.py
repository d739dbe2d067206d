"""`oikos add` while a gateway is still naming its devices: what is here is kept, what is missing is said, nothing is claimed."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import i18n
from app.__main__ import main
from app.cli import add
from app.loop import Loop
from devices.lab.mosquitto import Mosquitto
from devices.lab.mqtt_client import ConnectOptions, MqttClient
from twin.store.project import Project

DEVICES = 40
pytestmark = [
    pytest.mark.blocks,
    pytest.mark.skipif(
        shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin") is None,
        reason="the broker mosquitto is not installed",
    ),
]


class SlowBroker:
    """A stock mosquitto behind a line on which only its answer to the greeting comes through, until it is let go."""

    def __init__(self, folder: Path) -> None:
        self.loop = Loop(lambda error, where: None)
        self.loop.start()
        self.broker = Mosquitto(folder, tls=False)
        self.open = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = self._call(self._start())

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def release(self) -> None:
        self.loop.call(self.open.set)

    def stop(self) -> None:
        self._call(self._stop())
        self.loop.stop()

    def _call(self, work: Any) -> Any:
        return self.loop.submit(work, name="slow broker").result(30)

    async def _start(self) -> int:
        self._facts = await self.broker.start()
        wire = await MqttClient.open(self._facts.host, self._facts.port, ConnectOptions("publisher"))
        for n in range(DEVICES):
            config = {"state_topic": f"z/{n}", "unique_id": f"u{n}", "device": {"identifiers": [f"d{n}"]}}
            wire.publish(f"homeassistant/sensor/n{n}/t/config", json.dumps(config), retain=True)
        await wire.drain()
        await wire.close()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self.open.set()
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.broker.stop()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        inner, outer = await asyncio.open_connection(self._facts.host, self._facts.port)
        try:
            await asyncio.gather(self._pass(reader, outer, free=True), self._pass(inner, writer, free=False))
        except OSError:
            pass
        finally:
            outer.close()
            writer.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, free: bool) -> None:
        greeted = False
        while data := await source.read(4096):
            if greeted and not free:
                await self.open.wait()
            sink.write(data)
            await sink.drain()
            greeted = True
        sink.close()


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowBroker]:
    """The time for the snapshot is over at once: every device comes while the link is online already."""
    monkeypatch.setattr("devices.protocols.mqtt.mqtt_session.SNAPSHOT_S", 0.0)
    one = SlowBroker(tmp_path / "lab")
    yield one
    one.stop()


@pytest.fixture
def project(home: Path, tmp_path: Path) -> Path:
    path = tmp_path / "house.oikos"
    Project.create(path, name="house").close()
    return path


def oikos(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("wait", ["0", "0.5"])
def test_devices_that_were_not_named_in_time_are_a_problem_and_the_rest_comes_with_the_next_try(
    slow: SlowBroker, project: Path, capsys: pytest.CaptureFixture[str], wait: str
) -> None:
    code, said = oikos(capsys, "add", str(project), slow.url, "--wait", wait)
    assert code == 1
    (problem,) = said["problems"]
    assert (problem["code"], problem["args"], problem["retry"]) == ("link.incomplete", {"n": 0}, True)
    assert "--wait" not in problem["remedy"]  # a window shows it, too
    with Project.open(project) as kept:
        assert [link.address for link in kept.twin().links] == [slow.url]

    slow.release()
    code, said = oikos(capsys, "add", str(project), slow.url)
    assert (code, said["problems"], len(said["devices"])) == (0, [], DEVICES)
    with Project.open(project) as kept:
        assert len(kept.twin().devices) == DEVICES


def test_devices_that_come_while_it_waits_are_in_the_same_step_and_room(
    slow: SlowBroker, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The terminal says that it reads; that is what lets the line go here."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            if reading in text:
                slow.release()
            return super().write(text)

    reading = i18n.translate("cli.add.reading", n=0)
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    monkeypatch.setattr(add, "_TELL_S", 0.05)
    code, said = oikos(capsys, "add", str(project), slow.url)
    assert reading in shown.getvalue()
    assert (code, said["problems"], len(said["devices"])) == (0, [], DEVICES)
    assert main(["undo", str(project)]) == 0
    with Project.open(project) as kept:
        assert (kept.twin().devices, kept.twin().links) == ((), ())


def test_a_recording_that_ends_while_devices_are_missing_says_so(
    slow: SlowBroker, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert oikos(capsys, "add", str(project), slow.url, "--wait", "0")[0] == 1
    code, said = oikos(capsys, "links", str(project))
    assert [(one["state"], one["complete"]) for one in said["links"]] == [("online", False)]
    code, said = oikos(capsys, "run", str(project), "--for", "0.2")
    assert (code, [one["code"] for one in said["problems"]]) == (1, ["link.incomplete"])
