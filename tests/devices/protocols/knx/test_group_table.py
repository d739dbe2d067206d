"""Group addresses from CSV files and ETS projects."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import pyzipper  # pyright: ignore[reportMissingTypeStubs]
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols.knx.ets_project import read_table
from devices.protocols.knx.group_table import GroupAddress, address_number, address_text, dpt_of, from_csv
from twin.model.problem import ProblemError
from twin.model.text import Text

REAL = Path(__file__).resolve().parents[5] / "shared" / "data" / "protocols" / "knx"
LIGHT = GroupAddress(number=0x0801, name="Lamp", dpt=(1, 1))
KNX = "http://knx.org/xml/project/"
INSTALLATION = """<?xml version="1.0" encoding="utf-8"?>
<KNX xmlns="http://knx.org/xml/project/{version}"><Project Id="P-0001"><Installations><Installation>
<Topology><Area><Line><DeviceInstance><ComObjectInstanceRefs>
<ComObjectInstanceRef RefId="O-1_R-1" DatapointType="DPST-9-1" Links="{id}GA-3" />
</ComObjectInstanceRefs></DeviceInstance></Line></Area></Topology>
<{tops}><{space} Type="Building" Name="House"><{space} Type="Floor" Name="Ground"><{space} Type="Room" Name="Kitchen">
<Function Id="F-1" Name="Ceiling" Type="FT-1">
<GroupAddressRef Id="x" RefId="{id}GA-1" Role="SwitchOnOff" /><GroupAddressRef Id="y" RefId="{id}GA-2" Role="InfoOnOff" />
</Function></{space}></{space}></{space}></{tops}>
<GroupAddresses><GroupRanges><GroupRange Name="Lights"><GroupRange Name="Ground">
<GroupAddress Id="{id}GA-1" Address="2305" Name="Switching" DatapointType="DPST-1-1" />
<GroupAddress Id="{id}GA-2" Address="2306" Name="Answer" DatapointType="DPST-1-1 DPST-1-2" />
<GroupAddress Id="{id}GA-3" Address="2307" Name="Warmth" />
<GroupAddress Id="{id}GA-4" Address="70000" Name="beyond" /><GroupAddress Id="{id}GA-5" Address="x" Name="none" />
</GroupRange></GroupRange></GroupRanges></GroupAddresses>
</Installation></Installations></Project></KNX>"""


def project(folder: Path, files: dict[str, str | bytes], name: str = "house.knxproj") -> str:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, data in files.items():
            archive.writestr(inside, data)
    return str(path)


@given(st.integers(1, 0xFFFF))
def test_an_address_is_written_in_three_levels_and_read_back(number: int) -> None:
    assert address_number(address_text(number)) == number


@given(st.text(max_size=12))
def test_whatever_is_no_address_or_type_is_none(text: str) -> None:
    number = address_number(text)
    assert number is None or 0 < number <= 0xFFFF
    assert len(dpt_of(text)) == 2


@pytest.mark.parametrize(
    ("text", "dpt"),
    [("DPST-9-1", (9, 1)), ("DPT-9", (9, 0)), ("9.001", (9, 1)), ("DPST-1-1, DPST-1-2", (1, 1)), ("", (0, 0))],
)
def test_datapoint_types_are_read_in_each_spelling(text: str, dpt: tuple[int, int]) -> None:
    assert dpt_of(text) == dpt


@pytest.mark.parametrize(
    "table",
    [
        b'"Main";"Middle";"Sub";"Address";"DatapointType"\n"L";;;"1/-/-"\n;"G";;"1/0/-"\n;;"Lamp";"1/0/1";"DPST-1-1"\n',
        b'"Group name","Address","Central","DatapointType"\n"Lamp","1/0/1","","DPST-1-1"\n',
        b"Main\tMiddle\tSub\tMain\tMiddle\tSub\tType\n\t\tLamp\t1\t0\t1\tDPST-1-1\n",
        b'"Gruppenname";"Adresse";"Typ"\n"Lamp";"1/1";"DPT-1"\n'.replace(b"DPT-1", b"1.001"),
        b"address,name,dpt\n1/0/1,Lamp,1.001\n",
        '"Name";"Address";"Type"\n"Lamp";"1/0/1";"DPST-1-1"\n'.encode("utf-16"),
    ],
)
def test_the_exports_of_ets_and_plain_tables_say_the_same(table: bytes) -> None:
    assert from_csv(table) == (LIGHT,)


def test_a_table_may_say_function_and_room_and_be_in_the_old_encoding() -> None:
    (one,) = from_csv("Name;Address;DPT;Function;Room\nKüche;1/0/1;1.001;Licht;Küche\n".encode("cp1252"))
    assert (one.name, one.function, one.room) == ("Küche", "Licht", "Küche")


@given(st.binary(max_size=400))
def test_no_bytes_break_the_table_reader(data: bytes) -> None:
    assert all(0 < one.number <= 0xFFFF for one in from_csv(data))


@pytest.mark.parametrize(
    ("tops", "space", "version", "id"),
    [
        ("Locations", "Space", 23, "GA-"),
        ("Locations", "Space", 20, "P-0001-0_GA-"),
        ("Buildings", "BuildingPart", 12, "P-0001-0_GA-"),
    ],
)
def test_an_ets_project_gives_functions_in_rooms_and_types_of_objects(
    tmp_path: Path, tops: str, space: str, version: int, id: str
) -> None:
    text = INSTALLATION.format(tops=tops, space=space, version=version, id=id.removesuffix("GA-"))
    rows = read_table(project(tmp_path, {"P-0001/0.xml": text, "knx_master.xml": "<KNX/>"}))
    assert rows == (
        GroupAddress(number=2305, name="Switching", dpt=(1, 1), function="Ceiling", room="Kitchen", role="SwitchOnOff"),
        GroupAddress(number=2306, name="Answer", dpt=(1, 1), function="Ceiling", room="Kitchen", role="InfoOnOff"),
        GroupAddress(number=2307, name="Warmth", dpt=(9, 1)),
    )


@pytest.mark.skipif(not REAL.is_dir(), reason="the real ETS projects are not here (../shared/data/protocols/knx)")
def test_real_projects_of_ets_6_are_read() -> None:
    light, status = read_table(str(REAL / "testprojekt-ets6-functions.knxproj"))
    assert (light.text, light.room, light.function, light.role) == (
        "0/0/1",
        "Livingroom",
        "LivingroomLight",
        "SwitchOnOff",
    )
    assert (status.name, status.dpt, status.role) == ("Status", (1, 1), "InfoOnOff")
    assert len(read_table(str(REAL / "ets6_free.knxproj"))) == 4


def zipped(text: str) -> bytes:
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as archive:
        archive.writestr("0.xml", text)
    return inside.getvalue()


def locked_project(folder: Path, password: str) -> str:
    """A project of ETS 6 with this password."""
    inside = io.BytesIO()
    with pyzipper.AESZipFile(inside, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        key = hashlib.pbkdf2_hmac("sha256", password.encode("utf-16-le"), b"21.project.ets.knx.org", 65536, 32)
        archive.setpassword(base64.b64encode(key))
        archive.writestr("0.xml", INSTALLATION.format(tops="Locations", space="Space", version=21, id=""))
        archive.writestr("project.xml", "<KNX/>")
    return project(folder, {"P-0001.zip": inside.getvalue(), "knx_master.xml": "<KNX/>"})


@pytest.mark.parametrize(
    ("password", "reason"), [("", "password"), ("guessed", "wrong_password"), ("of the house", "")]
)
def test_a_project_of_ets_6_with_a_password_is_read_with_it_alone(tmp_path: Path, password: str, reason: str) -> None:
    path = locked_project(tmp_path, "of the house")
    if not reason:
        assert [row.room for row in read_table(path, password)] == ["Kitchen", "Kitchen", ""]
        return
    with pytest.raises(ProblemError) as caught:
        read_table(path, password)
    assert caught.value.problems[0].args["why"]["code"] == f"knx.table_{reason}"


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><KNX>&b;</KNX>'


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"P-0001.zip": zipped("<KNX/>"), "knx_master.xml": "<KNX/>"}, "knx.table_password"),
        ({"P-0001/0.xml": "<KNX>"}, "knx.table_damaged"),
        ({"P-0001/0.xml": BOMB}, "knx.table_damaged"),
        ({"P-0001/0.xml": "<KNX/>"}, "knx.table_empty"),
        ({"P-0001/0.xml": b"\0" * 201_000_000}, "knx.table_large"),
        ({"readme.txt": "hello"}, "knx.table_empty"),
    ],
)
def test_a_project_that_cannot_be_read_says_why(tmp_path: Path, files: dict[str, str | bytes], reason: str) -> None:
    path = project(tmp_path, files)
    with pytest.raises(ProblemError) as caught:
        read_table(path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.where, problem.args["why"]["code"]) == ("knx.table", path, reason)


@pytest.mark.parametrize("data", [b"", b"nothing\nhere\n", b"PK\x03\x04broken"])
def test_a_file_without_addresses_is_a_problem(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes(data)
    with pytest.raises(ProblemError):
        read_table(str(path))


@pytest.mark.parametrize("path", [os.devnull, "~nobody-of-this-name/table.csv"])
def test_a_table_that_is_no_file_is_refused_and_not_opened(path: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read_table(path)
    assert (caught.value.problems[0].code, caught.value.problems[0].where) == ("knx.table", path)
    assert caught.value.problems[0].args["why"] != Text("knx.table_empty")


def test_a_cut_project_is_a_problem_at_each_length(tmp_path: Path) -> None:
    text = INSTALLATION.format(tops="Locations", space="Space", version=20, id="P-0001-0_")
    whole = Path(project(tmp_path, {"P-0001/0.xml": text})).read_bytes()
    cut = tmp_path / "cut.knxproj"
    for length in range(0, len(whole), 37):
        for data in (whole[:length], whole[:length] + bytes([whole[length] ^ 0xFF]) + whole[length + 1 :]):
            cut.write_bytes(data)
            try:
                read_table(str(cut))
            except ProblemError as error:
                assert error.problems[0].code == "knx.table"  # noqa: PT017 - either it is read, or it is this


def bomb(folder: Path, method: int, megabytes: int) -> str:
    """A project whose installation states 1,000 bytes and holds far more."""
    file = folder / "bomb.knxproj"
    with zipfile.ZipFile(file, "w", method) as archive, archive.open("P-0310/0.xml", "w") as member:
        for _ in range(megabytes):
            member.write(b" " * (1 << 20))
    data = bytearray(file.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    file.write_bytes(data)
    return str(file)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_project_that_holds_more_than_it_states_is_damaged_and_is_not_unpacked(tmp_path: Path, method: int) -> None:
    path = bomb(tmp_path, method, 64)
    tracemalloc.start()
    try:
        with pytest.raises(ProblemError) as refused:
            read_table(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.problems[0].args["why"]["code"] == "knx.table_damaged"
    assert peak < 16 << 20
