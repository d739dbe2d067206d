"""Routing: multicast between this program and knxd, which nobody of us wrote; with KNX IP Secure between two processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import ifaddr
import pytest

from devices.contract import Secret
from devices.link import LinkState
from devices.protocol_registry import adapters
from devices.protocols.knx import knx_opening
from tests.devices.protocols.bacnet.virtual_device import free_port
from tests.devices.protocols.knx.keyring_file import write_keyring
from tests.devices.protocols.knx.virtual_bus import TABLE, VirtualBus, virtual_bus
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from tests.devices.protocols.peer_process import PeerProcess
from twin.model.command import CommandState
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly
KEY = bytes(range(16))


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[VirtualBus]:
    async with virtual_bus(tmp_path / "bus", routing=True) as one:
        yield one


def linked(port: int, folder: Path, table: Path, secret: Secret | None = None, **options: str) -> LinkUnderTest:
    given = {"table": str(table), "transport": "routing", "network": "127.0.0.1", "writable": "yes", "period": "0.3"}
    return LinkUnderTest(folder / "mine", f"knx://224.0.23.12:{port}", secret, **(given | options))


async def test_what_is_on_the_bus_of_a_router_is_read_commanded_and_confirmed(bus: VirtualBus, tmp_path: Path) -> None:
    uid = f"224.0.23.12:{bus.port}"
    async with running(linked(bus.port, tmp_path, bus.table)) as one:
        await until(lambda: one.last(f"{uid}/3/1/1", "temperature") == 21.0)
        assert (await one.command(f"{uid}/1/1/1", "on_off", "on")).state is CommandState.CONFIRMED
        await bus.order(write="3/1/1", value=[0x0C, 0x7E])
        await until(lambda: one.last(f"{uid}/3/1/1", "temperature") == 23.0)
        assert one.ears.problems == []


async def test_the_network_may_be_named_by_its_card_which_is_looked_up_whenever_the_link_opens(
    bus: VirtualBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = f"224.0.23.12:{bus.port}"
    card = next(one.name for one in ifaddr.get_adapters() if any(address.ip == "127.0.0.1" for address in one.ips))
    async with running(linked(bus.port, tmp_path, bus.table, network=card)) as one:
        await until(lambda: one.last(f"{uid}/3/1/1", "temperature") == 21.0)
        assert one.runner.link.option("network") == card
    monkeypatch.setattr(knx_opening, "ipv4_of", lambda _card: "")
    async with running(linked(bus.port, tmp_path, bus.table, network=card)) as gone:
        await until(lambda: gone.ears.problems)
        assert [(problem.code, problem.args) for problem in gone.ears.problems] == [("knx.no_card", {"card": card})]


async def test_a_router_that_no_longer_answers_is_noticed_and_found_again(bus: VirtualBus, tmp_path: Path) -> None:
    uid = f"224.0.23.12:{bus.port}"
    async with running(linked(bus.port, tmp_path, bus.table)) as one:
        await until(lambda: one.last(f"{uid}/3/1/1", "temperature") == 21.0)
        session = one.runner.session
        await until(lambda: session._connection._has_router)  # type: ignore[union-attr]
        await bus.kill()
        await until(lambda: one.runner.state is LinkState.WAITING)
        await bus.start()
        await until(lambda: one.last(f"{uid}/3/1/1", "temperature") == 21.0 and one.ears.online[uid])
        assert (await one.command(f"{uid}/1/1/1", "on_off", "on")).state is CommandState.CONFIRMED


async def test_secure_routing_reads_and_commands_with_the_key_of_the_keyring_and_tells_strangers_nothing(
    tmp_path: Path,
) -> None:
    port = free_port()
    table = tmp_path / "groups.csv"
    table.write_text(TABLE)
    devices = PeerProcess(Path(__file__).parent / "bus_peer.py", str(port), KEY.hex())
    await devices.start()
    uid = f"224.0.23.12:{port}"
    mine = write_keyring(tmp_path / "mine.knxkeys", "secret", tunnels=[], authentication="", backbone=KEY)
    other = write_keyring(tmp_path / "other.knxkeys", "secret", tunnels=[], authentication="", backbone=bytes(16))
    try:
        secret = Secret(password="secret")
        options = {"transport": "secure_routing", "keyring": str(mine)}
        async with running(linked(port, tmp_path, table, secret, **options)) as one:
            await until(lambda: one.last(f"{uid}/3/1/1", "temperature") == 21.0)
            assert (await one.command(f"{uid}/1/1/1", "on_off", "on")).state is CommandState.CONFIRMED
            others = (
                linked(port, tmp_path / "other", table, secret, **(options | {"keyring": str(other)})),
                linked(port, tmp_path / "plain", table),
            )
            async with running(others[0]), running(others[1]):
                await until(lambda: all(stranger.runner.state is LinkState.ONLINE for stranger in others))
                await devices.order(write="3/1/1", value=[0x0C, 0x7E])
                await until(lambda: one.last(f"{uid}/3/1/1", "temperature") == 23.0)
                assert [stranger.ears.reports for stranger in others] == [[], []]
    finally:
        await devices.kill()


async def test_routing_to_an_address_that_is_no_multicast_group_says_so(tmp_path: Path) -> None:
    one = LinkUnderTest(tmp_path / "mine", "knx://127.0.0.1:3671", transport="routing")
    async with running(one):
        await until(lambda: one.runner.state is LinkState.WAITING)
        assert one.runner.reason == Text("knx.no_multicast")
    assert adapters()["knx"].link("knx://224.0.23.12?transport=routing").address == "knx://224.0.23.12:3671"
