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


def secret_name(row: KeptCode) -> LinkId:
    """The name under which a code is kept with the passwords; another project that has the device has another one."""
    return LinkId(f"setup-code:{row.code_key or row.device}")
