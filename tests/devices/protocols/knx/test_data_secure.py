"""KNX Data Secure across restarts and a clock that is set back; the other side is the library's own."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from xknx import XKNX
from xknx.cemi import CEMIFlags, CEMILData
from xknx.dpt.payload import DPTBinary
from xknx.exceptions import DataSecureError
from xknx.io import ConnectionConfig, ConnectionType, SecureConfig
from xknx.secure.data_secure import DataSecure
from xknx.secure.keyring import Keyring, XMLDevice, XMLGroupAddress
from xknx.telegram import GroupAddress, IndividualAddress, tpci
from xknx.telegram.apci import GroupValueWrite

from devices.contract import Secret
from devices.link import LinkState
from devices.protocols.knx import knx_opening
from devices.protocols.knx.data_secure import RESERVED, KeptDataSecure, SequenceNumbers
from tests.devices.protocols.knx.test_knx_routing import linked
from tests.devices.protocols.link_under_test import running, until
from tests.devices.protocols.peer_process import free_port

KEY = bytes(range(16))
OURS, THEIRS, LAMP = IndividualAddress("1.1.1"), IndividualAddress("1.1.2"), GroupAddress("1/1/1")
NOW_S, DAY_S = 1_790_000_000.0, 86_400.0


def keyring(signature: bytes = b"first") -> Keyring:
    """Keys of one group address with two senders."""
    found, group = Keyring(), XMLGroupAddress()
    group.address, group.decrypted_key = LAMP, KEY
    found.group_addresses.append(group)
    for address in (OURS, THEIRS):
        device = XMLDevice()
        device.individual_address, device.sequence_number = address, 0
        found.devices.append(device)
    found.signature = signature
    return found


def started(folder: Path, signature: bytes = b"first") -> KeptDataSecure:
    numbers = SequenceNumbers(folder / "numbers.json", signature.hex())
    numbers.load()
    return KeptDataSecure(keyring(signature), numbers)


def peer() -> DataSecure:
    found = DataSecure.init_from_keyring(keyring())
    assert found is not None
    return found


def plain(sender: IndividualAddress) -> CEMILData:
    return CEMILData(
        flags=CEMIFlags(), src_addr=sender, dst_addr=LAMP, tpci=tpci.TDataGroup(), payload=GroupValueWrite(DPTBinary(1))
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The computer's clock, moved by hand."""
    now = [NOW_S]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def test_what_is_sent_after_a_restart_is_taken_though_the_clock_was_set_back(
    tmp_path: Path, clock: list[float]
) -> None:
    theirs = peer()
    for _ in range(3):
        before = started(tmp_path)
        for _ in range(2):
            assert theirs.received_cemi(before.outgoing_cemi(plain(OURS))).payload == plain(OURS).payload
        clock[0] -= DAY_S
    with pytest.raises(DataSecureError, match="too low"):  # as it is without the file
        theirs.received_cemi(peer().outgoing_cemi(plain(OURS)))


def test_numbers_beyond_those_reserved_are_kept_before_they_are_used(tmp_path: Path, clock: list[float]) -> None:
    one = started(tmp_path)
    for _ in range(RESERVED + 1):
        last = one.get_sequence_number()
    clock[0] = 0.0
    assert json.loads((tmp_path / "numbers.json").read_text())["sending"] > last
    assert started(tmp_path).get_sequence_number() > last


def test_a_telegram_that_was_taken_is_refused_after_a_restart_until_the_keyring_is_another(tmp_path: Path) -> None:
    theirs, one = peer(), started(tmp_path)
    recorded = theirs.outgoing_cemi(plain(THEIRS))
    assert one.received_cemi(recorded).payload == plain(THEIRS).payload
    assert one._numbers.is_due
    one._numbers.save()
    assert not one._numbers.is_due
    again = started(tmp_path)
    with pytest.raises(DataSecureError, match="too low"):
        again.received_cemi(recorded)
    assert again.received_cemi(theirs.outgoing_cemi(plain(THEIRS))).payload == plain(THEIRS).payload
    assert started(tmp_path, b"second").received_cemi(recorded).payload == plain(THEIRS).payload


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"sending": "x"}', b"[]", b'{"keyring": "6669727374", "received": {"nowhere": 1}}']
)
def test_a_damaged_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "numbers.json").write_bytes(content)
    assert started(tmp_path).get_sequence_number() > 1


@pytest.mark.blocks  # the protocols are looked for in the folder
async def test_a_link_commands_a_secured_address_after_a_restart_with_the_clock_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    port, taken = free_port(), list[object]()
    other = XKNX(
        connection_config=ConnectionConfig(
            connection_type=ConnectionType.ROUTING,
            local_ip="127.0.0.1",
            multicast_port=port,
            individual_address=THEIRS,
            secure_config=SecureConfig(keyring=keyring()),
        ),
        telegram_received_cb=lambda telegram: taken.append(telegram.payload),
    )
    monkeypatch.setattr(knx_opening, "read_keyring", lambda _path, _password: keyring())
    table = tmp_path / "groups.csv"
    table.write_text("Lamp;1/1/1;1.001\n")
    await other.start()
    try:
        for _ in range(2):
            taken.clear()
            options = {"keyring": "any", "address": str(OURS)}
            async with running(linked(port, tmp_path, table, Secret(password="any"), **options)) as one:
                await until(lambda: one.runner.state is LinkState.ONLINE)
                await one.command(f"224.0.23.12:{port}/1/1/1", "on_off", "on")
                await until(lambda: GroupValueWrite(DPTBinary(1)) in taken)
            clock[0] -= DAY_S
    finally:
        await other.stop()
        await asyncio.get_running_loop().shutdown_default_executor()
