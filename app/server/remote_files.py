"""Files that clients of other machines name: sent before, or written for them, never paths of the engine's machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import msgspec

from app.server.file_references import KEPT, REFERENCE, WRITTEN, file_options, parted, renamed_problem, renaming
from app.server.problems import blob_name, only_here
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from app.server.blobs import BlobStore
    from app.server.roles import Caller

FILES: Mapping[str, str] = {"import_building": "path", "review": "path", "page": "path", "load_software": "path"}
"""By method, the argument that is a file: `blob:SHA-256/NAME` from clients of other machines."""
EXPORTS: Mapping[str, str] = {
    "export": "path", "export_devices": "path", "write_report": "path", "copy_report": "path", "write_work_orders": "path",
    "write_comfort_evidence": "path",
}  # fmt: skip
"""By method, the argument that is a file to write: `out:ID/NAME` from clients of other machines."""
LINKS: Mapping[str, tuple[str, ...]] = {"add": ("trust", "options"), "trust": ("trust",), "table_changes": ("options",)}
"""By method, the arguments that are options of links, some of which are files: `keep:SHA-256/NAME`."""
DEFINITIONS = "change_definitions"
"""Method whose definitions may name a file: the certificate authority of a channel."""
CA = "ca"
ONLY_HERE = frozenset({"serve"})
"""Methods that open ports on the engine's machine."""


class ClientFiles:
    """The files of one call or verb of a client of another machine: references become paths, and paths references."""

    def __init__(self, blobs: BlobStore | None, caller: Caller) -> None:
        self._blobs, self._owner = blobs, caller.grant.id if caller.grant else ""
        self.references: dict[str, str] = {}
        """By path on this machine."""

    async def path(self, reference: str, scheme: str = "") -> str:
        """The path that a reference (of this scheme) stands for. Raises ProblemError where it is none."""
        found = REFERENCE.fullmatch(reference)
        if self._blobs is None or found is None or (scheme and found["scheme"] != scheme):
            raise ProblemError(blob_name(reference))
        path = await self._blobs.file(reference, self._owner)
        self.references[path] = reference
        return path

    async def words(self, words: Sequence[str], named: Set[str]) -> list[str]:
        """The words of a verb with paths in place of the references that are named. Raises ProblemError."""
        parts = [parted(word) for word in words]
        return [before + (await self.path(one) if one in named else one) for before, one in parts]

    @property
    def rename(self) -> Callable[[str], str]:
        """Replaces paths of this machine by the client's references within a text."""
        return renaming(self.references)

    def told(self, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Problems as the client may see them."""
        return tuple(renamed_problem(problem, self.rename) for problem in problems)


async def with_own_files(
    name: str, arguments: msgspec.Struct, files: ClientFiles, channels: Sequence[Definition]
) -> msgspec.Struct:
    """The arguments of a call from another machine, with paths in place of references. Raises ProblemError where it names
    a file of the engine's machine, or the method is not for other machines. `channels`: those of the
    project."""
    given = cast("Any", arguments)
    if name in ONLY_HERE:
        raise ProblemError(only_here(name))
    if name in FILES or name in EXPORTS:
        field, scheme = (FILES[name], "blob") if name in FILES else (EXPORTS[name], WRITTEN)
        return msgspec.structs.replace(arguments, **{field: await files.path(str(getattr(given, field)), scheme)})
    if name in LINKS:
        return await _with_link_files(name, given, files)
    if name == DEFINITIONS:
        return msgspec.structs.replace(
            arguments, changes=[await _with_ca(one, files, channels) for one in given.changes]
        )
    return arguments


async def _with_link_files(name: str, given: Any, files: ClientFiles) -> msgspec.Struct:  # noqa: ANN401 - arguments of a method
    target = getattr(given, "target", "")
    if file_options(target if isinstance(target, str) else "", ()):
        raise ProblemError(blob_name(target))
    changed: dict[str, dict[str, str]] = {}
    for field in LINKS[name]:
        options = dict(cast("Mapping[str, str]", getattr(given, field)))
        for option in file_options("", options):
            options[option] = await files.path(options[option], KEPT) if options[option] else ""
        changed[field] = options
    return msgspec.structs.replace(given, **changed)


async def _with_ca(edit: DefinitionEdit, files: ClientFiles, known: Sequence[Definition]) -> DefinitionEdit:
    """A definition whose certificate authority is a file that was sent; one that a channel has already stays."""
    ca = _ca_of(edit.definition) if edit.kind is DefinitionKind.CHANNEL and edit.definition is not None else ""
    if edit.definition is None or not ca or ca in map(_ca_of, known):
        return edit
    body = json.loads(edit.definition.body) | {CA: await files.path(ca, KEPT)}
    return replace(edit, definition=replace(edit.definition, body=json.dumps(body)))


def _ca_of(channel: Definition) -> str:
    """The file of a channel's certificate authority; empty where it has none."""
    try:
        body = json.loads(channel.body)
    except ValueError:
        return ""
    return str(cast("dict[str, object]", body).get(CA) or "") if isinstance(body, dict) else ""
