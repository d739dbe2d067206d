"""Where an accessory is: at the address that is known, else wherever it announces its id now (ports change at restarts)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from devices.local_name import find_service

SERVICE = "_hap._tcp"


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses and port where the accessory was, and its id; empty where that is not known yet."""

    hosts: tuple[str, ...]
    port: int
    uid: str

    async def first[T](self, visit: Callable[[tuple[str, ...], int], Awaitable[T]]) -> T:
        """What `visit` returns at the known address, or, where that fails, at the one that the accessory announces. Raises
        what `visit` raises."""
        try:
            return await visit(self.hosts, self.port)
        except (OSError, TimeoutError):
            found = None
            if self.uid:
                found = await find_service(SERVICE, lambda service: service.txt.get("id", "").lower() == self.uid)
            if found is None or (found.port == self.port and set(found.addresses) <= set(self.hosts)):
                raise
        return await visit(found.addresses, found.port)
