"""Small homes for the tests: XML around what a test is about, in a real archive."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from twin.building.sh3d.read import read_sh3d
from twin.model.building import Building, Source

SHELL = """
<wall id='w0' xStart='0' yStart='0' xEnd='400' yEnd='0' height='250' thickness='10'/>
<wall id='w1' xStart='400' yStart='0' xEnd='400' yEnd='300' height='250' thickness='10'/>
<wall id='w2' xStart='400' yStart='300' xEnd='0' yEnd='300' height='250' thickness='10'/>
<wall id='w3' xStart='0' yStart='300' xEnd='0' yEnd='0' height='250' thickness='10'/>
"""
"""Four walls of 4 m x 3 m between their axes; the room inside is 3.9 m x 2.9 m."""
BOX_OBJ = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\nf 1 4 3 2\nf 5 6 7 8\nf 1 2 6 5\nf 3 4 8 7\nf 2 3 7 6\nf 1 5 8 4\n"


def write(
    folder: Path, body: str, files: Mapping[str, str | bytes] | None = None, *, attributes: str = "wallHeight='250'"
) -> Path:
    """A .sh3d file with this inside <home>."""
    path = folder / "home.sh3d"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "Home.xml", f"<?xml version='1.0'?><home version='7200' name='Test' {attributes}>{body}</home>"
        )
        for name, data in (files or {}).items():
            archive.writestr(name, data)
    return path


def read(path: Path) -> Building:
    """The building, in this process."""
    return read_sh3d(path, Source(path=str(path), sha256="0" * 64, importer="test", size=0), lambda _title, _part: None)


def home(
    folder: Path, body: str, files: Mapping[str, str | bytes] | None = None, *, attributes: str = "wallHeight='250'"
) -> Building:
    """The building of a home with this inside."""
    return read(write(folder, body, files, attributes=attributes))
