"""The hand-over report as CSV (RFC 4180): one row per device, and one per planned place without a device."""

from __future__ import annotations

from twin.model.checkout import CheckoutVerdict
from twin.share.handover import HandoverReport, OpenPoint, ReportDevice, ReportRoom, ReportStorey
from twin.share.sample_table import cell_text, csv_lines, utc_text

HEAD = (
    "storey", "room", "device", "number", "kind", "maker", "model", "serial", "firmware", "protocol", "address", "seen",
    "plausible", "right_room", "verdict", "holds", "note", "photo", "tested_at", "tested_by", "id",
)  # fmt: skip


def table_text(report: HandoverReport) -> str:
    """The whole file, CR LF between rows; a cell that begins like a formula is quoted."""
    rows: list[tuple[object, ...]] = [HEAD]
    rows += [_row(s, room, one) for s in report.storeys for room in s.rooms for one in room.devices]
    blank = ("",) * (len(HEAD) - 5)
    rows += [
        ("", cell_text(one.room), cell_text(one.name), "", "planned", *blank)
        for one in report.open_points
        if one.kind is OpenPoint.UNFILLED
    ]
    return csv_lines(rows)


def _row(storey: ReportStorey, room: ReportRoom, one: ReportDevice) -> tuple[object, ...]:
    device, result = one.device, one.result
    tested = result.verdict is not CheckoutVerdict.OPEN
    texts = (
        device.kind, device.maker, device.model, device.serial, device.firmware, device.protocol, device.address,
        result.seen, result.plausible, result.right_room, result.verdict,
    )  # fmt: skip
    return (
        cell_text(storey.storey.name) if storey.storey else "",
        cell_text(room.room.title) if room.room else "",
        cell_text(device.name),
        one.number,
        *map(cell_text, texts),
        int(result.tests(device)) if tested else "",
        cell_text(result.note),
        result.photo,
        utc_text(result.time_ms) if result.time_ms else "",
        cell_text(result.author),
        device.id,
    )
