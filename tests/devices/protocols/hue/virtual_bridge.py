"""Runs the Hue bridge of bridge_peer.py for a test, on a port and with a certificate that it keeps."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.contract import Secret
from devices.lab.loopback import IN_URL, LOOPBACK
from devices.protocols.hue.hue_keys import HueKeys
from devices.tls import fetched
from tests.devices.protocols.hue.bridge_peer import BRIDGE_ID, rid
from tests.devices.protocols.peer_process import PeerProcess, free_port

UID = BRIDGE_ID
LAMP, PLUG, SENSOR, DOOR, REMOTE, ROOM = (f"{UID}/{rid(n)}" for n in (10, 20, 30, 40, 50, 60))
KEY = "key-of-the-tests"


class VirtualBridge(PeerProcess):
    """A child process with one bridge."""

    def __init__(self, folder: Path, name: str = UID) -> None:
        self.port, self.folder = free_port(), folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "name").write_text(name)
        super().__init__(Path(__file__).parent / "bridge_peer.py", str(self.port), str(folder))

    @property
    def url(self) -> str:
        return f"hue://{IN_URL}:{self.port}/{UID}"

    def renew_certificate(self) -> None:
        """The next start has another certificate of the same name."""
        (self.folder / "certificate.pem").unlink()

    @property
    def keys(self) -> list[str]:
        """The keys that it has handed out."""
        return json.loads((self.folder / "keys.json").read_text())

    @property
    def asked(self) -> int:
        """Requests that it had no time for, at the last order."""
        return int((self.folder / "asked").read_text())

    @property
    def commands(self) -> list[tuple[str, float]]:
        """The type of the resource and the time of each command that it had got at the last order."""
        return json.loads((self.folder / "times.json").read_text())

    async def secret(self, key: str = KEY) -> Secret:
        """What a pairing with it leaves."""
        shown = await fetched((LOOPBACK,), self.port, UID)
        assert shown is not None
        return Secret(data=HueKeys(uid=UID, app_key=key, pin=shown.fingerprint).text())


@asynccontextmanager
async def virtual_bridge(folder: Path, name: str = UID) -> AsyncGenerator[VirtualBridge]:
    bridge = VirtualBridge(folder, name)
    (folder / "keys.json").write_text(json.dumps([KEY]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OIKOS_MDNS_INTERFACES", LOOPBACK)
        await bridge.start()
        try:
            yield bridge
        finally:
            await bridge.kill()
