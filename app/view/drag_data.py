"""Encodes device ids for drag and drop between parts of the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QMimeData

from twin.model.ids import DeviceId

MIME = "application/x-oikos-device"
"""Device ids, one per line, UTF-8."""


def pack(devices: Sequence[DeviceId]) -> QMimeData:
    """Encodes device ids as data for drag and drop."""
    data = QMimeData()
    data.setData(MIME, QByteArray("\n".join(devices).encode()))
    return data


def unpack(data: QMimeData) -> tuple[DeviceId, ...]:
    """The device ids of a drag; reads at most 1 MB, since any program can drop data."""
    raw = bytes(data.data(MIME).data())[:1_000_000].decode("utf-8", "replace")
    return tuple(DeviceId(id) for id in raw.split("\n") if id)
