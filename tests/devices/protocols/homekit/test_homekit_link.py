"""A link to a real HomeKit bridge (HAP-python, which nobody of us wrote) in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohomekit.protocol.tlv import TLV

from devices.contract import EndsPairing, Secret
from devices.link import LinkState
from devices.protocols.homekit import accessory_connection, adapter, homekit_session, pair_setup
from tests.devices.protocols.homekit.virtual_bridge import BRIDGE, CODE, VirtualBridge, virtual_bridge
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from tests.devices.protocols.peer_process import free_port
from twin.model.command import CommandState
from twin.model.problem import Problem, ProblemError

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly
LAMP = f"{BRIDGE}/2"


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncIterator[VirtualBridge]:
    async with virtual_bridge(tmp_path / "bridge") as one:
        yield one


def linked(bridge: VirtualBridge, folder: Path, code: str = CODE, period: str = "0.3") -> LinkUnderTest:
    return LinkUnderTest(folder / "mine", bridge.url, Secret(password=code), period=period)


async def online(one: LinkUnderTest) -> None:
    await until(lambda: one.ears.online.get(LAMP) is True, 60)


async def test_every_accessory_of_a_bridge_is_a_device_with_maker_model_serial_and_bridge(
    bridge: VirtualBridge, tmp_path: Path
) -> None:
    async with running(linked(bridge, tmp_path)) as one:
        await online(one)
        found = {info.uid: info for info in one.ears.devices}
        lamp = found[LAMP]
        assert (lamp.name, lamp.kind, lamp.maker, lamp.model) == ("Desk lamp", "light", "Oikos test", "model Lightbulb")
        assert (lamp.serial, lamp.firmware, lamp.via) == ("serial-2", "1.2.3", BRIDGE)
        assert found[BRIDGE].kind == "bridge"
        kinds = {info.name: info.kind for info in found.values()}
        assert kinds == kinds | {
            "Front door": "lock",
            "Blind": "cover",
            "Heating": "thermostat",
            "Garage": "garage_door",
        }


@pytest.mark.parametrize(
    ("aid", "key", "verb", "value", "said"),
    [
        (2, "color", "set", (0.6, 0.35), None),
        (2, "color_temperature", "set", 4000.0, 4000.0),
        (4, "lock", "lock", None, "locked"),
        (5, "position", "set", 30.0, 30.0),
        (8, "setpoint_heat", "set", 21.5, 21.5),
        (9, "position", "close", None, 0.0),
    ],
)
async def test_a_command_is_confirmed_by_what_the_accessory_says_then(
    bridge: VirtualBridge, tmp_path: Path, aid: int, key: str, verb: str, value: float, said: object
) -> None:
    async with running(linked(bridge, tmp_path)) as one:
        await online(one)
        uid = f"{BRIDGE}/{aid}"
        result = await one.command(uid, key, verb, value, deadline_s=60.0)
        assert result.state is CommandState.CONFIRMED, result.reason
        assert said is None or one.last(uid, key) == said


async def test_changes_and_presses_are_pushed_and_a_press_is_not_repeated_by_reading(
    bridge: VirtualBridge, tmp_path: Path
) -> None:
    async with running(linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(aid=3, name="CurrentTemperature", value=23.4)
        await until(lambda: one.last(f"{BRIDGE}/3", "temperature") == 23.4)
        await bridge.order(aid=6, name="ProgrammableSwitchEvent", value=1)
        await until(lambda: one.last(f"{BRIDGE}/6", "button") == "double")
        heard = len(one.ears.reports)
        await until(lambda: len(one.ears.reports) > heard + 40)  # many heartbeats later
        presses = [report for report in one.ears.reports if report.uid == f"{BRIDGE}/6"]
        assert [report.value for report in presses if report.key.startswith("button")] == ["double"]


@pytest.mark.parametrize("code", ["", "12345678", "sesame"])
async def test_without_a_code_that_can_be_one_it_asks_and_sends_nothing(
    bridge: VirtualBridge, tmp_path: Path, code: str
) -> None:
    async with running(linked(bridge, tmp_path, code)) as one:
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN, 60)
        assert one.ears.words == ["connecting", "needs login"]
        one.runner.login(Secret(password=CODE))
        await online(one)


async def test_an_accessory_of_somebody_else_says_so_with_the_remedy(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(linked(bridge, tmp_path / "others")) as other:
        await online(other)
    async with running(linked(bridge, tmp_path)) as one:
        await until(lambda: one.ears.problems, 60)
        assert one.ears.problems[0].code == "homekit.paired"
        assert one.ears.problems[0].to_do


async def test_an_accessory_that_was_reset_asks_for_its_code_and_is_the_same_devices_afterwards(
    bridge: VirtualBridge, tmp_path: Path
) -> None:
    async with running(LinkUnderTest(tmp_path / "mine", bridge.url, Secret(password=CODE), period="0.3")) as one:
        await online(one)
        known = one.ears.devices
    async with running(LinkUnderTest(tmp_path / "mine", bridge.url, period="0.3")) as one:
        await online(one)
        await bridge.forget_pairings()
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN, 60)
        assert one.runner.reason is not None
        assert one.runner.reason.code == "homekit.forgotten"
        keys = (tmp_path / "mine" / "keys").read_text()
        one.runner.login(Secret(password=CODE, data=keys))
        await until(lambda: one.runner.state is LinkState.ONLINE, 60)
        assert one.ears.devices == known
        assert (tmp_path / "mine" / "keys").read_text() != keys


async def test_an_accessory_forgets_us_when_its_link_is_removed_and_can_be_paired_again(
    bridge: VirtualBridge, tmp_path: Path
) -> None:
    async with running(linked(bridge, tmp_path)) as one:
        await online(one)
        session = one.runner.session
        assert isinstance(session, EndsPairing)
        assert await session.end_pairing() is None
    async with running(linked(bridge, tmp_path / "again")) as one:
        await online(one)


async def test_an_accessory_at_another_port_is_found_by_what_it_announces(tmp_path: Path) -> None:
    async with virtual_bridge(tmp_path / "bridge", mdns="127.0.0.1") as bridge:
        async with running(linked(bridge, tmp_path)) as one:
            await online(one)
        await bridge.kill()
        before, bridge.port = bridge.url, free_port()
        await bridge.start()
        assert bridge.url != before
        async with running(LinkUnderTest(tmp_path / "mine", before, period="0.3")) as one:
            await online(one)


async def test_a_peer_that_hangs_is_noticed_by_the_heartbeat(
    bridge: VirtualBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accessory_connection, "ANSWER_S", 2.0)
    async with running(linked(bridge, tmp_path)) as one:
        await online(one)
        os.kill(bridge.pid, signal.SIGSTOP)
        await until(lambda: one.runner.state is LinkState.WAITING, 60)
        os.kill(bridge.pid, signal.SIGCONT)
        await until(lambda: one.runner.state is LinkState.ONLINE, 60)


async def test_a_device_that_joins_a_bridge_is_there_without_a_restart(
    bridge: VirtualBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homekit_session, "REREAD_S", 0.5)
    async with running(linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(add="Fan")
        await until(lambda: f"{BRIDGE}/99" in {info.uid for info in one.ears.devices}, 60)
        await until(lambda: one.ears.online.get(f"{BRIDGE}/99") is True, 60)


async def test_a_full_bridge_is_read_in_parts(tmp_path: Path) -> None:
    async with virtual_bridge(tmp_path / "bridge", more=139) as bridge, running(linked(bridge, tmp_path)) as one:
        await online(one)
        await until(lambda: sum(one.ears.online.values()) == 149, 60)
        assert len(one.ears.devices) == 149
        assert one.ears.problems == []


async def test_keys_are_kept_before_anything_is_read(bridge: VirtualBridge, tmp_path: Path) -> None:
    kept: list[tuple[Secret, bool]] = []

    async def keep(secret: Secret) -> None:
        kept.append((secret, one.runner.session is None))

    one = linked(bridge, tmp_path)
    one.runner._store_secret = keep
    async with running(one):
        await online(one)
    ((secret, before_the_session),) = kept
    assert secret.data
    assert not secret.password
    assert before_the_session


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a loaded machine does not reach."""
    for module, name in (
        (accessory_connection, "CONNECT_S"),
        (accessory_connection, "ANSWER_S"),
        (pair_setup, "PAIR_S"),
        (pair_setup, "FINISH_S"),
    ):
        monkeypatch.setattr(module, name, 60.0)
    monkeypatch.setattr(adapter, "PAIRING_S", 300.0)


