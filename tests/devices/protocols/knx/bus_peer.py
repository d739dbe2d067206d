"""Devices on a KNX bus in a process of its own, joined to it through a tunnel of knxd (`bus_peer.py PORT`), or as KNX IP devices
themselves by secure routing (`bus_peer.py PORT BACKBONE_KEY`).

A write to a command address is done, and its status address reports it; reads are answered. Orders are lines of JSON.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys

from xknx import XKNX
from xknx.dpt import DPTArray, DPTBinary
from xknx.exceptions import XKNXException
from xknx.io import ConnectionConfig, ConnectionType, SecureConfig
from xknx.telegram import GroupAddress, Telegram
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

type Payload = DPTBinary | DPTArray
STATUS = {"1/1/1": "1/1/2", "1/1/3": "1/1/4", "2/1/2": "2/1/4", "3/1/2": "3/1/3"}
"""Command addresses and what reports them."""
VALUES: dict[str, Payload] = {
    "1/1/2": DPTBinary(0),
    "1/1/4": DPTArray(0x80),
    "2/1/4": DPTArray(0),
    "3/1/1": DPTArray((0x0C, 0x1A)),
    "3/1/3": DPTArray((0x0C, 0x1A)),
    "3/1/5": DPTBinary(1),
}
"""21.0 degrees, half brightness, an open window."""
SILENT = {"1/1/7"}
"""Has no status, and does not answer."""


class Bus:
    """The devices."""

    def __init__(self, port: int, backbone_key: str) -> None:
        config = ConnectionConfig(
            connection_type=ConnectionType.TUNNELING, gateway_ip="127.0.0.1", gateway_port=port, auto_reconnect=False
        )
        if backbone_key:
            config = ConnectionConfig(
                connection_type=ConnectionType.ROUTING_SECURE,
                local_ip="127.0.0.1",
                multicast_port=port,
                secure_config=SecureConfig(backbone_key=backbone_key),
            )
        self.xknx = XKNX(connection_config=config, telegram_received_cb=self._take)
        self.values = dict(VALUES)
        self.reads: list[str] = []

    def _take(self, telegram: Telegram) -> None:
        address = str(telegram.destination_address)
        if isinstance(telegram.payload, GroupValueRead):
            self.reads.append(address)
            if address in self.values:
                self.send(address, GroupValueResponse(self.values[address]))
        elif isinstance(telegram.payload, GroupValueWrite) and address in STATUS:
            status = STATUS[address]
            self.values[status] = telegram.payload.value
            self.send(status, GroupValueWrite(telegram.payload.value))

    def send(self, address: str, payload: GroupValueWrite | GroupValueResponse) -> None:
        self.xknx.telegrams.put_nowait(Telegram(GroupAddress(address), payload=payload))

    async def order(self, told: dict[str, object]) -> None:
        value = told["value"]
        payload = DPTBinary(value) if isinstance(value, int) else DPTArray(tuple(value))  # type: ignore[arg-type]
        self.send(str(told["write"]), GroupValueWrite(payload))
        await self.xknx.join()


async def main(port: int, backbone_key: str = "") -> None:
    logging.disable()
    while True:
        bus = Bus(port, backbone_key)
        try:
            await bus.xknx.start()
            break
        except XKNXException:
            await asyncio.sleep(0.05)
    print(json.dumps({"event": "online"}), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        await bus.order(json.loads(line))
        print(json.dumps({"event": "done"}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
