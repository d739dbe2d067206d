"""Group addresses, functions and rooms of an ETS project file (`.knxproj`: a zip of XML, ETS 4 to 6). Blocks.

A project with a password has its contents in an encrypted zip inside.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import Element

from devices.protocols.knx.group_table import MAX_ADDRESSES, NO_DPT, GroupAddress, dpt_of, from_csv
from twin.files.opening import regular
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text, why

MAX_BYTES = 200_000_000
MAX_DEPTH = 60
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE = 1 << 20
_INSTALLATION = re.compile(r"P-[0-9A-F]+/\d+\.xml", re.IGNORECASE)
_ENCRYPTED = re.compile(r"P-[0-9A-F]+\.zip", re.IGNORECASE)
_LOCKED_INSTALLATION = re.compile(r"\d+\.xml", re.IGNORECASE)
PASSWORD_REASONS = ("knx.table_password", "knx.table_wrong_password")
"""Reasons of a problem that another password mends."""
_ROOMLESS = ("Building", "BuildingPart", "DistributionBoard")


def read_table(path: str, password: str = "") -> tuple[GroupAddress, ...]:
    """The group addresses of a `.knxproj` or CSV file. Raises ProblemError, whose reason is one of PASSWORD_REASONS where the
    project has another password than this.
    """
    try:
        file = regular(Path(path).expanduser())
        if file.stat().st_size > MAX_BYTES:
            raise table_problem(path, Text("knx.table_large"))
        if zipfile.is_zipfile(file):
            return _from_project(file, path, password)
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:  # it grew since it was measured
            raise table_problem(path, Text("knx.table_large"))
        found = from_csv(data)
    except (OSError, ValueError, RuntimeError) as error:  # a RuntimeError: `~name` of nobody
        raise table_problem(path, why(error)) from None
    if not found:
        raise table_problem(path, Text("knx.table_empty"))
    return found


def _from_project(file: Path, path: str, password: str) -> tuple[GroupAddress, ...]:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    found: dict[int, GroupAddress] = {}
    try:
        for text in _installations(file, path, password):
            found |= {one.number: one for one in _installation(fromstring(text))}
    except (
        zipfile.BadZipFile,
        SyntaxError,
        DefusedXmlException,
        RuntimeError,
        NotImplementedError,
        EOFError,
        zlib.error,
    ):
        raise table_problem(path, Text("knx.table_damaged")) from None  # a SyntaxError is the parser's ParseError
    if not found:
        raise table_problem(path, Text("knx.table_empty"))
    return tuple(list(found.values())[:MAX_ADDRESSES])


def _installations(file: Path, path: str, password: str) -> Iterator[bytes]:
    """The XML of each installation in a project."""
    with zipfile.ZipFile(file) as archive:
        members = [one for one in archive.infolist() if _INSTALLATION.fullmatch(one.filename)]
        locked = [] if members else [one for one in archive.infolist() if _ENCRYPTED.fullmatch(one.filename)]
        if sum(one.file_size for one in (*members, *locked)) > MAX_BYTES:
            raise table_problem(path, Text("knx.table_large"))
        for member in members:
            yield _contents(archive, member, path)
        for member in locked:
            yield from _unlocked(_contents(archive, member, path), path, password)


def _contents(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str, key: bytes | None = None) -> bytes:
    """A member, inflated piece by piece up to the size that it states, whatever it holds. Raises ProblemError for one that is
    packed in a way that ETS does not use, and that is inflated whole at once.
    """
    if member.compress_type not in _PACKED:
        raise table_problem(path, Text("knx.table_damaged"))
    data = bytearray()
    with archive.open(member, pwd=key) as stream:
        while piece := stream.read(_PIECE):
            data += piece
    return bytes(data)


def _unlocked(contents: bytes, path: str, password: str) -> Iterator[bytes]:
    """The XML of each installation in the encrypted zip of a project: AES with a derived password since ETS 6, else the zip
    format's own cipher with the password as it is.
    """
    import pyzipper  # pyright: ignore[reportMissingTypeStubs]

    if not password:
        raise table_problem(path, Text("knx.table_password"))
    with cast(zipfile.ZipFile, pyzipper.AESZipFile(io.BytesIO(contents))) as archive:
        members = [one for one in archive.infolist() if _LOCKED_INSTALLATION.fullmatch(one.filename)]
        if sum(one.file_size for one in members) > MAX_BYTES:
            raise table_problem(path, Text("knx.table_large"))
        for member in members:
            for key in (_ets6_key(password), password.encode()):
                with contextlib.suppress(RuntimeError, zipfile.BadZipFile, pyzipper.BadZipFile, zlib.error):
                    yield _contents(archive, member, path, key)
                    break
            else:
                raise table_problem(path, Text("knx.table_wrong_password"))


def _ets6_key(password: str) -> bytes:
    derived = hashlib.pbkdf2_hmac("sha256", password.encode("utf-16-le"), b"21.project.ets.knx.org", 65536, 32)
    return base64.b64encode(derived)


def _installation(root: Element) -> Iterator[GroupAddress]:
    by_id = {_short(one.get("Id", "")): address for one in _all(root, "GroupAddress") if (address := _address(one))}
    for one in _all(root, "ComObjectInstanceRef"):  # what a device says of an address whose own type is open
        links = (one.get("Links") or " ".join(link.get("GroupAddressRefId", "") for link in _all(one, "Send"))).split()
        dpt = dpt_of(one.get("DatapointType", ""))
        for id in (_short(link) for link in links if dpt != NO_DPT):
            if id in by_id and by_id[id].dpt == NO_DPT:
                by_id[id] = replace(by_id[id], dpt=dpt)
    for top in (*_all(root, "Locations"), *_all(root, "Buildings")):
        for id, room, function, role in _functions(top, "", 0):
            if id in by_id and not by_id[id].function:
                by_id[id] = replace(by_id[id], room=room, function=function, role=role)
    yield from by_id.values()


def _functions(space: Element, room: str, depth: int) -> Iterator[tuple[str, str, str, str]]:
    """Group addresses by their short id, with room, function and role."""
    for child in space if depth < MAX_DEPTH else ():
        tag = _tag(child)
        if tag in ("Space", "BuildingPart"):
            inside = "" if child.get("Type") in _ROOMLESS else clean_name(child.get("Name", ""))
            yield from _functions(child, inside or room, depth + 1)
        elif tag == "Function":
            for one in child:
                if _tag(one) == "GroupAddressRef":
                    name = clean_name(child.get("Name", ""))
                    yield _short(one.get("RefId", "")), room, name, clean_name(one.get("Role", ""))


def _address(one: Element) -> GroupAddress | None:
    text = one.get("Address", "")
    number = int(text) if text.isdecimal() and len(text) <= 5 else 0
    if not 0 < number <= 0xFFFF:
        return None
    name = clean_name(one.get("Name", ""))
    dpt = dpt_of(one.get("DatapointType", ""))
    return GroupAddress(number=number, name=name or f"{number >> 11}/{number >> 8 & 7}/{number & 255}", dpt=dpt)


def _all(root: Element, tag: str) -> Iterator[Element]:
    return (one for one in root.iter() if _tag(one) == tag)


def _tag(one: Element) -> str:
    return one.tag.rpartition("}")[2]


def _short(id: str) -> str:
    """`P-0310-0_GA-3` and, in newer files, `GA-3` are the same."""
    return id.rpartition("_")[2]


def table_problem(path: str, reason: Text) -> ProblemError:
    """That a table cannot be read, and why."""
    return ProblemError(Problem(code="knx.table", args={"why": reason}, where=path))
