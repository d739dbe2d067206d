"""Child process that reads a camera (OpenCV), and sends its pictures and the codes on them.

A process of its own: OpenCV takes 150 MB and half a second, its calls may hang in a driver, macOS lets only a main thread ask
for the permission, a stream of the network is a stranger's bytes in a decoder, and its end puts the camera's light out.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from app.label_camera.camera_messages import MOST_DETAIL, TEXT, packed, packed_picture, packed_problem
from twin.building import child_lifetime
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    import cv2
    import numpy as np
    from numpy.typing import NDArray

    type Frame = NDArray[np.uint8]

OPEN_S, SILENT_S = 25.0, 6.0
"""Seconds until the first picture, and between two, after which it is given up."""
PICTURES_S, DECODE_S = 1 / 15, 0.1
"""Seconds between two pictures for the window, and between two that are searched for codes."""
SHOWN_PX, SEARCHED_PX = 480, 1920
"""Longest side of a picture that is shown, and of one that is searched."""
WANTED_PX = (1280, 720)
_OPEN_MS, _READ_MS = 10_000, 5_000
_GONE = (errno.ENXIO, errno.ENODEV)
_STREAMS = {
    "rtsp_transport": "tcp",
    "protocol_whitelist": "http,https,tcp,tls,tls_openssl,udp,rtp,rtsp,rtsps,httpproxy,crypto",
    "format_whitelist": "mpjpeg,mjpeg,jpeg_pipe,image2pipe,rtsp,rtp,sdp,h264,hevc,mpegts",
}
"""Options of FFmpeg: a stream may lead to no file, and to no list of further addresses."""

type Send = Callable[[bytes], None]


def main() -> None:
    """Entry: reads the source, a number or an address, as a line of JSON from standard input, and writes messages."""
    source = json.loads(_line())
    child_lifetime.follow()
    sink, lock = os.dup(1), threading.Lock()
    os.dup2(2, 1)  # libraries may print

    def send(message: bytes) -> None:
        with lock:
            while message:
                message = message[os.write(sink, message) :]

    try:
        read(source, send)
    except ProblemError as error:
        send(packed_problem(error.problems[0]))
    except BrokenPipeError:
        pass  # the window has gone on
    os._exit(0)  # threads may hang in a driver


def _line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(0, 1)
        if not more:
            os._exit(0)
        line += more
    return line


def read(source: int | str, send: Send) -> None:
    """Reads the camera until it ends; sends pictures and the texts of codes. Raises ProblemError."""
    if importlib.util.find_spec("cv2") is None:
        raise ProblemError(Problem(code="camera.no_library"))
    watch, newest = _Watch(send), _Newest()
    capture, printed = _printed_by(lambda: _opened(source))
    if not capture.isOpened():
        raise ProblemError(_not_opened(source, printed))
    threading.Thread(target=_search, args=(newest, send), daemon=True).start()  # noqa: TID251 - in a child process
    _show(capture, watch, newest, send)


def _printed_by(work: Callable[[], cv2.VideoCapture]) -> tuple[cv2.VideoCapture, str]:
    """Also what it prints to standard error: why a camera cannot be opened is told there alone."""
    before = os.dup(2)
    end, begin = os.pipe()
    os.dup2(begin, 2)
    os.close(begin)
    try:
        capture = work()
    finally:
        os.dup2(before, 2)
        os.close(before)
    printed = b""
    while more := os.read(end, 1 << 16):
        printed += more
    os.close(end)
    return capture, printed.decode(errors="replace")


def _opened(source: int | str) -> cv2.VideoCapture:
    if isinstance(source, int):
        _check_device(source)
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "|".join(f"{key};{value}" for key, value in _STREAMS.items())
    import cv2

    if isinstance(source, str):
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_MS]
        return cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
    interface = {"linux": cv2.CAP_V4L2, "darwin": cv2.CAP_AVFOUNDATION}.get(sys.platform, cv2.CAP_ANY)
    capture = cv2.VideoCapture(source, interface)
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, WANTED_PX[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, WANTED_PX[1])
    return capture


def _check_device(number: int) -> None:
    """Opens the device once on Linux, where the system tells why that fails and OpenCV does not. Raises ProblemError."""
    if sys.platform != "linux":
        return
    try:
        os.close(os.open(f"/dev/video{number}", os.O_RDONLY | os.O_NONBLOCK))
    except PermissionError as error:
        raise ProblemError(Problem(code="camera.no_permission", detail=str(error))) from error
    except OSError as error:
        absent = isinstance(error, FileNotFoundError) or error.errno in _GONE
        raise ProblemError(
            Problem(code="camera.absent" if absent else "camera.not_opened", detail=str(error))
        ) from error


def _not_opened(source: int | str, printed: str) -> Problem:
    if isinstance(source, str):
        return Problem(code="camera.no_stream")  # what FFmpeg prints repeats the address with its password
    if "not authorized" in printed:
        return Problem(code="camera.no_permission")
    code = "camera.absent" if "out of bound" in printed else "camera.not_opened"
    return Problem(code=code, detail=printed.strip()[-MOST_DETAIL:])


def _show(capture: cv2.VideoCapture, watch: _Watch, newest: _Newest, send: Send) -> None:
    shown_s: float | None = None
    while True:
        came, frame = capture.read()
        if not came:
            raise ProblemError(Problem(code="camera.not_opened" if shown_s is None else "camera.stopped"))
        watch.beat()
        newest.put(cast("Frame", frame))
        if shown_s is None or time.monotonic() - shown_s >= PICTURES_S:
            shown_s = time.monotonic()
            send(packed_picture(_fitting(cast("Frame", frame), SHOWN_PX)[:, :, ::-1]))


def _fitting(frame: Frame, most_px: int) -> Frame:
    """The picture, made smaller where a side is longer than `most_px`."""
    import cv2

    share = most_px / max(frame.shape[:2])
    if share >= 1:
        return frame
    size = (max(1, round(frame.shape[1] * share)), max(1, round(frame.shape[0] * share)))
    return cast("Frame", cv2.resize(frame, size, interpolation=cv2.INTER_AREA))


def _search(newest: _Newest, send: Send) -> None:
    """Sends the text of the codes in the newest picture, once until it is another."""
    import cv2

    from app.label_reading import codes_in, pairing_text

    told = ""
    while True:
        begun_s = time.monotonic()
        frame = newest.take()
        texts = codes_in(cast("Frame", cv2.cvtColor(_fitting(frame, SEARCHED_PX), cv2.COLOR_BGR2GRAY)))
        if texts and pairing_text(texts) != told:
            told = pairing_text(texts)
            send(packed(TEXT, told.encode()))
        newest.pause(DECODE_S - (time.monotonic() - begun_s))


class _Newest:
    """The newest picture: one thread puts it, another takes it."""

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._came = threading.Condition()

    def put(self, frame: Frame) -> None:
        with self._came:
            self._frame = frame
            self._came.notify()

    def take(self) -> Frame:
        """Waits for one that was not taken yet."""
        with self._came:
            self._came.wait_for(lambda: self._frame is not None)
            frame, self._frame = cast("Frame", self._frame), None
            return frame

    def pause(self, seconds: float) -> None:
        if seconds > 0:
            threading.Event().wait(seconds)


class _Watch:
    """Ends the process where no picture comes: a driver or a stream may hang without an error."""

    def __init__(self, send: Send) -> None:
        self._send, self._beaten = send, threading.Event()
        threading.Thread(target=self._wait, daemon=True).start()  # noqa: TID251 - in a child process of its own

    def beat(self) -> None:
        """A picture came."""
        self._beaten.set()

    def _wait(self) -> None:
        limit_s = OPEN_S
        while self._beaten.wait(limit_s):
            self._beaten.clear()
            limit_s = SILENT_S
        self._send(packed_problem(Problem(code="camera.silent")))
        os._exit(1)


if __name__ == "__main__":
    main()
