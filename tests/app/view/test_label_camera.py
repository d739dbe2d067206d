"""A label before a camera fills the code of the pairing dialog as a photo does, and the camera is closed whenever nobody looks."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from fake_api import FakeDesk
from label_pictures import OTHER_QR, QR, barcode, blurred, label, small, turned
from mjpeg_server import Stream, streaming
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.label_camera import camera_process, camera_source
from app.label_camera.camera_messages import (
    MOST_BYTES,
    PICTURE,
    PROBLEM,
    MessageReader,
    Picture,
    packed,
    packed_problem,
)
from app.label_camera.camera_reader import CameraReader
from app.label_camera.camera_source import Camera, address_shown, cameras, stream_address
from app.view.label.camera_dialog import CameraDialog
from app.view.panel.pair_dialog import PairDialog
from app.view.window import MainWindow
from twin.model.problem import Problem, ProblemError


def verdict(wrong: Problem | None) -> Future[Problem | None]:
    made: Future[Problem | None] = Future()
    made.set_result(wrong)
    return made


@pytest.fixture
def stream(app: QApplication) -> Iterator[Stream]:
    """A camera of the network that shows a table without a label."""
    with streaming(label()) as made:
        yield made


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads on which cameras are read; they end with the test, for all cameras are closed by then."""
    with ThreadPoolExecutor(4) as made:
        yield made


@pytest.fixture
def pairing(
    pool: ThreadPoolExecutor, window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PairDialog]:
    """The pairing dialog on a computer without a camera."""
    monkeypatch.setattr("app.view.label.camera_dialog.cameras", lambda: ())
    api.compute = pool.submit  # type: ignore[method-assign,assignment]
    dialog = PairDialog(window.feed, window)
    dialog.show()
    yield dialog
    dialog.reject()
    dialog.deleteLater()


@contextmanager
def reading(pool: ThreadPoolExecutor, source: int | str) -> Iterator[tuple[CameraReader, Future[Problem | None]]]:
    """A camera that is open; at the end it is closed, which is no problem."""
    reader = CameraReader(source)
    ended = pool.submit(reader.run)
    try:
        yield reader, ended
    finally:
        reader.stop()


def opened(pairing: PairDialog) -> CameraDialog:
    pairing.camera.click()
    (dialog,) = pairing.findChildren(CameraDialog)
    return dialog


def until(qtbot: QtBot, dialog: CameraDialog, there: Callable[[], bool]) -> None:
    """Runs the window until something is so."""

    def ticked() -> bool:
        dialog._feed.tick()
        return there()

    qtbot.waitUntil(ticked, timeout=60_000)


def look_at(qtbot: QtBot, dialog: CameraDialog, address: str) -> None:
    """Types the address, and waits for the first picture."""
    until(qtbot, dialog, lambda: dialog.address.isVisible())
    dialog.address.setText(address)
    dialog.start.click()
    until(qtbot, dialog, lambda: not dialog.picture.is_empty)


def test_the_first_valid_code_before_the_camera_fills_the_field_and_closes_the_camera(
    qtbot: QtBot, pairing: PairDialog, api: FakeDesk, stream: Stream
) -> None:
    judged: list[str] = []
    wrong = Problem(code="matter.invalid_code")
    api.check_code = lambda code: judged.append(code) or verdict(wrong if code == OTHER_QR else None)  # type: ignore[method-assign,func-returns-value]
    dialog = opened(pairing)
    look_at(qtbot, dialog, stream.url)
    assert (judged, pairing.code.text()) == ([], "")
    stream.show(label(barcode(OTHER_QR)))
    until(qtbot, dialog, lambda: OTHER_QR in judged and dialog.state.objectName() == "reason")
    assert dialog.isVisible()
    stream.show(turned(label(barcode(QR)), 23))
    until(qtbot, dialog, pairing.start.isEnabled)
    assert not pairing.findChildren(CameraDialog)
    assert pairing.code.text() == QR
    assert pairing.verdict.text() == "The code is complete."
    assert not any(asked == "pair" for asked, _ in api.asked)
    assert stream.left.wait(60)


