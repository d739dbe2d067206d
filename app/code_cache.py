"""Keeps the code of methods that `dataclasses` generates, as Python keeps that of modules in `__pycache__`.

`dataclasses` writes the methods of each class as text and compiles every one of them: 0.4 ms a class, a tenth of a second
of the start of the window, which has 250 of them before its first frame. With the code at hand it is 0.09 ms a class.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import logging
import marshal
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from twin.model.problem import ProblemError

MOST = 4000
"""Most texts kept; beyond them, which takes several versions of Oikos, only those of the last process are kept."""
_CRC = 4
"""Bytes of the checksum (CRC-32) before the marshalled texts: `marshal` must not be given damaged data."""
_LOG = logging.getLogger("oikos.app")


class CodeCache:
    """Compiled code by its text; usable from any thread."""

    def __init__(self, places: tuple[Path, ...] = ()) -> None:
        """`places`: the folders where it is kept, the first that can be written is used."""
        self._places = places
        self._kept: dict[str, bytes] = {}
        for place in places:
            self._kept |= _read(place / _file_name())
        self._used: dict[str, CodeType] = {}
        self._is_new = False

    def code(self, source: str) -> CodeType:
        """The code that `compile(source, "<string>", "exec")` returns."""
        code = self._used.get(source)
        if code is None:
            kept = self._kept.get(source)
            self._is_new |= kept is None
            code = compile(source, "<string>", "exec", dont_inherit=True) if kept is None else marshal.loads(kept)  # noqa: S302 - checked by _read
            self._used[source] = code
        return code

    def save(self) -> None:
        """Writes what was compiled by this process beside what other processes have written. Never raises: the process
        ends as it would without a cache."""
        if not self._is_new or sys.dont_write_bytecode:
            return
        self._is_new = False
        try:
            self._write()
        except Exception as error:
            _LOG.info("compiled code is not kept", exc_info=error)

    def _write(self) -> None:
        used = self._used.copy()  # in one step: other threads may be compiling
        own = {source: marshal.dumps(code) for source, code in used.items()}
        for place in self._places:
            found = own | _read(place / _file_name())
            if _written(place / _file_name(), found if len(found) <= MOST else own):
                return


def _file_name() -> str:
    """Name of the file: code is only valid for the Python that compiled it."""
    interpreter = f"{sys.version} {sys.flags.optimize}".encode() + importlib.util.MAGIC_NUMBER
    return f"dataclasses-{zlib.crc32(interpreter):08x}.code"


def _read(file: Path) -> dict[str, bytes]:
    """The texts and code in a file; empty where there is none or it is damaged."""
    try:
        data = file.read_bytes()
    except OSError:
        return {}
    if zlib.crc32(data[_CRC:]).to_bytes(_CRC) != data[:_CRC]:
        return {}
    return marshal.loads(data[_CRC:])  # noqa: S302 - our own file, whole, and as trusted as the modules' code beside it


def _written(file: Path, found: dict[str, bytes]) -> bool:
    """Writes the file; False where its folder is read-only."""
    from twin.files import atomic

    data = marshal.dumps(found)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(file, zlib.crc32(data).to_bytes(_CRC) + data)
    except (OSError, ProblemError) as error:
        _LOG.debug("compiled code is not kept in %s: %s", file.parent, error)
        return False
    return True


def _places() -> Iterator[Path]:
    """Folders for the compiled code: where Python keeps that of this module, or the user's cache."""
    from devices.folders import home

    yield Path(importlib.util.cache_from_source(__file__)).parent
    yield home() / "cache" / "code"


@functools.cache
def code_cache() -> CodeCache:
    """The cache of this process."""
    return CodeCache(tuple(_places()))


def keep_dataclass_code() -> CodeCache:
    """Makes `dataclasses` take the code of its methods from the cache, for classes that are created from now on; returns
    the cache, to be saved at the end of the process."""
    cache = code_cache()

    def execute(source: str, names: dict[str, Any] | None = None, local: dict[str, Any] | None = None) -> None:
        exec(cache.code(source), dataclasses.__dict__ if names is None else names, local)  # noqa: S102 - as dataclasses does

    setattr(dataclasses, "exec", execute)  # noqa: B010 - the name by which it asks for the built-in function
    return cache
