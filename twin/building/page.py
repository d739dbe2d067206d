"""A page of a PDF: documents are strangers too, so a child process draws it that may not write, grow or run for long."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from twin.building.limits import refuse
from twin.model.page import Page

MOST_BYTES = 200 << 20
LONGEST_PX, SHORTEST_PX = 4_000, 1_500
USUAL_DPI = 200.0
MEMORY_BYTES = 4 << 30
CPU_S, WALL_S = 30, 60.0
POINT_M = 0.0254 / 72


def read_page(path: Path, page: int = 0) -> Page:
    """A page, counted from 0 (the last one where there are fewer); raises ProblemError. Blocks."""
    if not path.is_file():
        raise refuse("file.missing", "There is no such file", str(path), "Check the name")
    if path.stat().st_size > MOST_BYTES:
        raise refuse("page.large", "The PDF is too large", str(path), "Save it smaller than 200 MB")
    command = [sys.executable, "-m", "twin.building.page", str(path.resolve()), str(page)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=WALL_S, env=env, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise refuse("page.slow", "The page takes too long to draw", str(path), "Export it as a picture") from error
    head, _, rgb = done.stdout.partition(b"\n")
    try:
        told = json.loads(head)
        if "code" in told:
            raise refuse(
                str(told["code"]), str(told["what"]), str(path), str(told["remedy"]), detail=str(told["detail"])
            )
        made = Page(rgb=rgb, **told)
    except (ValueError, TypeError) as error:
        raise refuse(
            "page.broken",
            "The PDF is damaged",
            str(path),
            "Export it again, or as a picture",
            detail=f"exit {done.returncode}",
        ) from error
    if len(rgb) != made.width_px * made.height_px * 3:
        raise refuse("page.broken", "The PDF is damaged", str(path), "Export it again, or as a picture")
    return made


# ---------------------------------------------------------------- the child
def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _drawn(path: Path, wanted: int) -> bytes:
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument(path)
    if (count := len(document)) < 1:
        raise ValueError("no pages")
    page = document[min(max(wanted, 0), count - 1)]
    width, height = page.get_size()
    longest = max(width, height)
    if not (min(width, height) >= 1 and longest <= 1e5):
        raise ValueError(f"a page of {width} x {height} points")
    scale = min(max(longest * USUAL_DPI / 72, SHORTEST_PX), LONGEST_PX) / longest
    rows = page.render(scale=scale, rev_byteorder=True).to_numpy()[:, :, :3]
    head = {
        "width_px": rows.shape[1], "height_px": rows.shape[0], "m_per_px": POINT_M / scale, "pages": count,
    }  # fmt: skip
    return json.dumps(head).encode() + b"\n" + rows.tobytes()


def main() -> None:
    """Draws the page named on the command line and answers on standard output."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries may print
    path, page = Path(sys.argv[1]), int(sys.argv[2])
    try:
        import_module("pypdfium2")  # before the limits: it maps much memory
        _limit()
        out.write(_drawn(path, page))
    except Exception as error:
        locked = "password" in str(error).casefold()
        out.write(
            json.dumps(
                {
                    "code": "page.locked" if locked else "page.broken",
                    "what": "The PDF is locked with a password" if locked else "The PDF is damaged",
                    "remedy": "Save a copy without a password" if locked else "Export it again, or as a picture",
                    "detail": f"{type(error).__name__}: {error}"[:200],
                }
            ).encode()
            + b"\n"
        )
    out.close()


if __name__ == "__main__":
    main()
