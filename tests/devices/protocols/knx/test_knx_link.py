"""A link to a KNX bus behind knxd, which nobody of us wrote."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from xknx.io.knxip_interface import KNXIPInterface

from devices.contract import ReportsSkipped, Secret
from devices.link import LinkState
from devices.protocols.knx import knx_opening
from devices.protocols.knx.ets_project import table_problem
from devices.protocols.knx.group_table import GroupAddress
from devices.protocols.knx.knx_connection import KnxConnection
from devices.protocols.knx.knx_search import FoundInterface, search
from devices.protocols.knx.table_process import table_at
from tests.devices.protocols.knx.keyring_file import write_keyring
from tests.devices.protocols.knx.virtual_bus import VirtualBus, virtual_bus
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.command import CommandState
from twin.model.observation import Value
from twin.model.problem import ProblemError
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[VirtualBus]:
    async with virtual_bus(tmp_path / "bus") as one:
        yield one


def linked(bus: VirtualBus, folder: Path, **options: str) -> LinkUnderTest:
    return LinkUnderTest(folder / "mine", bus.url, **({"table": str(bus.table), "writable": "yes"} | options))


async def until_read(one: LinkUnderTest, bus: VirtualBus) -> None:
    await until(lambda: one.last(f"{bus.uid}/3/1/5", "contact") is not None, 60)  # the last that is asked


async def test_a_table_of_group_addresses_is_devices_with_their_values(bus: VirtualBus, tmp_path: Path) -> None:
    async with running(linked(bus, tmp_path)) as one:
        await until_read(one, bus)
        found = {info.name: {point.key: point.unit for point in info.points} for info in one.ears.devices}
        assert found == {
            "knxd": {},
            "Kitchen light": {"on_off": "", "level": "%"},
            "Garden pump": {"on_off": ""},
            "Office blind": {"position": "%"},
            "Office temperature": {"temperature": "°C", "setpoint_heat": "°C"},
            "Office window": {"contact": ""},
        }
        assert {info.name: info.kind for info in one.ears.devices}["Kitchen light"] == "light"
        office = f"{bus.uid}/3/1/1"
        assert one.last(office, "temperature") == 21.0
        assert one.last(f"{bus.uid}/3/1/5", "contact") is True
        assert one.last(f"{bus.uid}/1/1/1", "level") == 50.0
        assert one.last(f"{bus.uid}/2/1/1", "position") == 100.0
        session = one.runner.session
        assert isinstance(session, ReportsSkipped)
        assert [skipped.where for skipped in session.skipped] == ["1/1/5 Kitchen light dimming", "3/1/6 Nobody knows"]
        assert one.ears.problems == []


@pytest.mark.parametrize(
    ("device", "key", "verb", "value", "said"),
    [
        ("1/1/1", "on_off", "toggle", None, True),
        ("1/1/1", "level", "set", 20.0, 20.0),
        ("2/1/1", "position", "set", 30.0, 30.0),
        ("3/1/1", "setpoint_heat", "set", 22.5, 22.5),
    ],
)
async def test_a_command_is_confirmed_by_the_status_address(
    bus: VirtualBus, tmp_path: Path, device: str, key: str, verb: str, value: Value, said: Value
) -> None:
    async with running(linked(bus, tmp_path)) as one:
        await until(lambda: one.last(f"{bus.uid}/{device}", key) is not None, 60)
        result = await one.command(f"{bus.uid}/{device}", key, verb, value)
        assert result.state is CommandState.CONFIRMED, result.reason
        assert one.last(f"{bus.uid}/{device}", key) == said


async def test_without_a_status_address_a_command_is_sent_and_cannot_be_confirmed(
    bus: VirtualBus, tmp_path: Path
) -> None:
    async with running(linked(bus, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.ONLINE, 60)
        assert (await one.command(f"{bus.uid}/1/1/7", "on_off", "on")).state is CommandState.SENT


async def test_a_wall_switch_is_seen_at_once(bus: VirtualBus, tmp_path: Path) -> None:
    async with running(linked(bus, tmp_path)) as one:
        await until_read(one, bus)
        await bus.order(write="3/1/1", value=[0x0C, 0x7E])
        await until(lambda: one.last(f"{bus.uid}/3/1/1", "temperature") == 23.0, 60)
        await bus.order(write="1/1/7", value=1)
        await until(lambda: one.last(f"{bus.uid}/1/1/7", "on_off") is True, 60)


async def test_nothing_is_written_until_a_person_allowed_it(bus: VirtualBus, tmp_path: Path) -> None:
    async with running(linked(bus, tmp_path, writable="no")) as one:
        await until_read(one, bus)
        result = await one.command(f"{bus.uid}/1/1/1", "on_off", "on")
        assert (result.state, result.reason) == (
            CommandState.FAILED,
            Text("knx.writing_off", device="1/1/1"),
        )


async def test_a_device_may_be_commanded_while_the_others_may_not(bus: VirtualBus, tmp_path: Path) -> None:
    async with running(linked(bus, tmp_path, writable="1/1/1, 1/2/9")) as one:
        await until_read(one, bus)
        assert (await one.command(f"{bus.uid}/1/1/1", "on_off", "on")).state is CommandState.CONFIRMED
        refused = await one.command(f"{bus.uid}/1/1/7", "on_off", "on")
        assert (refused.state, refused.reason) == (CommandState.FAILED, Text("knx.writing_off", device="1/1/7"))


async def test_a_telegram_that_does_not_fit_its_type_changes_nothing_and_is_listed(
    bus: VirtualBus, tmp_path: Path
) -> None:
    async with running(linked(bus, tmp_path)) as one:
        await until_read(one, bus)
        for value in (1, [1], [1, 2, 3], list(range(14)), [0x7F, 0xFF]):
            await bus.order(write="3/1/1", value=value)
        await bus.order(write="9/1/1", value=[1])
        await bus.order(write="1/1/4", value=[255])
        await until(lambda: one.last(f"{bus.uid}/1/1/1", "level") == 100.0, 60)
        assert one.last(f"{bus.uid}/3/1/1", "temperature") == 21.0
        session = one.runner.session
        assert isinstance(session, ReportsSkipped)
        assert session.skipped[-1].where == "3/1/1"
        assert one.runner.state is LinkState.ONLINE


async def test_datagrams_of_strangers_are_dropped(bus: VirtualBus, tmp_path: Path) -> None:
    async with running(linked(bus, tmp_path)) as one:
        await until_read(one, bus)
        connection = one.runner.session._connection  # type: ignore[union-attr]
        own = connection._xknx.knxip_interface._interface.transport.transport.get_extra_info("sockname")
        stranger, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
        )
        for datagram in (b"", b"x", bytes.fromhex("06100420000704"), bytes.fromhex("061004200006"), b"\x06\x10" * 9):
            stranger.sendto(datagram, own)
        stranger.close()
        assert (await one.command(f"{bus.uid}/1/1/1", "on_off", "on")).state is CommandState.CONFIRMED
        assert one.ears.words.count("online") == 1


async def test_a_link_without_a_table_says_what_it_needs(bus: VirtualBus, tmp_path: Path) -> None:
    one = LinkUnderTest(tmp_path / "mine", bus.url)
    async with running(one):
        await until(lambda: one.runner.state is LinkState.ONLINE, 60)
        session = one.runner.session
        assert isinstance(session, ReportsSkipped)
        assert [skipped.reason for skipped in session.skipped] == [Text("knx.no_table")]


async def test_a_table_that_is_not_there_is_a_problem_that_names_it(bus: VirtualBus, tmp_path: Path) -> None:
    missing = str(tmp_path / "none.csv")
    one = linked(bus, tmp_path, table=missing)
    async with running(one):
        await until(lambda: one.ears.problems, 60)
        assert (one.ears.problems[0].code, one.ears.problems[0].where) == ("knx.table", missing)


async def test_a_project_with_a_password_asks_for_it_and_not_again(
    bus: VirtualBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (GroupAddress(number=0x0901, name="Lamp switch", dpt=(1, 1)),)

    async def locked(path: str, password: str) -> tuple[GroupAddress, ...]:
        if password != "right":
            raise table_problem(path, Text("knx.table_wrong_password" if password else "knx.table_password"))
        return rows

    monkeypatch.setattr(knx_opening, "table_at", locked)
    async with running(linked(bus, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        assert one.runner.reason == Text("knx.table_password")
        one.runner.login(Secret(password="wrong"))
        await until(lambda: one.runner.reason == Text("knx.table_wrong_password"))
        one.runner.login(Secret(password="right"))
        await until(lambda: {info.name for info in one.ears.devices} == {"knxd", "Lamp"})
        assert one.ears.problems == []


async def test_a_project_may_have_another_password_than_the_keyring(
    bus: VirtualBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    async def locked(path: str, password: str) -> tuple[GroupAddress, ...]:
        tried.append(password)
        if password != "of the project":
            raise table_problem(path, Text("knx.table_wrong_password"))
        return (GroupAddress(number=0x0901, name="Lamp switch", dpt=(1, 1)),)

    monkeypatch.setattr(knx_opening, "table_at", locked)
    keyring = str(
        write_keyring(tmp_path / "house.knxkeys", "of the keyring", tunnels=[], authentication="", backbone=None)
    )
    async with running(linked(bus, tmp_path, keyring=keyring)) as one:
        one.runner.login(Secret(password="of the keyring"))
        await until(lambda: one.runner.reason == Text("knx.table_wrong_password"))
        one.runner.login(Secret(password="of the project"))
        await until(lambda: one.runner.reason == Text("knx.keyring_wrong_password"))
        one.runner.login(Secret(password="of the keyring", table_password="of the project"))
        await until(lambda: {info.name for info in one.ears.devices} == {"knxd", "Lamp"})
        assert tried == ["of the keyring", "of the project"]


async def test_questions_that_do_not_reach_the_bus_are_asked_again_and_end_no_session(
    bus: VirtualBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[int] = []
    read = KnxConnection.read

    async def unconfirmed(self: KnxConnection, address: int) -> None:
        if len(lost) < 9:
            lost.append(address)
            raise TimeoutError
        await read(self, address)

    monkeypatch.setattr(KnxConnection, "read", unconfirmed)
    async with running(linked(bus, tmp_path)) as one:
        await until(lambda: one.last(f"{bus.uid}/1/1/1", "on_off") is not None, 60)
        await until_read(one, bus)
        assert len(lost) == 9
        assert one.ears.words.count("online") == 1


async def test_an_interface_that_does_not_describe_itself_changes_no_uid(
    bus: VirtualBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(linked(bus, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.ONLINE, 60)
        known = one.ears.devices

    async def silent(_: object) -> None:
        return None

    with monkeypatch.context() as patch:
        patch.setattr(KNXIPInterface, "gateway_info", silent)
        async with running(linked(bus, tmp_path)) as one:
            await until(lambda: one.runner.state is LinkState.WAITING, 60)
            assert one.ears.devices == ()
    async with running(linked(bus, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.ONLINE, 60)
        assert one.ears.devices == known


async def test_a_table_is_read_in_a_child_once_and_again_when_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "groups.csv"
    table.write_text("Name,Address,DPT\nLamp,1/1/1,1.001\n")
    children: list[object] = []
    start = asyncio.create_subprocess_exec

    async def counted(*command: Any, **more: Any) -> asyncio.subprocess.Process:
        children.append(command)
        return await start(*command, **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", counted)
    first = await table_at(str(table))
    assert [row.name for row in first] == ["Lamp"]
    assert await table_at(str(table)) is first
    assert len(children) == 1
    table.write_text("Name,Address,DPT\nPump,1/1/1,1.001\n" + "".join(f"Lamp,2/1/{n},1.001\n" for n in range(250)))
    assert [row.name for row in (await table_at(str(table)))[:2]] == ["Pump", "Lamp"]
    assert len(await table_at(str(table))) == 251
    assert len(children) == 2


@pytest.mark.parametrize(
    ("contents", "code"), [(b"", "knx.table_empty"), (b"PK\3\4" + b"\0" * 99, "knx.table_empty"), (None, "knx.table")]
)
async def test_a_table_that_the_child_cannot_read_is_a_problem_with_its_reason(
    tmp_path: Path, contents: bytes | None, code: str
) -> None:
    table = tmp_path / "groups.knxproj"
    if contents is None:
        table.mkdir()
    else:
        table.write_bytes(contents)
    with pytest.raises(ProblemError) as caught:
        await table_at(str(table))
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("knx.table", str(table))
    assert contents is None or problem.args["why"]["code"] == code


async def test_no_more_than_twenty_telegrams_leave_in_a_second(
    bus: VirtualBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xknx.cemi.cemi_handler import CEMIHandler

    times: list[float] = []
    send = CEMIHandler.send_telegram

    async def noted(self: CEMIHandler, telegram: object) -> None:
        times.append(asyncio.get_running_loop().time())
        await send(self, telegram)  # type: ignore[arg-type]

    monkeypatch.setattr(CEMIHandler, "send_telegram", noted)
    async with running(linked(bus, tmp_path)) as one:
        await until_read(one, bus)
        devices = ("1/1/1", "1/1/7")
        await asyncio.gather(
            *(one.command(f"{bus.uid}/{device}", "on_off", verb) for device in devices for verb in ("on", "off") * 5)
        )
    assert len(times) >= 12
    assert all(later - earlier >= 0.049 for earlier, later in itertools.pairwise(times))


async def test_where_nobody_answers_the_link_waits_and_says_so(tmp_path: Path) -> None:
    nobody = VirtualBus(tmp_path)
    async with running(linked(nobody, tmp_path)) as one:
        await until(lambda: one.runner.state is LinkState.WAITING, 60)
        assert one.runner.reason is not None
        assert one.ears.problems == []


async def test_an_interface_answers_a_search(bus: VirtualBus) -> None:
    found: list[FoundInterface] = [
        one async for one in search(["127.0.0.1"], group="127.0.0.1", port=bus.port, listen_s=1.0)
    ]
    assert [(one.name, one.address, one.tunnelling, one.port) for one in found] == [("knxd", "1.1.128", True, bus.port)]
