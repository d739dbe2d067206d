"""What clients of other machines may name: files that they sent, never paths of the engine's machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from app.server.problems import blob_name, only_here
from twin.model.problem import ProblemError

if TYPE_CHECKING:
    from app.server.blobs import BlobStore

FILES: Mapping[str, str] = {"import_building": "path", "review": "path", "page": "path"}
"""By method, the argument that is a file: `blob:SHA-256/NAME` from clients of other machines."""
ONLY_HERE = frozenset({"serve", "export", "export_devices"})
"""Methods that write files of, or open ports on, the engine's machine."""
_CA = frozenset({"ca", "table"})
"""Options of links that are files of the engine's machine: certificate authority, KNX group addresses."""


async def with_own_files(name: str, arguments: msgspec.Struct, blobs: BlobStore | None) -> msgspec.Struct:
    """The arguments of a call from another machine, with paths of files that were sent. Raises ProblemError where it names
    a file of the engine's machine, or the method is not for other machines."""
    if name in ONLY_HERE:
        raise ProblemError(only_here(name))
    if name in ("add", "trust") and _authority(arguments):
        raise ProblemError(only_here(f"{name} ca/table"))
    if name not in FILES:
        return arguments
    reference = str(getattr(arguments, FILES[name]))
    if blobs is None:
        raise ProblemError(blob_name(reference))
    return msgspec.structs.replace(arguments, **{FILES[name]: await blobs.file(reference)})


def _authority(arguments: Any) -> bool:  # noqa: ANN401 - the arguments of add or trust
    target = getattr(arguments, "target", "")
    return names_ca(target if isinstance(target, str) else "", (*arguments.trust, *getattr(arguments, "options", {})))


def names_ca(target: str, options: Iterable[str]) -> bool:
    """Whether a link's address or one of its options (names) is a file of the engine's machine: a certificate
    authority, or a table of group addresses."""
    try:
        asked = parse_qs(urlsplit(target).query, keep_blank_values=True)
    except ValueError:
        return True
    return any(word.strip().lower() in _CA for part in (options, asked) for word in part)
