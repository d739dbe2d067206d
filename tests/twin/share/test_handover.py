"""The content of the hand-over report: devices per room, results, open points, and no pairing code in names and notes."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from tests.twin.store.worlds import device
from twin.model.checkout import Answer, CheckoutVerdict, DeviceCheckout
from twin.model.device import Device
from twin.model.ids import PlaceholderId, RoomId, StoreyId
from twin.model.space import Placeholder, Room, Site, Storey
from twin.model.twin import Twin
from twin.share import handover_table
from twin.share.handover import OpenPoint, handover, redacted

HALL, ATTIC = (
    Room(id=RoomId(name), storey=StoreyId("s"), name=name, outline=((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0)))
    for name in ("Hall", "Attic")
)
LAMP = replace(device("lamp", name="Lamp 3497-011-2332"), room=HALL.id, serial="SN-1", firmware="2.1")
PLUG, FAN, LOOSE = (
    replace(device(uid, name=name), room=room)
    for uid, name, room in (("p", "Plug", HALL.id), ("f", "=Fan", ATTIC.id), ("l", "Loose", None))
)
YES = DeviceCheckout(
    id=LAMP.id,
    seen=Answer.YES,
    plausible=Answer.YES,
    right_room=Answer.YES,
    verdict=CheckoutVerdict.PASSED,
    room=HALL.id,
)


@pytest.fixture
def house() -> Twin:
    return Twin(
        name="House",
        storeys=(Storey(id=StoreyId("s"), name="Ground", elevation_m=0.0, height_m=3.0),),
        rooms=(HALL, ATTIC),
        devices=(LAMP, PLUG, FAN, LOOSE),
        placeholders=(Placeholder(id=PlaceholderId("x"), name="Smoke", kind="smoke_alarm", storey=StoreyId("s"), room=ATTIC.id),),
        checkouts=(
            YES,
            DeviceCheckout(id=PLUG.id, verdict=CheckoutVerdict.FAILED, room=HALL.id, note="MT:Y.K9042C00KA0648G00"),
            DeviceCheckout(id=FAN.id, verdict=CheckoutVerdict.FAILED, room=HALL.id),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("MT:Y.K9042C00KA0648G00 on the lid", "••• on the lid"),
        ("mt:y.k9042c00ka0648g00 on the lid", "••• on the lid"),
        ("MT: Y.K90 42C00 KA064 8G00", "•••"),
        ("https://x.example/?data=MT%3AY.K9042C00KA0648G00", "https://x.example/?data=•••"),
        ("背面MT:Y.K9042C00KA0648G00，灯", "背面•••,灯"),
        ("x-hm://0023isywy灯", "•••灯"),
        ("配对码34970112332", "配对码•••"),
        ("码3497-011-2332号", "码•••号"),
        ("配网码031-45-154", "配网码•••"),
        ("code34970112332", "code•••"),
        ("PIN_34970112332", "PIN_•••"),
        ("3497–011–2332", "•••"),
        ("3497.011.2332", "•••"),
        ("3497\u00a0011\u00a02332", "•••"),
        ("3497 - 011 - 2332", "•••"),
        ("34970 112332", "•••"),
        ("３４９７０１１２３３２", "•••"),
        ("٣٤٩٧٠١١٢٣٣٢", "•••"),
        ("2 codes: 34970112332 031.45.154", "2 codes: ••• •••"),
        ("192.168.100.12, 50 % or 50%20, ½ m²", "192.168.100.12, 50 % or 50%20, ½ m²"),
        ("2026-11-29 10:20, 120 lx, 3.2.1", "2026-11-29 10:20, 120 lx, 3.2.1"),
        ("code 34970112332", "code •••"),
        ("3497-011-2332, above", "•••, above"),
        ("1234-567-8901-23456-78901", "•••"),
        ("pin 031-45-154.", "pin •••."),
        ("X-HM://0023ISYWY ok", "••• ok"),
        ("12345-12345-12345-12345-12345", "•••"),
        ("room 12, 21.4 °C, 2026-11-29", "room 12, 21.4 °C, 2026-11-29"),
        ("serial 0012345", "serial 0012345"),
    ],
)
def test_pairing_codes_are_redacted_and_other_numbers_are_not(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_every_device_has_a_number_and_open_points_come_in_order_of_weight(house: Twin) -> None:
    report = handover(house, 5, offline=[LAMP.id])
    assert [(one.number, one.device.name) for one in report.devices] == [
        (1, "Lamp •••"), (2, "Plug"), (3, "=Fan"), (4, "Loose")
    ]  # fmt: skip
    assert [(one.kind, one.name, one.room) for one in report.open_points] == [
        (OpenPoint.FAILED, "Plug", "Hall"),
        (OpenPoint.OFFLINE, "Lamp •••", "Hall"),
        (OpenPoint.MOVED, "=Fan", "Attic"),
        (OpenPoint.UNTESTED, "Loose", ""),
        (OpenPoint.UNPLACED, "Loose", ""),
        (OpenPoint.UNFILLED, "Smoke", "Attic"),
    ]
    assert (report.house.expected, report.house.found, report.house.tested) == (5, 4, 2)
    assert [storey.storey.name if storey.storey else None for storey in report.storeys] == ["Ground", None]
    assert handover(house, 5, with_codes=True).devices[0].device.name == LAMP.name


def test_a_device_that_cannot_do_what_was_planned_in_its_place_is_an_open_point(house: Twin) -> None:
    def planned(kind: str, one: Device) -> Placeholder:
        return Placeholder(id=PlaceholderId(kind), kind=kind, name=kind, storey=None, room=one.room, device=one.id)

    filled = replace(house, placeholders=(planned("smoke_alarm", PLUG), planned("device", LAMP)))
    points = [one for one in handover(filled, 5).open_points if one.kind is OpenPoint.OTHER_KIND]
    assert [(one.name, one.room, one.planned, one.number) for one in points] == [("Plug", "Hall", "smoke_alarm", 2)]
    able = replace(filled, devices=(LAMP, replace(PLUG, points=device("smoke", "smoke").points)))
    assert all(one.kind is not OpenPoint.OTHER_KIND for one in handover(able, 5).open_points)


def test_the_table_has_a_row_per_device_and_planned_place_and_starts_no_formula(house: Twin) -> None:
    rows = list(csv.DictReader(io.StringIO(handover_table.table_text(handover(house, 5)), newline="")))
    assert [row["device"] for row in rows] == ["Lamp •••", "Plug", "'=Fan", "Loose", "Smoke"]
    assert (rows[0]["serial"], rows[0]["firmware"], rows[0]["verdict"], rows[0]["holds"]) == (
        "SN-1",
        "2.1",
        "passed",
        "1",
    )
    assert (rows[1]["note"], rows[2]["holds"], rows[4]["kind"]) == ("•••", "0", "planned")


def test_codes_in_the_titles_of_rooms_storeys_and_the_place_are_redacted_as_those_in_names(house: Twin) -> None:
    code = "3497-011-2332"
    rooms = tuple(replace(room, name=f"{room.name} {code}") for room in house.rooms)
    storeys = (replace(house.storeys[0], name=f"Ground {code}"),)
    house = replace(house, name=code, site=Site(name=f"Lane {code}"), rooms=rooms, storeys=storeys)
    assert code not in repr(handover(house, 5))
    assert "Attic •••" in {one.room for one in handover(house, 5).open_points}
    assert repr(handover(house, 5, with_codes=True)).count(code) > 5


def test_the_verdict_of_a_device_that_was_moved_since_is_open(house: Twin) -> None:
    assert [one.verdict.value for one in handover(house, 5).devices] == ["passed", "failed", "open", "open"]
