"""A session over a connection made of a script: telegrams are reported whatever else takes its time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import override

import pytest
from xknx.dpt.payload import DPTArray
from xknx.io import ConnectionConfig
from xknx.telegram import GroupAddress as BusAddress
from xknx.telegram import Telegram
from xknx.telegram.apci import GroupValueWrite

from devices.protocols.knx.group_table import GroupAddress
from devices.protocols.knx.knx_connection import KnxConnection
from devices.protocols.knx.knx_options import ADDRESSES, knx_settings
from devices.protocols.knx.knx_search import found_in
from devices.protocols.knx.knx_session import KnxSession
from tests.devices.protocols.knx.test_knx_over_tcp import DEVICE, FAMILIES, frame
from twin.model.problem import ProblemError
from twin.model.report_columns import ReportColumns

LINK = ADDRESSES.link("knx://239.1.2.3?transport=routing&network=127.0.0.1&period=0.2")
ROW = GroupAddress(number=0x1901, name="Hall temperature", dpt=(9, 1))


class Multicast(KnxConnection):
    """Routing of an installation in which the search for routers takes as long as it likes."""

    def __init__(self) -> None:
        super().__init__(ConnectionConfig())
        self.answered = asyncio.Event()

    @override
    async def description(self) -> None:
        return None

    @override
    async def read(self, address: int) -> None:
        del address

    @override
    async def check(self) -> None:
        payload = GroupValueWrite(DPTArray((0x0C, 0x1A)))
        self._arrived.put_nowait(Telegram(BusAddress(ROW.number), payload=payload))
        await self.answered.wait()
        raise TimeoutError

    @override
    async def close(self) -> None: ...


async def test_telegrams_are_reported_while_routers_are_searched_for_and_what_that_finds_ends_the_session() -> None:
    connection = Multicast()
    session = KnxSession(connection, LINK, knx_settings(LINK), [ROW])
    await session.describe()
    events = session.events()
    async with asyncio.timeout(60):
        async for event in events:
            if isinstance(event, ReportColumns):
                break
        assert not connection.answered.is_set()
        connection.answered.set()
        with pytest.raises(TimeoutError):
            await anext(events)
    await session.close()
    await asyncio.get_running_loop().shutdown_default_executor()


def test_a_router_tells_the_group_of_its_routing() -> None:
    about = DEVICE[:14] + bytes([239, 1, 2, 3]) + DEVICE[18:]
    found = found_in(frame(0x0202, bytes.fromhex("0801c0a801050e57") + about + FAMILIES), "192.168.1.5")
    assert found is not None
    assert (found.group, found.routing) == ("239.1.2.3", True)


@pytest.mark.parametrize(
    "wrong",
    [
        "address=16.1.1",
        "address=1.1.256",
        "address=99.99.999",
        "network=999.1.1.1",
        "network=10.0.0.1/24",
        "network=fe80::1",
    ],
)
def test_an_address_out_of_range_is_a_problem_of_its_option_also_where_an_earlier_version_kept_it(wrong: str) -> None:
    with pytest.raises(ProblemError) as refused:
        ADDRESSES.link(f"knx://192.168.1.5?{wrong}")
    name, _, value = wrong.partition("=")
    assert (refused.value.problems[0].code, refused.value.problems[0].args["name"]) == ("link.option.value", name)
    with pytest.raises(ProblemError) as refused:
        knx_settings(replace(LINK, options=((name, value),)))
    assert refused.value.problems[0].code == "link.option.value"


@pytest.mark.parametrize(
    "right",
    [
        "address=15.15.255",
        "address=0.0.1",
        "network=192.168.1.20",
        "network=10.0.0.255",
        "network=eth0",
        "network=wlp0s20f3",
    ],
)
def test_an_address_in_range_is_kept(right: str) -> None:
    assert ADDRESSES.link(f"knx://192.168.1.5?{right}").options == (tuple(right.split("=")),)
