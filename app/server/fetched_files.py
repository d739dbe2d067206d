"""What the engine of another machine wrote for this one, fetched over HTTP into files. Standard library only."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from app.server.door_address import DoorAddress
from app.server.file_references import REFERENCE
from app.server.network_client import PinnedConnection, headers_of, is_of_connection, refused_with
from app.server.problems import blob_damaged, engine_gone, no_blob, not_understood
from twin.files import atomic
from twin.model.problem import ProblemError

CHUNK = 1 << 18
MOST_TEXT = 256 << 20
"""Most bytes of a folder of text files."""
ANSWER_S = 120.0
"""Longest time (seconds) for the next part of an answer: the engine computes digests of what it wrote first."""


def fetch_export(
    address: DoorAddress, reference: str, out: Path, kind: atomic.FileKind, *, force: bool = False
) -> None:
    """Writes the file that the engine wrote under `out:ID/NAME`. Nothing is transferred where `out` has these bytes
    already. Blocks; raises ProblemError, OSError."""
    found = _parsed(reference)
    with _engine(address) as wire:
        file = next((one for one in _listed(wire, address, found["key"]) if one["name"] == found["name"]), None)
        if file is None:
            raise ProblemError(no_blob())
        if not _has(out, str(file["sha256"])):
            with atomic.writing(out, kind, force=force) as part:
                _receive(wire, address, found["key"], file, part)
        _drop(wire, address, found["key"])


def fetch_folder(address: DoorAddress, reference: str, folder: Path, mark: str, *, force: bool = False) -> None:
    """Writes the text files of the folder that the engine wrote under `out:ID/NAME`. Blocks; raises ProblemError,
    OSError."""
    found = _parsed(reference)
    texts: dict[str, str] = {}
    with _engine(address) as wire:
        files = _listed(wire, address, found["key"])
        if sum(int(file["size"]) for file in files) > MOST_TEXT:
            raise ProblemError(not_understood(f"more than {MOST_TEXT >> 20} MB"))
        for file in files:
            within, _, name = str(file["name"]).rpartition("/")
            if within != found["name"] or not name or "\\" in name or name.startswith("."):
                raise ProblemError(not_understood(str(file["name"])[:80]))
            texts[name] = _text(wire, address, found["key"], file)
        _drop(wire, address, found["key"])
    atomic.write_folder(folder, texts, mark, force=force)


def _parsed(reference: str) -> dict[str, str]:
    found = REFERENCE.fullmatch(reference)
    if found is None:
        raise ProblemError(not_understood(reference[:80]))
    return found.groupdict()


@contextlib.contextmanager
def _engine(address: DoorAddress) -> Generator[PinnedConnection]:
    """A connection; what breaks it becomes a problem."""
    wire = PinnedConnection(address)
    try:
        wire.connect()
        wire.sock.settimeout(ANSWER_S)
        yield wire
    except (http.client.HTTPException, OSError) as error:
        if not is_of_connection(error):
            raise
        raise ProblemError(engine_gone(str(error)[:80])) from error
    finally:
        wire.close()


def _listed(wire: PinnedConnection, address: DoorAddress, id: str) -> list[dict[str, Any]]:
    wire.request("GET", f"/out/{id}", headers=headers_of(address))
    answer = wire.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise ProblemError(*refused_with(body))
    try:
        files = json.loads(body)["files"]
        return [{"name": str(one["name"]), "size": int(one["size"]), "sha256": str(one["sha256"])} for one in files]
    except (ValueError, KeyError, TypeError) as error:
        raise ProblemError(not_understood(body[:80].decode("utf-8", "replace"))) from error


def _receive(wire: PinnedConnection, address: DoorAddress, id: str, file: dict[str, Any], part: BinaryIO) -> None:
    wire.request("GET", f"/out/{id}/{quote(str(file['name']))}", headers=headers_of(address))
    answer = wire.getresponse()
    if answer.status != 200:
        raise ProblemError(*refused_with(answer.read()))
    seen = hashlib.sha256()
    while chunk := answer.read(CHUNK):
        seen.update(chunk)
        part.write(chunk)
    if seen.hexdigest() != file["sha256"]:
        raise ProblemError(blob_damaged())


def _text(wire: PinnedConnection, address: DoorAddress, id: str, file: dict[str, Any]) -> str:
    part = io.BytesIO()
    _receive(wire, address, id, file, part)
    return part.getvalue().decode("utf-8")


def _has(out: Path, sha256: str) -> bool:
    """Whether a file has these bytes already."""
    try:
        with out.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _drop(wire: PinnedConnection, address: DoorAddress, id: str) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):  # it is here; the engine forgets it by itself later
        wire.request("DELETE", f"/out/{id}", headers=headers_of(address))
        wire.getresponse().read()
