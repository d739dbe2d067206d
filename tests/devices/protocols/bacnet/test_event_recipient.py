"""Entries in the recipient lists of a real BACnet/IP device, of projects that are renamed or that share it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from devices.protocols.bacnet.bacnet_client import BacnetClient, BacnetRefusedError
from devices.protocols.bacnet.event_recipient import EventRecipient
from tests.devices.protocols.bacnet.virtual_device import alarm_device
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly
DEVICE, CLASS = "device,260002", "notification-class,1"


class House:
    """A project's own connection to the device, and its entries."""

    def __init__(self, client: BacnetClient, path: Path) -> None:
        path.touch()
        self.client, self.path = client, path
        self.recipient = self.again()

    def again(self) -> EventRecipient:
        """The entries as its next start finds them."""
        recipient = EventRecipient(self.path.parent / "recipient.json", str(self.path))
        recipient.load()
        return recipient

    async def enter(self) -> None:
        await self.recipient.enter(self.client, DEVICE)
        assert self.recipient.refused == {}

    async def is_entered(self) -> bool:
        return self.client.local_address in await self.client.recipients(CLASS)


@pytest.fixture
async def houses(tmp_path: Path) -> AsyncIterator[tuple[House, House]]:
    async with alarm_device() as device, AsyncExitStack() as stack:
        made: list[House] = []
        for name in ("mine", "theirs"):
            client = BacnetClient("127.0.0.1", device.port, timeout_s=10.0)
            stack.callback(client.close)
            await client.ready()
            made.append(House(client, tmp_path / f"{name}.oikos"))
        yield made[0], made[1]
    await asyncio.get_running_loop().shutdown_default_executor()


async def test_a_renamed_project_goes_on_to_be_sent_the_events(houses: tuple[House, House]) -> None:
    house, _ = houses
    await house.enter()
    house.path = house.path.rename(house.path.with_name("renamed.oikos"))
    house.recipient = house.again()
    await house.enter()
    assert await house.is_entered()
    assert [(one.project, one.port) for one in house.again().own] == [(str(house.path), house.client.local_address[1])]
    await house.again().leave(house.client)
    assert not await house.is_entered()


async def test_a_former_address_is_removed_from_the_device(houses: tuple[House, House]) -> None:
    house, elsewhere = houses
    await house.enter()
    await house.recipient.enter(elsewhere.client, DEVICE)
    assert (await house.is_entered(), await elsewhere.is_entered()) == (False, True)
    assert [one.port for one in house.again().own] == [elsewhere.client.local_address[1]]


async def test_two_projects_with_one_device_keep_their_entries_apart(houses: tuple[House, House]) -> None:
    mine, theirs = houses
    await mine.enter()
    await theirs.enter()
    assert len(mine.again().own) == len(theirs.again().own) == 1
    await mine.recipient.leave(mine.client)
    assert (await mine.is_entered(), await theirs.is_entered()) == (False, True)
    assert (mine.again().own, len(theirs.again().own)) == ((), 1)
    await theirs.again().leave(theirs.client)
    assert not await theirs.is_entered()


async def test_an_address_that_another_project_has_got_since_stays(houses: tuple[House, House]) -> None:
    mine, theirs = houses
    await mine.enter()
    await theirs.recipient.enter(mine.client, DEVICE)
    await mine.again().leave(mine.client)
    assert await mine.is_entered()
    await theirs.again().leave(mine.client)
    assert not await mine.is_entered()


async def test_a_device_that_refuses_its_list_of_objects_says_why_it_sends_nothing(
    houses: tuple[House, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(_self: BacnetClient, _device: str) -> tuple[list[str], int]:
        raise BacnetRefusedError(Text("bacnet.error", code="read-access-denied"))

    house, _ = houses
    monkeypatch.setattr(BacnetClient, "object_list", refused)
    await house.recipient.enter(house.client, DEVICE)
    why = Text("bacnet.error", code="read-access-denied")
    assert house.recipient.refused == {DEVICE: Text("bacnet.no_recipient", why=why)}
