"""Reads untrusted building files, each in a child process that cannot write files and has limits of memory and time."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import IO, cast

from twin.building import child_lifetime, importer_protocol
from twin.building.hass.registry import beside, registry_in
from twin.building.limits import refuse
from twin.files.opening import check_regular, regular
from twin.model.building import Building, Source
from twin.model.problem import Problem, ProblemError, mistake

MEMORY_BYTES = 8 << 30
LEAST_MEMORY_BYTES, MEMORY_RATIO = 2 << 30, 200
"""Memory limit of the child for small files: this many bytes plus this multiple of the file's size."""
CPU_S = 600
WALL_S = 900.0
POLL_S = 0.05
_PROGRESS, _GLIMPSE, _DONE, _FAILED = b"p", b"g", b"b", b"x"
_WATCHED = "watched"
"""Second argument of the child if a preview is wanted."""

IMPORTERS = {
    ".ifc": "ifc 1",
    ".ifczip": "ifc 1",
    ".ifcxml": "ifc 1",
    ".sh3d": "sh3d 3",
    ".svg": "svg 1",
    ".imdf": "imdf 1",
    ".zip": "imdf 1",
    ".area_registry": "hass 1",
    ".floor_registry": "hass 1",
}
TRACED = (".png", ".jpg", ".jpeg", ".pdf", ".dxf")
"""Suffixes of files that the plan editor can show for tracing."""
_LATER = (".rvt", ".skp", ".glb", ".gltf")


def importer_of(path: Path) -> str:
    """The importer and its version for a file, e.g. `ifc 1`. Raises ProblemError for a kind that cannot be imported."""
    suffix = path.suffix.lower()
    if suffix in IMPORTERS:
        return IMPORTERS[suffix]
    if suffix in TRACED:
        raise refuse("file.picture", str(path))
    if suffix == ".dwg":
        raise refuse("file.dwg", str(path))
    if suffix in _LATER:
        raise refuse("file.unsupported", str(path), suffix=suffix)
    raise refuse("file.unknown", str(path))


def read_building(
    path: Path,
    *,
    progress: Callable[[str, float | None], None] = lambda _title, _part: None,
    cancelled: Callable[[], bool] = lambda: False,
    on_preview: Callable[[Building], None] | None = None,
) -> Building:
    """The building of a file. Raises ProblemError. Blocks; `cancelled` is polled twenty times a second.

    `progress` receives the step's code and its progress (0 to 1, None where unknown). For IFC files `on_preview`
    receives partial buildings meanwhile: first storeys and rooms, then meshes without names.
    """
    path = registry_in(path) or path
    importer = importer_of(path)
    check_regular(path)
    source = Source(path=str(path), sha256=_sha256(path), importer=importer, size=path.stat().st_size)
    with child_lifetime.held() as stdin, _started(path, on_preview is not None, stdin) as child:
        channel = Connection(os.dup(cast("IO[bytes]", child.stdout).fileno()), writable=False)
        try:
            building = _listened(path, child, channel, progress=progress, cancelled=cancelled, on_preview=on_preview)
        finally:
            channel.close()
            child.kill()
    return replace(building, source=source)


def digest(path: Path) -> str:
    """SHA-256 of a building file, in hex; for Home Assistant's registries over all files read together. Raises
    OSError.
    """
    parts = list(beside(path).values()) or [path] if path.suffix.lower().endswith("_registry") else [path]
    whole = hashlib.sha256()
    for part in parts:
        with regular(part).open("rb") as file:
            one = hashlib.file_digest(file, "sha256")
        if len(parts) == 1:
            return one.hexdigest()
        whole.update(one.digest())
    return whole.hexdigest()


def _sha256(path: Path) -> str:
    try:
        return digest(path)
    except OSError as error:
        raise refuse("file.unreadable", str(path), detail=str(error)) from error


def _started(path: Path, watched: bool, stdin: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "twin.building.import_worker", str(path.resolve()), *([_WATCHED] if watched else ())],
        stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip


def _listened(
    path: Path,
    child: subprocess.Popen[bytes],
    channel: Connection,
    *,
    progress: Callable[[str, float | None], None],
    cancelled: Callable[[], bool],
    on_preview: Callable[[Building], None] | None,
) -> Building:
    until = time.monotonic() + WALL_S
    while True:
        if cancelled():
            raise ProblemError(Problem(code="import.cancelled", where=str(path), retry=True))
        if time.monotonic() > until:
            raise _too_much(path, "file.too_long")
        if not channel.poll(POLL_S):
            continue
        try:
            message = channel.recv_bytes(MEMORY_BYTES)
        except (EOFError, OSError) as error:
            raise _died(path, child.wait()) from error
        try:
            done = _received(message, progress, on_preview)
        except ValueError as error:
            raise _strange(path, error) from error
        if done is not None:
            return done


