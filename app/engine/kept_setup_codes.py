"""Which setup codes a project keeps, and their names among the passwords."""

from __future__ import annotations

import msgspec

from twin.model.ids import DeviceId, LinkId
from twin.model.setup_code import KeptCode


def read_kept(stored: object) -> dict[DeviceId, KeptCode]:
    """The codes of a project's setting by device; none where nothing, or nothing readable, is kept."""
    try:
        return {row.device: row for row in msgspec.convert(stored or [], list[KeptCode])}
    except msgspec.ValidationError:
        return {}


def secret_name(device: DeviceId) -> LinkId:
    """The name under which the code of a device is kept with the passwords."""
    return LinkId(f"setup-code:{device}")
