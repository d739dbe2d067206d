"""Files of kinds that cannot be read say which kind they are and what to do instead."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from app.i18n import remedy, what
from twin.building.import_worker import read_building
from twin.model.problem import Problem, ProblemError

STEP = b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
XML = b'<?xml version="1.0"?><ifcXML xmlns="http://www.buildingsmart-tech.org/ifcXML/IFC4/final"/>'


def refused(path: Path) -> Problem:
    """The one problem that reading the file gives."""
    with pytest.raises(ProblemError) as error:
        read_building(path)
    (problem,) = error.value.problems
    return problem


def written(path: Path, content: bytes) -> Path:
    """The file with this content."""
    path.write_bytes(content)
    return path


def packed64(path: Path) -> Path:
    """An archive whose only entry says that it is packed with Deflate64 (APPNOTE 4.4.5, method 9)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ifc", STEP)
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        struct.pack_into("<H", data, data.find(mark) + at, 9)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("content", [XML, b"\xef\xbb\xbf" + XML, XML[:40], b'\n <?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'])  # fmt: skip
@pytest.mark.parametrize("name", ["house.ifcxml", "house.ifcXML", "house.ifc"])
def test_ifcxml_is_named_with_what_to_export_instead(name: str, content: bytes, tmp_path: Path) -> None:
    problem = refused(written(tmp_path / name, content))
    assert problem.code == "ifcxml.unsupported"
    assert "not supported yet" in what(problem)
    assert ".ifc" in remedy(problem)


def test_ifcxml_in_an_archive_is_named_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "house.ifczip", "w") as archive:
        archive.writestr("house.ifcxml", XML)
    assert refused(tmp_path / "house.ifczip").code == "ifcxml.unsupported"


def test_a_step_file_that_is_called_ifcxml_is_read_as_what_it_is(shared_data: Path, tmp_path: Path) -> None:
    model = (shared_data / "building-models" / "house_3x3_fixed.ifc").read_bytes()
    assert read_building(written(tmp_path / "house.ifcxml", model)).storeys


@pytest.mark.parametrize("suffix", ["ifczip", "sh3d", "imdf"])
def test_deflate64_is_named_with_its_remedy_in_every_kind_of_archive(suffix: str, tmp_path: Path) -> None:
    problem = refused(packed64(tmp_path / f"house.{suffix}"))
    assert problem.code == "zip.deflate64"
    assert "Deflate64" in what(problem)
    assert "pack it again" in remedy(problem)


def test_dwg_is_named_with_dxf_as_the_way_in(tmp_path: Path) -> None:
    problem = refused(written(tmp_path / "plan.dwg", b"AC1032"))
    assert problem.code == "file.dwg"
    assert "DXF" in remedy(problem)
