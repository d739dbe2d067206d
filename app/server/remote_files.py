"""What clients of other machines may name: files that they sent, never paths of the engine's machine."""

from __future__ import annotations

from collections.abc import Mapping
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
_CA = "ca"


async def with_own_files(name: str, arguments: msgspec.Struct, blobs: BlobStore | None) -> msgspec.Struct:
    """The arguments of a call from another machine, with paths of files that were sent. Raises ProblemError where it names
    a file of the engine's machine, or the method is not for other machines."""
    if name in ONLY_HERE:
        raise ProblemError(only_here(name))
    if name in ("add", "trust") and _names_ca(arguments):
        raise ProblemError(only_here(f"{name} ca"))
    if name not in FILES:
        return arguments
    reference = str(getattr(arguments, FILES[name]))
    if blobs is None:
        raise ProblemError(blob_name(reference))
    return msgspec.structs.replace(arguments, **{FILES[name]: await blobs.file(reference)})


def _names_ca(arguments: Any) -> bool:  # noqa: ANN401 - the arguments of add or trust
    """Whether a certificate authority is named, which is a file of the engine's machine."""
    target = getattr(arguments, "target", "")
    try:
        asked = parse_qs(urlsplit(target).query, keep_blank_values=True) if isinstance(target, str) else {}
    except ValueError:
        return True
    given = (arguments.trust, getattr(arguments, "options", {}), asked)
    return any(word.lower() == _CA for part in given for word in part)
