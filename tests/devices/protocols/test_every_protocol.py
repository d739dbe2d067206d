"""The same contract on every protocol that can run here: one row per protocol, one peer that nobody of us wrote."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest

from app.i18n import sentence
from devices.contract import HasOptions, Secret
from devices.lab import Lab
from devices.lab.modbus import ModbusLab
from devices.lab.node_programs import MODBUS
from devices.link import LinkState
from devices.protocol_registry import adapters
from tests.devices.protocols.bacnet.virtual_device import UID, virtual_device
from tests.devices.protocols.esphome.firmware import KEY as ESPHOME_KEY
from tests.devices.protocols.esphome.firmware import UID as ESPHOME
from tests.devices.protocols.esphome.firmware import WRONG_KEY, firmware
from tests.devices.protocols.homekit.virtual_bridge import BRIDGE, CODE, virtual_bridge
from tests.devices.protocols.hue.bridge_peer import rid
from tests.devices.protocols.hue.virtual_bridge import LAMP as HUE_LAMP
from tests.devices.protocols.hue.virtual_bridge import virtual_bridge as hue_bridge
from tests.devices.protocols.knx.virtual_bus import virtual_bus
from tests.devices.protocols.link_under_test import LinkUnderTest, node_program_or_skip, running, until
from tests.devices.protocols.shelly.virtual_shelly import PASSWORD as SHELLY_PASSWORD
from tests.devices.protocols.shelly.virtual_shelly import UID as SHELLY
from tests.devices.protocols.shelly.virtual_shelly import virtual_shelly
from tests.devices.protocols.wled.virtual_controller import UID as WLED
from tests.devices.protocols.wled.virtual_controller import virtual_controller
from twin.model.capability import CAPABILITIES
from twin.model.command import CommandState
from twin.model.kind import KINDS
from twin.model.link_option import OptionKind, option_value
from twin.model.observation import Value
from twin.model.problem import Problem, ProblemError

HUE_RADIO = rid(12)

pytestmark = [pytest.mark.waits, pytest.mark.blocks]  # the start of a process blocks briefly


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


type Act = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Peer:
    """A running peer with one device to command, and what can be done to it; None: this protocol cannot."""

    url: str
    uid: str
    key: str
    commands: tuple[tuple[str, Value, Value], ...]
    """Verb and value that the device obeys, and what it reports then."""
    refused: tuple[str, str, Value]
    """Key, verb and value that can never be done."""
    secret: Secret | None = None
    wrong_secret: Secret | None = None
    options: dict[str, str] = field(default_factory=dict[str, str])
    silence: Act | None = None
    """The device loses power."""
    speak: Act | None = None
    kill: Act | None = None
    """The peer of the link itself dies."""
    restart: Act | None = None


@asynccontextmanager
async def simulated(_folder: Path) -> AsyncGenerator[Peer]:
    yield Peer(
        "simulated://home",
        "living-ceiling",
        "level",  # by day its people have it on already, by night off
        (("set", 42.0, 42.0), ("set", 63.0, 63.0)),
        ("on_off", "open", None),
    )


@asynccontextmanager
async def mqtt(folder: Path) -> AsyncGenerator[Peer]:
    if not (shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")):
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    async with Lab() as lab:
        facts = (await lab.start(mqtt=3, folder=folder / "lab", every_s=0.2))["mqtt"]
        broker = lab.broker
        assert broker is not None
        yield Peer(
            facts["url"],
            "oikos-lab-light-1",
            "on_off",
            (("on", None, True), ("off", None, False)),
            ("level", "set", 400.0),
            Secret(user=facts["user"], password=facts["password"]),
            Secret(user=facts["user"], password="wrong"),
            silence=lambda: lab.kill("light-1"),
            speak=lambda: lab.revive("light-1"),
            kill=broker.stop,
            restart=broker.restart,
        )


@asynccontextmanager
async def modbus(_folder: Path) -> AsyncGenerator[Peer]:
    lab = ModbusLab(every_s=3600.0)
    try:
        program = await asyncio.to_thread(node_program_or_skip, MODBUS)
        facts = await lab.start(3, program)
        gateway = lab.gateway
        assert gateway is not None
        yield Peer(
            facts["url"],
            "oikos-lab-inverter-8-70000124",
            "power_limit",
            (("set", 60.0, 60.0), ("set", 100.0, 100.0)),
            ("power_limit", "set", 400.0),
            options={"writable": "yes", "period": "0.2", "timeout": "0.5"},
            silence=lambda: lab.kill("inverter-2"),
            speak=lambda: lab.revive("inverter-2"),
            kill=gateway.kill,
            restart=gateway.start,
        )
    finally:
        await lab.stop()


@asynccontextmanager
async def homekit(folder: Path) -> AsyncGenerator[Peer]:
    async with virtual_bridge(folder / "bridge") as bridge:
        yield Peer(
            bridge.url,
            f"{BRIDGE}/2",
            "on_off",
            (("on", None, True), ("off", None, False)),
            ("level", "set", 400.0),
            Secret(password=CODE),
            Secret(password="111-22-334"),
            options={"period": "0.3"},
            silence=lambda: bridge.order(aid=2, available=False),
            speak=lambda: bridge.order(aid=2, available=True),
            kill=bridge.kill,
            restart=bridge.start,
        )


@asynccontextmanager
async def bacnet(_folder: Path) -> AsyncGenerator[Peer]:
    async with virtual_device() as device:
        yield Peer(
            device.url,
            UID,
            "binary-output.1",
            (("on", None, True), ("off", None, False)),
            ("analog-output.1", "melt", None),
            options={"writable": "yes", "period": "0.3", "timeout": "0.5"},
            kill=device.kill,
            restart=device.start,
        )


@asynccontextmanager
async def shelly(_folder: Path) -> AsyncGenerator[Peer]:
    async with virtual_shelly(password=SHELLY_PASSWORD) as device:
        yield Peer(
            device.url,
            SHELLY,
            "switch.0.output",
            (("on", None, True), ("off", None, False)),
            ("enum.200.value", "set", "melt"),
            Secret(password=SHELLY_PASSWORD),
            Secret(password="wrong"),
            options={"period": "0.3"},
            kill=device.kill,
            restart=device.start,
        )


@asynccontextmanager
async def wled(_folder: Path) -> AsyncGenerator[Peer]:
    async with virtual_controller() as controller:
        yield Peer(
            controller.url,
            WLED,
            "on",
            (("on", None, True), ("off", None, False)),
            ("bri", "set", 400.0),
            options={"period": "0.3"},
            kill=controller.kill,
            restart=controller.start,
        )


@asynccontextmanager
async def esphome(_folder: Path) -> AsyncGenerator[Peer]:
    async with firmware(key=ESPHOME_KEY) as device:
        yield Peer(
            device.url,
            ESPHOME,
            "switch.relay",
            (("on", None, True), ("off", None, False)),
            ("number.setpoint", "set", 400.0),
            Secret(password=ESPHOME_KEY),
            Secret(password=WRONG_KEY),
            options={"period": "1"},
            kill=device.kill,
            restart=device.start,
        )


@asynccontextmanager
async def hue(folder: Path) -> AsyncGenerator[Peer]:
    async with hue_bridge(folder / "bridge") as bridge:
        yield Peer(
            bridge.url,
            HUE_LAMP,
            "on_off",
            (("on", None, True), ("off", None, False)),
            ("level", "set", 400.0),
            await bridge.secret(),
            await bridge.secret("a key that nobody has handed out"),
            options={"period": "10"},
            silence=lambda: bridge.order(update={HUE_RADIO: {"status": "connectivity_issue"}}),
            speak=lambda: bridge.order(update={HUE_RADIO: {"status": "connected"}}),
            kill=bridge.kill,
            restart=bridge.start,
        )


@asynccontextmanager
async def knx(folder: Path) -> AsyncGenerator[Peer]:
    async with virtual_bus(folder / "bus") as bus:
        yield Peer(
            bus.url,
            f"{bus.uid}/1/1/1",
            "on_off",
            (("on", None, True), ("off", None, False)),
            ("level", "set", 400.0),
            options={"table": str(bus.table), "writable": "yes", "period": "0.3"},
            kill=bus.kill,
            restart=bus.start,
        )


PEERS = {
    "simulated": simulated,
    "mqtt": mqtt,
    "modbus": modbus,
    "homekit": homekit,
    "bacnet": bacnet,
    "shelly": shelly,
    "wled": wled,
    "esphome": esphome,
    "knx": knx,
    "hue": hue,
}
ELSEWHERE = {"matter": "its devices need a network of their own: tests/devices/protocols/matter/test_live.py"}

NEVER_SILENT = {"simulated"}
"""Its devices live in Oikos itself: none loses power, and nothing that could die is in between."""
WITHOUT_SECRET = {"simulated", "modbus", "bacnet", "wled", "knx"}
"""Modbus, BACnet/IP, WLED and KNX without KNX Secure have no login."""
NOTHING_BETWEEN = {"bacnet", "shelly", "wled", "esphome", "knx"}
"""A link is one device: where that is silent, the link has nobody to talk to. On a KNX bus nobody tells who is silent."""

every = pytest.mark.parametrize("protocol", PEERS)
every_with_power = pytest.mark.parametrize("protocol", sorted(PEERS.keys() - NEVER_SILENT))
every_with_devices = pytest.mark.parametrize("protocol", sorted(PEERS.keys() - NEVER_SILENT - NOTHING_BETWEEN))
every_with_secret = pytest.mark.parametrize("protocol", sorted(PEERS.keys() - WITHOUT_SECRET))


def linked(peer: Peer, folder: Path, secret: Secret | None = None) -> LinkUnderTest:
    return LinkUnderTest(folder / "mine", peer.url, secret or peer.secret, **peer.options)


async def online(one: LinkUnderTest, peer: Peer) -> None:
    await until(lambda: one.ears.online.get(peer.uid) is True and one.last(peer.uid, peer.key) is not None, 60)


def test_every_protocol_that_ships_is_played_here_or_says_where() -> None:
    assert set(adapters()) == set(PEERS) | set(ELSEWHERE)


@pytest.mark.parametrize("protocol", adapters())
@pytest.mark.parametrize("rest", ["", "://", "://:70000", "://[::1", "://host:port", "://[::1]x", "://\u2100"])
def test_whatever_is_typed_as_an_address_is_one_or_a_problem_that_says_what_would_be(protocol: str, rest: str) -> None:
    for scheme in adapters()[protocol].schemes:
        problems: tuple[Problem, ...] = ()
        try:
            adapters()[protocol].link(f"{scheme}{rest}")
        except ProblemError as error:
            problems = error.problems
        assert all(problem.to_do for problem in problems)


@pytest.mark.parametrize("protocol", [name for name, one in adapters().items() if isinstance(one, HasOptions)])
def test_every_option_says_what_it_does_and_its_default_and_example_fit(protocol: str) -> None:
    adapter = adapters()[protocol]
    assert isinstance(adapter, HasOptions)
    assert len({option.name for option in adapter.options}) == len(adapter.options)
    for option in adapter.options:
        assert sentence(option.title)
        assert len(sentence(option.help)) > 20
        assert option_value(option, option.default)[1] is None
        if option.kind is OptionKind.SECRET:
            assert option.name in {one.name for one in fields(Secret)}, "it is kept in the field of its name"
        if option.pattern:
            assert option_value(option, option.example.split(" or ")[0].split(", ")[0])[1] is None


@every
async def test_devices_are_described_in_the_vocabulary_and_speak(protocol: str, tmp_path: Path) -> None:
    async with PEERS[protocol](tmp_path) as peer, running(linked(peer, tmp_path)) as one:
        await online(one, peer)
        infos = one.ears.devices
        assert len({info.uid for info in infos}) == len(infos)
        for info in infos:
            assert info.name
            assert info.kind in KINDS or not info.kind
            assert len({point.key for point in info.points}) == len(info.points)
            for point in info.points:
                row = CAPABILITIES[point.capability]
                assert not point.writable or row.writable or row.group == "raw", (info.name, point.key)
        assert one.ears.problems == []


@every
async def test_a_command_is_confirmed_by_the_device_s_own_report(protocol: str, tmp_path: Path) -> None:
    async with PEERS[protocol](tmp_path) as peer, running(linked(peer, tmp_path)) as one:
        await online(one, peer)
        for verb, value, said in peer.commands:
            result = await one.command(peer.uid, peer.key, verb, value, deadline_s=60.0)
            assert result.state is CommandState.CONFIRMED, result.reason
            assert one.last(peer.uid, peer.key) == said


@every
async def test_what_cannot_be_done_is_refused_with_a_reason(protocol: str, tmp_path: Path) -> None:
    async with PEERS[protocol](tmp_path) as peer, running(linked(peer, tmp_path)) as one:
        await online(one, peer)
        key, verb, value = peer.refused
        result = await one.command(peer.uid, key, verb, value)
        assert result.state is CommandState.FAILED
        assert result.reason is not None


@every_with_devices
async def test_a_device_that_falls_silent_is_offline_by_itself_and_its_commands_fail_in_time(
    protocol: str, tmp_path: Path
) -> None:
    async with PEERS[protocol](tmp_path) as peer, running(linked(peer, tmp_path)) as one:
        assert peer.silence is not None
        assert peer.speak is not None
        await online(one, peer)
        others = {uid for uid, there in one.ears.online.items() if there} - {peer.uid}
        await peer.silence()
        await until(lambda: one.ears.online[peer.uid] is False, 60)
        verb, value, _ = peer.commands[0]
        assert (await one.command(peer.uid, peer.key, verb, value, deadline_s=1.0)).state is CommandState.FAILED
        assert all(one.ears.online[uid] for uid in others)
        assert one.runner.state is LinkState.ONLINE
        await peer.speak()
        await until(lambda: one.ears.online[peer.uid] is True, 60)


@every_with_power
async def test_a_peer_that_dies_is_noticed_and_found_again(protocol: str, tmp_path: Path) -> None:
    async with PEERS[protocol](tmp_path) as peer, running(linked(peer, tmp_path)) as one:
        assert peer.restart is not None
        await online(one, peer)
        described = one.ears.devices
        if peer.kill is not None:
            await peer.kill()
            await until(lambda: one.runner.state is LinkState.WAITING, 60)
            await until(lambda: one.ears.online[peer.uid] is False, 60)
        await peer.restart()
        await until(lambda: one.ears.words.count("online") >= 2 and one.ears.online[peer.uid], 60)
        assert one.ears.devices == described
        verb, value, _ = peer.commands[0]
        assert (await one.command(peer.uid, peer.key, verb, value, deadline_s=60.0)).state is CommandState.CONFIRMED


@every_with_secret
async def test_a_wrong_secret_asks_for_another_and_is_not_tried_again(protocol: str, tmp_path: Path) -> None:
    async with PEERS[protocol](tmp_path) as peer:
        assert peer.wrong_secret is not None
        async with running(linked(peer, tmp_path, peer.wrong_secret)) as one:
            await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN, 60)
            assert one.ears.words == ["connecting", "needs login"]
            one.runner.login(peer.secret or Secret())
            await online(one, peer)


@every_with_devices
async def test_a_device_that_vanished_while_we_were_off_is_still_known(protocol: str, tmp_path: Path) -> None:
    async with PEERS[protocol](tmp_path) as peer:
        assert peer.silence is not None
        async with running(linked(peer, tmp_path)) as one:
            await online(one, peer)
            known = {info.uid for info in one.ears.devices}
        await peer.silence()
        async with running(linked(peer, tmp_path)) as one:
            await until(lambda: one.runner.state is LinkState.ONLINE, 60)
            assert {info.uid for info in one.ears.devices} == known
            await until(lambda: one.ears.online.get(peer.uid) is not True, 60)
