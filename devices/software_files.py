"""Sessions that take newer software for their devices from files; a part of the contract of adapters (contract.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable


@runtime_checkable
class LoadsSoftware(Protocol):
    """A session that takes newer software for its devices from files."""

    async def load_software(self, uid: str, file: Path) -> None:
        """Takes an image for a device, which `software_states` then tells as newer; it is installed where that is asked for.
        Raises ProblemError, OSError or TimeoutError."""
        ...