def test_a_camera_is_closed_at_once_when_its_dialog_is(
    qtbot: QtBot, pairing: PairDialog, api: FakeDesk, stream: Stream
) -> None:
    dialog = opened(pairing)
    look_at(qtbot, dialog, stream.url)
    pairing.reject()  # the camera's dialog goes with it
    assert not dialog.isVisible()
    assert stream.left.wait(60)


@pytest.mark.parametrize(
    "seen",
    [
        lambda: turned(label(barcode(QR)), 90),
        lambda: turned(label(barcode(QR)), 301),
        lambda: blurred(label(barcode(QR)), 0.45),
        lambda: small(label(barcode(QR)), 220),
    ],
    ids=["turned", "upside down", "blurred", "small"],
)
def test_a_label_is_read_however_it_is_held(
    seen: Callable[[], QImage], qtbot: QtBot, stream: Stream, pool: ThreadPoolExecutor
) -> None:
    texts: list[str] = []
    stream.show(seen())
    with reading(pool, stream.url) as (reader, ended):
        qtbot.waitUntil(lambda: texts.extend(reader.news()[1]) or bool(texts), timeout=60_000)
    assert texts == [QR]
    assert ended.result(60) is None


def test_a_picture_is_not_mirrored(qtbot: QtBot, stream: Stream, pool: ThreadPoolExecutor) -> None:
    half = QImage(64, 48, QImage.Format.Format_RGB32)
    half.fill(0xFF0000)
    for x in range(32):
        for y in range(48):
            half.setPixel(x, y, 0x0000FF)
    stream.show(half)
    pictures: list[Picture] = []
    with reading(pool, stream.url) as (reader, _):
        qtbot.waitUntil(lambda: pictures.extend(filter(None, reader.news()[:1])) or bool(pictures), timeout=60_000)
    seen = np.frombuffer(pictures[0].data, np.uint8).reshape(48, 64, 3)
    assert seen[24, 8, 2] > 200 > 60 > seen[24, 8, 0]
    assert seen[24, 56, 0] > 200 > 60 > seen[24, 56, 2]


def test_a_camera_that_ends_is_one_problem_and_may_be_used_again(
    qtbot: QtBot, pairing: PairDialog, stream: Stream
) -> None:
    dialog = opened(pairing)
    look_at(qtbot, dialog, stream.url)
    stream.ended.set()
    until(qtbot, dialog, lambda: dialog.state.objectName() == "reason")
    assert "sends no more pictures" in dialog.state.text()
    assert dialog.picture.is_empty
    stream.ended.clear()
    dialog.start.click()
    until(qtbot, dialog, lambda: not dialog.picture.is_empty)


def told(pool: ThreadPoolExecutor, source: int | str) -> Problem:
    """Why a camera could not be read."""
    problem = pool.submit(CameraReader(source).run).result(120)
    assert problem is not None
    return problem


def test_an_address_without_video_is_one_problem_without_its_password(pool: ThreadPoolExecutor, stream: Stream) -> None:
    dead = stream.url.replace("//", "//me:secret@").rsplit(":", 1)[0] + ":9/video?key=secret"
    problem = told(pool, dead)
    assert problem.code == "camera.no_stream"
    assert "secret" not in repr(problem)
    assert problem.where == "http://127.0.0.1:9/video"


def test_a_camera_that_is_closed_before_it_opened_is_no_problem(pool: ThreadPoolExecutor, stream: Stream) -> None:
    reader = CameraReader(stream.url)
    reader.stop()
    assert pool.submit(reader.run).result(120) is None


