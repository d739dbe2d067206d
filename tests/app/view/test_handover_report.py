"""The hand-over report as PDF: pages with plans and tables, in two languages, off the window's thread, cancelled whole."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pypdfium2
import pytest
from fake_api import FakeDesk, done
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from turns import run_turns

from app.view.actions.export_actions import save_picture
from app.view.i18n import set_language
from app.view.panel.report_sheet import ReportSheet
from app.view.report import plan_drawing
from app.view.report.handover_pdf import ReportProgress, write_handover
from app.view.report.pdf_pages import INK, PdfPages
from app.view.report.plan_drawing import DotPlaces
from app.view.window import MainWindow
from tests.twin.store.worlds import device
from twin.model.checkout import Answer, CheckoutVerdict, DeviceCheckout
from twin.model.device import Device
from twin.model.ids import PlaceholderId, RoomId, StoreyId
from twin.model.problem import ProblemError
from twin.model.space import Placeholder, Room, Storey
from twin.model.text import Text
from twin.model.twin import Twin
from twin.share.handover import HandoverReport, handover


@pytest.fixture
def report(api: FakeDesk, app: QApplication) -> HandoverReport:
    passed, failed = api.twin.devices[0].id, api.twin.devices[6].id
    yes = DeviceCheckout(
        id=passed, seen=Answer.YES, plausible=Answer.YES, right_room=Answer.YES, verdict=CheckoutVerdict.PASSED
    )
    note = "the frame is loose, code 3497-011-2332"
    api.check_out([yes, DeviceCheckout(id=failed, verdict=CheckoutVerdict.FAILED, note=note)]).result()
    return handover(api.twin, api.clock_ms)


def pages(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    return [document[n].get_textpage().get_text_range() for n in range(len(document))]


def test_a_report_has_a_cover_a_plan_per_storey_and_every_device_and_open_point(
    report: HandoverReport, tmp_path: Path
) -> None:
    pdf, table = write_handover(report, tmp_path / "r.pdf", ReportProgress())
    texts = pages(pdf)
    whole = "\n".join(texts)
    assert "Hand-over report" in texts[0]
    assert "Maple House" in texts[0]
    assert {"Ground floor", "Upper floor"} & set(whole.replace("\r", "").split("\n"))
    assert all(one.device.name in whole for one in report.devices)
    assert "Open points" in whole
    assert "frame is loose" in whole
    assert "011-2332" not in whole
    assert len(texts) >= 4
    assert table.read_text(encoding="utf-8").count("\n") == len(report.devices) + 1


def test_the_report_speaks_the_language_of_the_window(report: HandoverReport, tmp_path: Path) -> None:
    set_language("zh_CN", "°C")
    texts = pages(write_handover(report, tmp_path / "r.pdf", ReportProgress())[0])
    assert "交付报告" in texts[0]
    assert "未完成项" in texts[-1]


def test_a_lamp_is_called_a_lamp_and_not_by_what_it_gives(tmp_path: Path, app: QApplication) -> None:
    set_language("zh_CN", "°C")
    whole = "".join(made(tmp_path, replace(device("a", name="L1"), kind="light")))
    assert "灯" in whole
    assert "光照" not in whole


def test_a_plan_has_the_rooms_and_dots_in_the_colours_of_the_results(report: HandoverReport, tmp_path: Path) -> None:
    pdf, _ = write_handover(report, tmp_path / "r.pdf", ReportProgress())
    picture = pypdfium2.PdfDocument(pdf)[1].render(scale=1).to_numpy()
    blue, green, red = (picture[..., n].astype(int) for n in range(3))
    assert ((green > red + 40) & (green > blue + 40)).sum() > 20
    assert ((red > green + 40) & (red > blue + 40)).sum() > 20


GROUND = Storey(id=StoreyId("s"), name="Ground", elevation_m=0.0, height_m=3.0)
HALL = Room(
    id=RoomId("hall"), storey=StoreyId("s"), name="Hall", outline=((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))
)


def made(tmp_path: Path, *devices: Device, **twin: Any) -> list[str]:
    """The pages of the report of a house with these devices in the hall."""
    there = tuple(replace(one, room=HALL.id) for one in devices)
    house = Twin(**{"name": "House", "rooms": (HALL,), "devices": there, "storeys": (GROUND,)} | twin)
    return pages(write_handover(handover(house, 5), tmp_path / "r.pdf", ReportProgress())[0])


@pytest.mark.parametrize("mark", ["{} loose frame, ", "框{}松动的", "x{}"])
def test_a_note_longer_than_a_page_is_whole_in_the_report(mark: str, tmp_path: Path, app: QApplication) -> None:
    places = ["".join("abcdefghij"[int(digit)] for digit in f"{n:04d}") for n in range(600)]
    note = "".join(mark.format(place.upper()) for place in places)
    result = DeviceCheckout(id=device("a").id, verdict=CheckoutVerdict.FAILED, room=HALL.id, note=note)
    texts = made(tmp_path, device("a", name="Lamp"), device("b", name="After"), checkouts=(result,))
    rooms = texts[1 : next(n for n, text in enumerate(texts) if text.startswith("Open points"))]
    whole = "".join("".join(rooms).split())
    missing = [place for place in places if place.upper() not in whole]
    assert len(missing) < len(rooms)  # a place may be cut by the end of a page, the footer between
    assert "After" in rooms[-1]


def test_the_head_of_a_table_is_never_alone_at_the_foot_of_a_page(app: QApplication) -> None:
    drawn = PdfPages("Title", "Footer", lambda work: None)
    for y in range(600, 780, 12):
        drawn.new_page()
        drawn.y = float(y)
        drawn.table(("Head",), (1,), [("Row\n" * 12,)], [INK])
    document = pypdfium2.PdfDocument(drawn.finish())
    texts = [document[n].get_textpage().get_text_range() for n in range(len(document))]
    assert sum("Head" in text for text in texts) == 15
    assert all(("Head" in text) == ("Row" in text) for text in texts)


def test_a_long_name_of_the_project_leaves_the_number_of_the_page_free(tmp_path: Path, app: QApplication) -> None:
    made(tmp_path, device("a"), name="Long" * 60)
    page = pypdfium2.PdfDocument(tmp_path / "r.pdf")[1]
    found = page.get_textpage()
    low = [found.get_charbox(n) for n in range(found.count_chars()) if found.get_charbox(n)[1] < 48.0]
    shown = sorted(box[0] for box in low if box[2] > box[0])
    assert shown[-1] > 540.0
    assert shown[-1] - shown[-2] > 10.0


def test_rooms_without_devices_share_a_page(tmp_path: Path, app: QApplication) -> None:
    rooms = tuple(replace(HALL, id=RoomId(f"r{n}"), name=f"Empty {chr(65 + n)}") for n in range(26))
    planned = tuple(
        Placeholder(id=PlaceholderId(f"p{n}"), name="Smoke", kind="smoke_alarm", storey=GROUND.id, room=room.id)
        for n, room in enumerate(rooms)
    )
    texts = made(tmp_path, device("a"), rooms=(HALL, *rooms), placeholders=planned)
    rooms_end = next(n for n, text in enumerate(texts) if text.startswith("Open points"))
    assert rooms_end <= 3  # the cover, the plan with its rooms, at most one page more
    assert all(f"Empty {chr(65 + n)}" in "".join(texts[1:rooms_end]) for n in range(26))


def test_dots_at_one_place_stand_side_by_side() -> None:
    places = DotPlaces()
    taken = [places.take(100.0, 100.0) for _ in range(40)]
    assert taken[0] == (100.0, 100.0)
    assert min(math.dist(a, b) for n, a in enumerate(taken) for b in taken[:n]) > 10.0
    assert max(math.dist((100.0, 100.0), spot) for spot in taken) < 50.0


def test_the_work_for_a_dot_does_not_grow_with_the_number_of_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = [0]

    def counted(x: float, y: float) -> float:
        compared[0] += 1
        return math.hypot(x, y)

    monkeypatch.setattr(plan_drawing, "math", SimpleNamespace(hypot=counted, floor=math.floor))

    def work(many: int, places: DotPlaces) -> float:
        compared[0] = 0
        for n in range(many):
            places.take(100.0 + n * 400.0 / many, 100.0)
        return compared[0] / many

    once = work(1500, DotPlaces())
    assert once < 6_000  # at most nine squares of dots for each place on the rings
    assert work(3000, DotPlaces()) < 1.2 * once  # 1.65 times where dots without a free place fill the squares


def test_a_report_is_cancelled_while_its_plan_is_drawn(app: QApplication, tmp_path: Path) -> None:
    class Cancelled(ReportProgress):
        def advance(self, fraction: float) -> None:
            self.cancelled = self.cancelled or fraction > 0.03
            super().advance(fraction)

    many = tuple(replace(device(f"d{n}"), room=HALL.id) for n in range(300))
    report = handover(Twin(name="House", rooms=(HALL,), devices=many, storeys=(GROUND,)), 5)
    progress = Cancelled()
    with pytest.raises(ProblemError):
        write_handover(report, tmp_path / "r.pdf", progress)
    assert progress.fraction < 0.1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_text_is_copied_from_the_report_as_it_was_written(tmp_path: Path, app: QApplication, language: str) -> None:
    set_language(language, "°C")
    lamp = replace(device("a", name="“Tom’s” lamp 日月 – 23,1"), serial="SN-2468013579")
    whole = "".join(made(tmp_path, lamp, name="House 2026"))
    for text in ("“Tom’s” lamp 日月 – 23,1", "SN-2468013579", "House 2026", "1970"):
        assert text in whole.replace("\r\n", " ")
    odd = {char for char in whole if (ord(char) < 32 and char not in "\r\n") or "\u2e80" <= char <= "\u2fdf"}
    assert not odd
    assert not {char for char in whole if "\ue000" <= char <= "\uf8ff" or char == "\ufffd"}


def labelled(text: str) -> bytes:
    """A photo with a QR code on it, or a plain one for an empty text."""
    import zxingcpp

    picture = QImage(800, 600, QImage.Format.Format_RGB32)
    picture.fill(0xFFB07030)
    if text:
        made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
        code = zxingcpp.write_barcode_to_image(made, scale=8, add_quiet_zones=True)
        painter = QPainter(picture)
        flat = np.ascontiguousarray(np.asarray(code))
        painter.drawImage(
            50, 50, QImage(flat.data, flat.shape[1], flat.shape[0], flat.strides[0], QImage.Format.Format_Grayscale8)
        )
        painter.end()
    file = QBuffer()
    file.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(file, "JPEG")  # pyright: ignore[reportArgumentType, reportCallIssue]
    return bytes(file.data().data())


@pytest.mark.parametrize("with_codes", [False, True])
def test_photos_are_in_the_report_but_those_of_labels(tmp_path: Path, app: QApplication, with_codes: bool) -> None:
    photos = {"plain": labelled(""), "coded": labelled("MT:Y.K9042C00KA0648G00"), "serial": labelled("SN 4711")}
    devices = tuple(replace(device(name, name=f"Lamp {name}"), room=HALL.id) for name in (*photos, "lost"))
    results = tuple(
        DeviceCheckout(id=one.id, room=HALL.id, photo=name)
        for one, name in zip(devices, (*photos, "lost"), strict=True)
    )
    house = Twin(name="House", rooms=(HALL,), devices=devices, storeys=(GROUND,), checkouts=results)
    out = tmp_path / "r.pdf"
    write_handover(handover(house, 5, with_codes=with_codes), out, ReportProgress(), photo_of=photos.get)
    document = pypdfium2.PdfDocument(out)
    pictures = [one for n in range(len(document)) for one in document[n].get_objects(filter=[3])]  # FPDF_PAGEOBJ_IMAGE
    whole = "".join(pages(out)).replace("\r\n", " ")
    assert len(pictures) == 1 + 2 * with_codes
    assert whole.count("it shows a label") == (0 if with_codes else 2)
    assert "photo is gone" in whole
    write_handover(handover(house, 5, with_codes=with_codes), tmp_path / "none.pdf", ReportProgress())
    assert "4 photos of the checkout are kept in the project" in "".join(pages(tmp_path / "none.pdf")).replace(
        "\r\n", " "
    )


def test_the_dialog_puts_no_photo_into_the_report_unless_asked(window: MainWindow) -> None:
    assert not ReportSheet(window.feed, window).photos.isChecked()


def test_a_cancelled_report_leaves_what_was_there(report: HandoverReport, tmp_path: Path) -> None:
    out = tmp_path / "r.pdf"
    out.write_bytes(b"%PDF-1.4 mine")
    progress = ReportProgress()
    progress.cancelled = True
    with pytest.raises(ProblemError) as refused:
        write_handover(report, out, progress)
    assert refused.value.problems[0].code == "report.cancelled"
    assert out.read_bytes() == b"%PDF-1.4 mine"
    assert [path.name for path in tmp_path.iterdir()] == ["r.pdf"]


@pytest.mark.skipif(os.name == "nt", reason="no limit of file sizes there")
@pytest.mark.parametrize("most", [16384, 16])
def test_a_report_for_which_the_disk_has_no_room_leaves_the_last_one_whole(
    report: HandoverReport, tmp_path: Path, most: int
) -> None:
    import resource

    pdf, table = write_handover(report, tmp_path / "r.pdf", ReportProgress())
    before = pdf.read_bytes(), table.read_bytes()
    assert 16 < len(before[1]) < 16384 < len(before[0])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))  # writing beyond fails as on a full disk
    try:
        with pytest.raises(ProblemError) as refused:
            write_handover(report, pdf, ReportProgress())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    (problem,) = refused.value.problems
    assert (problem.code, problem.remedy) == ("report.unwritable", Text("os.full"))
    assert (pdf.read_bytes(), table.read_bytes()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv", "r.pdf"]


@pytest.mark.skipif(os.name == "nt", reason="no limit of file sizes there")
@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp"])
def test_a_picture_for_which_the_disk_has_no_room_leaves_the_last_one_whole(
    app: QApplication, tmp_path: Path, suffix: str
) -> None:
    import resource

    out, picture = tmp_path / f"view.{suffix}", QImage(64, 64, QImage.Format.Format_RGB32)
    picture.fill(0xFF336699)
    save_picture(picture, out)
    before = out.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) - 1, limits[1]))
    try:
        with pytest.raises(ProblemError) as refused:
            save_picture(picture, out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert refused.value.problems[0].code == "picture.unsaved"
    assert out.read_bytes() == before


def test_another_kind_of_file_is_never_replaced(report: HandoverReport, tmp_path: Path) -> None:
    for name in ("r.pdf", "r.csv"):
        mine = tmp_path / name
        mine.write_text("notes of mine")
        with pytest.raises(ProblemError):
            write_handover(report, tmp_path / "r.pdf", ReportProgress())
        assert mine.read_text() == "notes of mine"
        mine.unlink()


def test_the_window_writes_on_another_thread_and_offers_to_open_it(
    report: HandoverReport, window: MainWindow, api: FakeDesk, tmp_path: Path
) -> None:
    ran: list[str] = []

    def elsewhere[T](work: Callable[[], T]) -> object:
        answers: list[object] = []
        thread = threading.Thread(
            target=lambda: (ran.append(threading.current_thread().name), answers.append(work())), name="pool"
        )
        thread.start()
        thread.join()
        return done(answers[0])

    api.compute = elsewhere  # type: ignore[method-assign,assignment]
    sheet = ReportSheet(window.feed, window)
    written: list[str] = []
    sheet.written.connect(written.append)
    sheet.show()
    sheet.write(str(tmp_path / "r.pdf"))
    window.feed.tick()
    run_turns(window)
    assert ran == ["pool"]
    assert written == [str(tmp_path / "r.pdf")]
    assert "Maple House" in pages(tmp_path / "r.pdf")[0]
    sheet.deleteLater()


def test_cancel_stops_the_report_and_the_dialog_stays_with_the_reason(
    report: HandoverReport, window: MainWindow, api: FakeDesk, tmp_path: Path
) -> None:
    held: list[Callable[[], object]] = []
    from concurrent.futures import Future

    answer: Future[object] = Future()
    api.compute = lambda work: held.append(work) or answer  # type: ignore[method-assign,assignment,return-value]
    sheet = ReportSheet(window.feed, window)
    sheet.show()
    sheet.write(str(tmp_path / "r.pdf"))
    QTest.mouseClick(sheet.cancel, Qt.MouseButton.LeftButton)
    with pytest.raises(ProblemError) as refused:
        held[0]()
    answer.set_exception(refused.value)
    window.feed.tick()
    assert sheet.isVisible()
    assert "The report was cancelled" in sheet.reason.text()
    assert not (tmp_path / "r.pdf").exists()
    sheet.deleteLater()


@pytest.mark.parametrize("way", ["the project is left", "cancelled twice"])
def test_a_dialog_whose_report_never_ends_can_be_closed(
    window: MainWindow, api: FakeDesk, tmp_path: Path, way: str
) -> None:
    from concurrent.futures import Future

    answer: Future[object] = Future()
    api.compute = lambda work: answer  # type: ignore[method-assign,assignment,return-value]
    sheet = ReportSheet(window.feed, window)
    sheet.show()
    sheet.write(str(tmp_path / "r.pdf"))
    progress = sheet.progress
    assert progress is not None
    if way == "cancelled twice":
        sheet.reject()
        assert sheet.isVisible()
        sheet.reject()
    else:
        window.feed.project_left.emit()
    assert progress.cancelled
    assert not sheet.isVisible()
    sheet.deleteLater()
