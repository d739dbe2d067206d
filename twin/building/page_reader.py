# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Renders a page of a PDF or a DXF drawing in a child process with limits, because the files are untrusted."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from twin.building import child_lifetime
from twin.building.limits import refuse
from twin.files.opening import check_regular
from twin.model.document_page import DocumentPage
from twin.model.ids import clean_name
from twin.model.problem import ProblemError

MOST_BYTES = 200 << 20
LONGEST_PX, SHORTEST_PX = 4_000, 1_500
USUAL_DPI = 200.0
MEMORY_BYTES = 4 << 30
CPU_S, WALL_S = 30, 60.0
MOST_LAYERS = 400
POINT_M = 0.0254 / 72


def read_page(path: Path, page: int = 0, *, without: Collection[str] = ()) -> DocumentPage:
    """A rendered page, counted from 0 (the last one where there are fewer). Raises ProblemError. Blocks up to WALL_S
    seconds.

    A DXF drawing has one page; its layers named in `without` are left out.
    """
    if path.suffix.lower() == ".dwg":
        raise refuse("page.dwg", str(path))
    check_regular(path)
    if path.stat().st_size > MOST_BYTES:
        raise refuse("page.large", str(path))
    command = [sys.executable, "-m", "twin.building.page_reader", str(path.resolve()), str(page), *without]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    try:
        with child_lifetime.held() as stdin:
            done = subprocess.run(command, stdin=stdin, capture_output=True, timeout=WALL_S, env=env, check=False)
    except subprocess.TimeoutExpired as error:
        raise refuse("page.slow", str(path)) from error
    head, _, rest = done.stdout.partition(b"\n")
    try:
        answer = json.loads(head)
        if "code" in answer:
            raise refuse(str(answer["code"]), str(path), detail=str(answer["detail"]))
        return _taken(answer, rest)
    except (ValueError, TypeError, KeyError) as error:
        raise refuse("page.broken", str(path), detail=f"exit {done.returncode}") from error


def _taken(answer: dict[str, Any], rest: bytes) -> DocumentPage:
    """The page from the child's answer; ValueError where bytes are missing."""
    size = answer["width_px"] * answer["height_px"] * 3
    corners = np.frombuffer(rest[size:], np.float32)
    if len(rest) < size or not np.isfinite(corners).all():
        raise ValueError("bytes are missing")
    answer["layers"] = tuple(clean_name(name) for name in answer.get("layers", ()))
    return DocumentPage(rgb=rest[:size], corners=corners.reshape(-1, 2), **answer)


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


def _traced(path: Path, without: Collection[str]) -> bytes:
    from twin.building import dxf

    lines = dxf.read_lines(path, without=without)
    unit_m = dxf.UNITS_M[lines.unit]
    rows, units_per_px, (left, top) = dxf.picture(lines, LONGEST_PX)
    corners = (dxf.corners(lines) - (left, top)) / (units_per_px, -units_per_px)
    head = {
        "width_px": rows.shape[1], "height_px": rows.shape[0], "m_per_px": units_per_px * unit_m, "pages": 1,
        "unit": lines.unit, "layers": lines.layers[:MOST_LAYERS],
    }  # fmt: skip
    return json.dumps(head).encode() + b"\n" + rows.tobytes() + corners.astype(np.float32).tobytes()


def main() -> None:
    """Main function of the child: renders the page named on the command line and writes it to standard output."""
    child_lifetime.follow()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries may print
    path, page = Path(sys.argv[1]), int(sys.argv[2])
    drawing = path.suffix.lower() == ".dxf"
    try:
        import_module("pypdfium2")  # before the limits: it maps much memory
        _limit()
        out.write(_traced(path, sys.argv[3:]) if drawing else _drawn(path, page))
    except ProblemError as error:
        problem = error.problems[0]
        answer = {"code": problem.code, "detail": problem.detail}
        out.write(json.dumps(answer).encode() + b"\n")
    except Exception as error:
        locked = "password" in str(error).casefold()
        out.write(
            json.dumps(
                {
                    "code": "page.locked" if locked else "page.broken",
                    "detail": f"{type(error).__name__}: {error}"[:200],
                }
            ).encode()
            + b"\n"
        )
    out.close()


if __name__ == "__main__":
    main()