@pytest.mark.parametrize("moment", ["M5 is sent", "the keys are kept"])
async def test_a_pairing_that_the_accessory_has_kept_is_kept_here_although_the_link_is_stopped(
    bridge: VirtualBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patient: None, moment: str
) -> None:
    one, post = linked(bridge, tmp_path), pair_setup._PlainConnection.post_tlv

    async def posted(connection: Any, target: str, body: Any, **more: Any) -> Any:
        if moment == "M5 is sent" and (TLV.kTLVType_State, TLV.M5) in body:
            task.cancel()
        return await post(connection, target, body, **more)

    async def kept(secret: Secret) -> None:
        if moment == "the keys are kept":
            task.cancel()
            await asyncio.sleep(0)  # the cancellation arrives here
        await one._keep(secret)

    monkeypatch.setattr(pair_setup._PlainConnection, "post_tlv", posted)
    one.runner._store_secret = kept
    task = asyncio.create_task(one.runner.run())
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    async with running(LinkUnderTest(tmp_path / "mine", bridge.url, period="0.3")) as again:
        await online(again)


async def test_an_accessory_whose_keys_cannot_be_kept_is_free_again_and_the_link_does_not_use_them(
    bridge: VirtualBridge, tmp_path: Path, patient: None
) -> None:
    async def full(secret: Secret) -> None:
        del secret
        raise ProblemError(Problem(code="secrets.unwritable"))

    one = linked(bridge, tmp_path)
    one.runner._store_secret = full
    async with running(one):
        await until(lambda: one.ears.problems, 60)
        assert [problem.code for problem in one.ears.problems] == ["secrets.unwritable"]
        assert one.runner._secret == Secret(password=CODE)
    async with running(linked(bridge, tmp_path / "again")) as other:
        await online(other)
