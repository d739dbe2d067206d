"""Reads tables of group addresses in a child process: a large project takes seconds of Python, which would slow down all else
in this one. A table that has not changed since is not read again.

The child is `python -m devices.protocols.knx.table_process`: it takes path and password as JSON on its standard input and answers with
lines of JSON, each a list of rows, or the reason why there are none.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import sys
from collections import OrderedDict
from itertools import batched
from pathlib import Path

import msgspec

from devices.protocols.knx.ets_project import MAX_BYTES, read_table, table_problem
from devices.protocols.knx.group_table import GroupAddress
from twin.files.opening import regular
from twin.model.problem import ProblemError
from twin.model.text import Text, as_text, why

READ_S = 90.0
"""Seconds after which reading a table is given up."""
KEPT = 4
"""Tables that are kept read, with their digests."""
_ROWS, _LINE_BYTES = 200, 1 << 20
"""Rows in a line, and the longest line: decoding one holds this process up for a millisecond at most."""
_MEMORY_BYTES = 4 << 30
_rows: OrderedDict[str, tuple[GroupAddress, ...]] = OrderedDict()


async def table_at(path: str, password: str = "") -> tuple[GroupAddress, ...]:
    """The group addresses of a `.knxproj` (with its password) or CSV file. Raises ProblemError."""
    digest = await asyncio.to_thread(_digest, path, password)
    if digest in _rows:
        _rows.move_to_end(digest)
        return _rows[digest]
    rows = await _read_in_child(path, password)
    if await asyncio.to_thread(_digest, path, password) == digest:
        _rows[digest] = rows
        while len(_rows) > KEPT:
            _rows.popitem(last=False)
    return rows


def _digest(path: str, password: str) -> str:
    """SHA-256 of the file's contents and the password. Blocks; raises ProblemError."""
    try:
        file = regular(Path(path).expanduser())
        if file.stat().st_size > MAX_BYTES:
            raise table_problem(path, Text("knx.table_large"))
        with file.open("rb") as stream:
            contents = hashlib.file_digest(stream, "sha256")
        return hashlib.sha256(contents.digest() + password.encode()).hexdigest()
    except (OSError, ValueError, RuntimeError) as error:  # a RuntimeError: `~name` of nobody
        raise table_problem(path, why(error)) from None


async def _read_in_child(path: str, password: str) -> tuple[GroupAddress, ...]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LINE_BYTES,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)},
    )
    try:
        async with asyncio.timeout(READ_S):
            return await _rows_of(child, path, password)
    except (TimeoutError, msgspec.DecodeError, ValueError, OSError):
        raise table_problem(path, Text("knx.table_damaged")) from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.communicate()


async def _rows_of(child: asyncio.subprocess.Process, path: str, password: str) -> tuple[GroupAddress, ...]:
    assert child.stdin is not None  # noqa: S101 - pipes, as asked for
    assert child.stdout is not None  # noqa: S101
    child.stdin.write(json.dumps({"path": path, "password": password}).encode() + b"\n")
    rows: list[GroupAddress] = []
    async for line in child.stdout:
        if line.startswith(b"{"):
            raise table_problem(path, as_text(json.loads(line)) or Text("knx.table_damaged"))
        rows += msgspec.json.decode(line, type=list[GroupAddress])
    if not rows:
        raise table_problem(path, Text("knx.table_damaged"))
    return tuple(rows)


def main() -> int:
    """The child: one path in, rows or a reason out."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # there is no such limit on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    asked = json.loads(sys.stdin.readline())
    try:
        for rows in batched(read_table(str(asked["path"]), str(asked["password"])), _ROWS):
            sys.stdout.buffer.write(msgspec.json.encode(rows) + b"\n")
    except ProblemError as error:
        reason = as_text(error.problems[0].args.get("why")) or error.problems[0].what
        sys.stdout.write(json.dumps(reason.as_json()) + "\n")
    except MemoryError:
        sys.stdout.write(json.dumps(Text("knx.table_large").as_json()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
