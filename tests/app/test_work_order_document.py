"""A work order on paper: no pairing code leaves with it, and a long note fits."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pypdfium2  # pyright: ignore[reportMissingTypeStubs]
import pytest
import zxingcpp
from PIL import Image

from app.engine.reports.work_order_document import work_order_document
from twin.model.definition import Definitions
from twin.model.device import Device
from twin.model.ids import DeviceId, LinkId
from twin.model.twin import Twin
from twin.rules.definition_body import definition_of
from twin.rules.work_order import WorkNote, WorkOrder
from twin.share.report_document import ReportDocument, ReportGrid, ReportLines, ReportPhoto
from twin.share.report_pdf import pdf_bytes

CODE = "MT:Y.K9042C00KA0648G00"


def document(*notes: WorkNote, photos: dict[str, bytes] | None = None) -> ReportDocument:
    device = Device(id=DeviceId("lamp"), link=LinkId("link"), protocol="matter", uid="lamp", name=f"Lamp {CODE}", kind="light", points=())  # fmt: skip
    order = WorkOrder(id="hinge", title="Hinge", device="lamp", notes=notes)
    twin = Twin(devices=(device,), definitions=Definitions(work_orders=(definition_of(order),)))
    return work_order_document(twin, ["hinge"], 1_764_500_000_000, (photos or {}).get)


def picture(grey: np.ndarray) -> bytes:
    out = BytesIO()
    Image.fromarray(grey).save(out, "JPEG")
    return out.getvalue()


def test_a_photo_of_a_label_is_left_out_and_said_and_others_stay() -> None:
    code = zxingcpp.create_barcode(CODE, zxingcpp.BarcodeFormat.QRCode)
    label = np.pad(np.kron(np.array(zxingcpp.write_barcode_to_image(code)), np.ones((8, 8), np.uint8)), 80, constant_values=255)  # fmt: skip
    door = np.tile(np.arange(200, dtype=np.uint8), (150, 1))
    photos = {"label": picture(label), "door": picture(door), "broken": b"no picture"}
    made = document(*(WorkNote(time_ms=1, photo=name) for name in photos), photos=photos)
    blocks = [block for section in made.sections for block in section.blocks]
    assert [one.data for one in blocks if isinstance(one, ReportPhoto)] == [photos["door"]]
    lines = [text for one in blocks if isinstance(one, ReportLines) for text in one.texts]
    assert sum("photo left out: it shows a label" in text for text in lines) == 1
    assert sum("photo is gone" in text for text in lines) == 1


def test_codes_in_the_name_of_a_device_are_left_out() -> None:
    assert CODE not in str(document().facts)


@pytest.mark.parametrize("text", ["\n".join(f"line {n}" for n in range(80)), "门" * 4000], ids=["80 lines", "Chinese"])
def test_a_note_that_is_longer_than_a_page_goes_on_on_the_next(text: str) -> None:
    with pypdfium2.PdfDocument(pdf_bytes(document(WorkNote(time_ms=1, text=text)))) as pdf:
        found = "".join(page.get_textpage().get_text_range() for page in pdf)
        assert len(pdf) > 1
    assert found.count("门") == text.count("门")
    assert all(f"line {n}" in found for n in range(80)) or "门" in text


def test_a_list_tells_priorities_in_the_words_of_the_window() -> None:
    orders = tuple(definition_of(WorkOrder(id=str(n), title=str(n), priority=n)) for n in range(1, 5))
    made = work_order_document(Twin(definitions=Definitions(work_orders=orders)), [], 1_764_500_000_000, {}.get)
    (grid,) = [block for section in made.sections for block in section.blocks if isinstance(block, ReportGrid)]
    assert {row[0]: row[2] for row in grid.rows} == {"1": "critical", "2": "high", "3": "medium", "4": "low"}
