# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
"""Opens IFC files: detects the schema, repairs known faults of exporters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ifcopenshell
from defusedxml import DefusedXmlException

from twin.building.archive import Archive
from twin.building.ifc.damage import losses
from twin.building.ifc.encoding import TITLES, escaped
from twin.building.ifc.ifcxml import step_of
from twin.building.limits import FILE_BYTES, refuse, warn
from twin.model.problem import Problem

_LEGACY = {
    "IFC2X_FINAL": "IFC2X3", "IFC2X2_FINAL": "IFC2X3", "IFC2X2": "IFC2X3", "IFC20_LONGFORM": "IFC2X3",
    "IFC4X1": "IFC4X3_ADD2", "IFC4X2": "IFC4X3_ADD2", "IFC4X3_RC1": "IFC4X3_ADD2", "IFC4X3_RC2": "IFC4X3_ADD2",
    "IFC4X3_RC3": "IFC4X3_ADD2", "IFC4X3_RC4": "IFC4X3_ADD2", "IFC4X3_TC1": "IFC4X3_ADD2", "IFC4X3_ADD1": "IFC4X3_ADD2",
}  # fmt: skip
_SCHEMA = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'([^']+)'")
_DERIVED = re.compile(rb"^\s*#\d+\s*=\s*(IFCSIUNIT|IFCGEOMETRICREPRESENTATIONSUBCONTEXT|IFCORIENTEDEDGE|IFCFACEBASEDSURFACEMODEL)", re.IGNORECASE)  # fmt: skip
_STAR = re.compile(rb"(?<=[(,])\s*\*\s*(?=[,)])")
_DEFINED = re.compile(rb"(?:^|;)\s*#(\d+)\s*=", re.MULTILINE)
_REFERENCE = re.compile(rb"(?<=[(,])\s*#(\d+)(?=\s*[,)])")
_NOT_NUMBERS = (b"nan", b"inf", b"1.#")


@dataclass(slots=True)
class IfcFile:
    """A parsed file, with the problems found and repairs made."""

    path: Path
    file: Any
    data: bytes
    problems: list[Problem] = field(default_factory=list[Problem])


def open_ifc(path: Path) -> IfcFile:
    """Parses .ifc, .ifczip or the ifcXML of IFC 2x3. Raises ProblemError where it cannot be read."""
    if path.stat().st_size > FILE_BYTES:
        raise refuse("file.huge", str(path))
    data = _bytes(path)
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        data = _from_xml(data, path)
    opened = IfcFile(path, None, data)
    _sniff(opened)
    opened.file = _parse(opened)
    opened.problems += losses(opened.data, opened.file, ifcopenshell.get_log(), str(path))
    return opened


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return path.read_bytes()
    archive = Archive(path)
    try:
        models = [name for name in archive.names if name.lower().endswith((".ifc", ".ifcxml"))]
        if not models:
            raise refuse("ifczip.empty", str(path))
        return archive.read(models[0])
    finally:
        archive.close()


def _sniff(ifc_file: IfcFile) -> None:
    data, where, wide = ifc_file.data, str(ifc_file.path), ifc_file.data[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not data[:4096].strip() and not data.strip():
        raise refuse("ifc.empty", where)
    if wide:
        ifc_file.data = data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    if data[:3] == b"\xef\xbb\xbf":
        ifc_file.data = data = data[3:]
    if b"ISO-10303-21" not in data[:4096]:
        raise refuse("ifc.foreign", where)
    if not _SCHEMA.search(data[:20000]):
        raise refuse("ifc.header", where)
    ifc_file.data, encoding = escaped(data)
    if encoding:
        ifc_file.problems.append(warn("ifc.encoding", where, encoding="UTF-16" if wide else TITLES[encoding]))
    data = ifc_file.data
    if holds_no_number(data):
        raise refuse("ifc.not_a_number", where)
    if b"END-ISO-10303-21" not in data[-4096:]:
        ifc_file.problems.append(warn("ifc.truncated", where))


def holds_no_number(data: bytes) -> bool:
    """Whether a NaN or infinity is in place of a number; byte searches, because a regular expression takes longer than
    parsing.
    """
    data = data.lower()
    for token in _NOT_NUMBERS:
        at = data.find(token)
        while at >= 0:
            if data[max(0, at - 8) : at].rstrip(b" -")[-1:] in (b"(", b","):
                return True
            at = data.find(token, at + 3)
    return False


def _parse(ifc_file: IfcFile) -> Any:
    schema = _SCHEMA.search(ifc_file.data[:20000])
    name = schema.group(1).decode("latin-1").upper() if schema else ""
    if name in _LEGACY:
        return rescued(ifc_file)
    try:
        return _from_bytes(ifc_file)
    except Exception as error:
        ifc_file.problems.append(warn("ifc.repaired", str(ifc_file.path), detail=str(error)))
        return rescued(ifc_file)


def _from_bytes(ifc_file: IfcFile) -> Any:
    ifcopenshell.get_log()  # forgets what it said of an earlier file
    whole = ifc_file.path.suffix.lower() == ".ifc" and ifc_file.path.stat().st_size == len(ifc_file.data)
    file: Any = (
        ifcopenshell.open(str(ifc_file.path))
        if whole
        else ifcopenshell.file.from_string(ifc_file.data.decode("latin-1"))
    )
    if not isinstance(file, ifcopenshell.file):
        raise TypeError("not a model")
    return file


def rescued(ifc_file: IfcFile) -> Any:
    """Parses the file again after `repaired`. Raises ProblemError where that fails too."""
    data, notes = repaired(ifc_file.data)
    ifcopenshell.get_log()
    try:
        file = ifcopenshell.file.from_string(data.decode("latin-1"))
    except Exception as error:
        raise refuse("ifc.unreadable", str(ifc_file.path), detail=str(error)) from error
    if notes:
        ifc_file.problems.append(warn("ifc.legacy", str(ifc_file.path), detail="; ".join(notes)))
    return file


def repaired(data: bytes) -> tuple[bytes, list[str]]:
    """The repaired text and a note for each repair: newer schema name, `$` for a `*` that derives nothing and for
    missing references.
    """
    notes: list[str] = []
    if (match := _SCHEMA.search(data[:20000])) and (name := match.group(1).decode("latin-1").upper()) in _LEGACY:
        notes.append(f"schema {name} read as {_LEGACY[name]}")
        data = data[: match.start(1)] + _LEGACY[name].encode() + data[match.end(1) :]
    lines = data.split(b"\n")
    starred = [i for i, line in enumerate(lines) if b"*" in line and not _DERIVED.match(line)]
    changed = 0
    for i in starred:
        mended = _STAR.sub(b"$", lines[i])
        changed += mended != lines[i]
        lines[i] = mended
    if changed:
        notes.append(f"lines with `*`: {changed}")
    data = b"\n".join(lines)
    known = set(_DEFINED.findall(data))
    lost = [reference for reference in set(_REFERENCE.findall(data)) if reference not in known]
    if lost:
        notes.append(f"references to nothing: {len(lost)}")
        missing = set(lost)
        data = _REFERENCE.sub(lambda match: b"$" if match[1] in missing else match[0], data)
    return data, notes


def _from_xml(data: bytes, path: Path) -> bytes:
    """The STEP text of ifcXML; ifcopenshell writes ifcXML but reads none, as of 0.9."""
    try:
        return step_of(data)
    except (ValueError, SyntaxError, DefusedXmlException, RecursionError) as error:
        raise refuse("ifcxml.unsupported", str(path), detail=str(error)) from error