def _received(
    message: bytes, progress: Callable[[str, float | None], None], on_preview: Callable[[Building], None] | None
) -> Building | None:
    """Handles one message of the child; the building at the end. ProblemError: failed; ValueError: unknown message."""
    kind, body = message[:1], message[1:]
    if kind == _DONE:
        return importer_protocol.unpack(body)
    if kind == _FAILED:
        raise ProblemError(*importer_protocol.unpack_problems(body))
    if kind == _GLIMPSE:
        preview = importer_protocol.unpack(body, preview=True)
        if on_preview is not None:
            on_preview(preview)
    elif kind == _PROGRESS:
        progress(*importer_protocol.unpack_progress(body))
    else:
        raise ValueError(f"no message begins with {kind!r}")
    return None


def _strange(path: Path, error: ValueError) -> ProblemError:
    return refuse("file.nonsense", str(path), detail=str(error)[:300])


def _too_much(path: Path, code: str) -> ProblemError:
    return refuse(code, str(path))


def _died(path: Path, code: int) -> ProblemError:
    if -code in (24, 9):  # SIGXCPU, and SIGKILL from the kernel
        return _too_much(path, "file.too_long" if code == -24 else "file.too_much_memory")
    return refuse("file.crash", str(path), detail=f"exit {code}")


# ---------------------------------------------------------------- the child
def memory_for(size: int) -> int:
    """Limit of the child's address space, bytes, for a file of `size` bytes."""
    return min(MEMORY_BYTES, LEAST_MEMORY_BYTES + MEMORY_RATIO * size)


def _limit(path: Path) -> None:
    most = memory_for(path.stat().st_size)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(
    path: Path, on_progress: Callable[[str, float | None], None], on_preview: Callable[[Building], None] | None
) -> Building:
    source = Source(path=str(path), sha256="", importer=importer_of(path))
    if source.importer.startswith("ifc"):
        # ifcopenshell builds a grammar for view definitions when it is loaded, which nobody here asks for: 60 ms
        sys.modules["lark"] = None  # pyright: ignore[reportArgumentType]
        # asked for an attribute that an entity has not, it loads its rules for derived ones, which nobody here needs: 0.1 s
        for schema in ("IFC2X3", "IFC4", "IFC4X3", "IFC4X3_ADD2"):
            sys.modules[f"ifcopenshell.express.rules.{schema}"] = ModuleType(schema)
        from twin.building.ifc.read import read_ifc

        return read_ifc(path, source, on_progress, on_preview=on_preview)
    if source.importer.startswith("svg"):
        from twin.building.svg.read import read_svg

        return read_svg(path, source, on_progress)
    if source.importer.startswith("imdf"):
        from twin.building.imdf.read import read_imdf

        return read_imdf(path, source, on_progress)
    if source.importer.startswith("hass"):
        from twin.building.hass.read import read_hass

        return read_hass(path, source, on_progress)
    from twin.building.sh3d.read import read_sh3d

    return read_sh3d(path, source, on_progress)


def main() -> None:
    """Main function of the child: reads the file named on the command line, sends messages on its former standard
    output.
    """
    child_lifetime.follow()
    channel = Connection(os.dup(1), readable=False)
    os.dup2(2, 1)  # libraries may print
    path, last = Path(sys.argv[1]), 0.0
    _limit(path)

    def report_progress(title: str, part: float | None) -> None:
        nonlocal last
        if part is None or time.monotonic() - last > 0.05:
            last = time.monotonic()
            channel.send_bytes(_PROGRESS + importer_protocol.pack_progress(title, part))

    def send_preview(preview: Building) -> None:
        channel.send_bytes(_GLIMPSE + importer_protocol.pack(preview))

    try:
        channel.send_bytes(
            _DONE
            + importer_protocol.pack(_read(path, report_progress, send_preview if _WATCHED in sys.argv[2:] else None))
        )
    except ProblemError as error:
        _fail(channel, *(replace(one, where=one.where or str(path)) for one in error.problems))
    except (MemoryError, RecursionError) as error:
        _fail(channel, *_too_much(path, "file.too_much_memory").problems)
        del error
    except Exception as error:
        _fail(
            channel,
            Problem(code="file.not_understood", where=str(path), detail=str(mistake(error).detail)),
        )
    channel.close()
    os._exit(0)  # the system takes the memory back faster than the libraries would


def _fail(channel: Connection, *problems: Problem) -> None:
    channel.send_bytes(_FAILED + importer_protocol.pack_problems(problems))


if __name__ == "__main__":
    main()
