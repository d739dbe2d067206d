"""Setup codes that are kept, encrypted, for the day on which a device is paired anew."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.ids import DeviceId

CODE_PROTOCOLS = frozenset({"matter", "homekit"})
"""Protocols whose devices are paired by the setup code of their label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCode:
    """What is told about a setup code without telling it."""

    device: DeviceId
    code_key: str = ""
    """Its code's name among the passwords; the one by which an earlier version kept it is empty."""
    name: str
    """Name of the device; the last one of a device that was removed."""
    place: str
    """Title of the room where it is, or was when it was removed; empty for none."""
    since_ms: int
    """When the code was kept, UTC ms."""
    is_removed: bool
    """Whether the device is not in the project any more: its code stays until a person deletes it."""


def printed_code(code: str) -> str:
    """A code in the groups of labels: 11 digits as 0005-491-2336, 8 as 031-45-154; the text of a QR code as it is."""
    if not code.isdecimal() or len(code) not in (8, 11, 21):
        return code
    parts = (3, 2, 3) if len(code) == 8 else (4, 3, 4, 5, 5)
    groups: list[str] = []
    for size in parts:
        groups, code = [*groups, code[:size]], code[size:]
    return "-".join(filter(None, groups))


def plain_code(text: str) -> str:
    """A code without what people write between its digits; a QR code's text as it is, in capitals."""
    code = text.strip()
    return (
        "".join(code.split()).upper()
        if ":" in code
        else "".join(char for char in code if char not in " -.\u2010\u2011\u2013\u00a0\u3000")
    )
