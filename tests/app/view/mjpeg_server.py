"""A camera of the network on loopback: MJPEG over HTTP, as phones and most cameras serve it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage

PAUSE_S = 0.05


class Stream:
    """Sends the present picture again and again to everyone who looks."""

    def __init__(self, picture: QImage) -> None:
        self.show(picture)
        self.left = threading.Event()
        """Set once one who looked has closed the connection."""
        self.ended = threading.Event()
        """While set, the stream ends for everyone."""
        self.url = ""

    def show(self, picture: QImage) -> None:
        """Holds another picture before the camera."""
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        assert picture.convertToFormat(QImage.Format.Format_RGB32).save(buffer, "JPEG", 90)  # type: ignore[call-overload]
        buffer.close()
        self.jpeg = bytes(data.data())


@contextmanager
def streaming(picture: QImage) -> Iterator[Stream]:
    stream = Stream(picture)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            try:
                while not stream.ended.wait(PAUSE_S):
                    jpeg = stream.jpeg
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                    self.wfile.write(head.encode() + jpeg + b"\r\n")
            except OSError:
                stream.left.set()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stream.url = f"http://127.0.0.1:{server.server_address[1]}/video"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield stream
    finally:
        stream.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