def test_a_stream_that_falls_silent_is_told(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    ended = threading.Event()
    monkeypatch.setattr(camera_process, "OPEN_S", 0.01)
    monkeypatch.setattr("os._exit", lambda _code: ended.set())
    camera_process._Watch(sent.append)
    assert ended.wait(60)
    assert sent == [packed_problem(Problem(code="camera.silent"))]


def test_a_computer_without_a_camera_says_so_and_offers_an_address(qtbot: QtBot, pairing: PairDialog) -> None:
    dialog = opened(pairing)
    until(qtbot, dialog, lambda: dialog.choice.count() == 1)
    assert "No camera was found on this computer" in dialog.state.text()
    assert dialog.address.isVisible()
    dialog.start.click()
    assert "no address of a camera" in dialog.state.text()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the library itself tells whether there is a camera")
def test_a_camera_that_is_not_there_is_a_problem(pool: ThreadPoolExecutor) -> None:
    assert told(pool, 63).code == "camera.absent"


def test_why_a_camera_cannot_be_opened_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def reason(error: OSError) -> str:
        def fail(*_arguments: object) -> int:
            raise error

        monkeypatch.setattr("os.open", fail)
        monkeypatch.setattr("sys.platform", "linux")
        with pytest.raises(ProblemError) as refused:
            camera_process._check_device(0)
        return refused.value.problems[0].code

    assert reason(PermissionError(13, "denied")) == "camera.no_permission"
    assert reason(FileNotFoundError(2, "none")) == "camera.absent"
    assert reason(OSError(19, "unplugged")) == "camera.absent"
    assert reason(OSError(16, "busy")) == "camera.not_opened"


def test_an_installation_without_opencv_says_how_to_add_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ProblemError) as refused:
        camera_process.read(0, lambda _message: None)
    assert refused.value.problems[0].code == "camera.no_library"


def test_second_nodes_of_a_camera_are_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_source.sys, "platform", "linux")
    for number, index, name in (
        (0, 0, "Integrated Camera"),
        (1, 1, "Integrated Camera"),
        (10, 0, "USB"),
        (2, 0, "HD Web"),
    ):
        node = tmp_path / f"video{number}"
        node.mkdir()
        (node / "index").write_text(f"{index}\n")
        (node / "name").write_text(f"{name}\n")
    (tmp_path / "video3").mkdir()
    found = cameras(tmp_path)
    assert found == (Camera(0, "Integrated Camera"), Camera(2, "HD Web"), Camera(10, "USB"))
    assert cameras(tmp_path / "none") == ()


@pytest.mark.parametrize(
    "typed", ["192.168.1.20:8080/video", "http://[fe80::1%25eth0]/", "rtsp://user:pw@phone.local/live"]
)
def test_an_address_of_the_network_is_taken(typed: str) -> None:
    assert stream_address(f" {typed} ").endswith(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "file:///etc/passwd",
        "/dev/video0",
        "concat:a|b",
        "http://",
        "ftp://host/a",
        "http://a:x/",
        "http://a\nb/",
        "C:\\a.mp4",
    ],
)
def test_what_is_no_address_of_the_network_is_refused(typed: str) -> None:
    with pytest.raises(ProblemError) as refused:
        stream_address(typed)
    assert refused.value.problems[0].code == "camera.address"


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    assert address_shown("rtsp://me:pw@phone.local:8554/live?key=1") == "rtsp://phone.local:8554/live"


@pytest.mark.parametrize(
    "bytes_",
    [
        packed(b"x"),
        packed(PICTURE, b"\x00\x02\x00\x02" + b"rgb" * 3),
        packed(PROBLEM, b'{"code": "edit.denied"}'),
        packed(PROBLEM, b"[]"),
        packed(PROBLEM, b"{"),
        PICTURE + (MOST_BYTES + 1).to_bytes(4, "big"),
    ],
    ids=["kind", "size", "code", "list", "cut", "length"],
)
def test_bytes_that_are_no_message_are_refused(bytes_: bytes) -> None:
    with pytest.raises(ValueError):
        MessageReader().messages(bytes_)


def test_messages_come_whole_however_their_bytes_are_cut() -> None:
    whole = packed(PICTURE, b"\x00\x01\x00\x01rgb") + packed(b"c", QR.encode())
    reader = MessageReader()
    found = [message for byte in whole for message in reader.messages(bytes([byte]))]
    assert found == [Picture(1, 1, b"rgb"), QR]
