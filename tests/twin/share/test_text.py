"""The structure as text for git, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.model.device import DeviceInfo, Link, PointInfo, take_in
from twin.model.ident import LinkId, RoomId, StoreyId
from twin.model.problem import ProblemError
from twin.model.space import Room, Site, Storey
from twin.model.twin import Twin
from twin.share import text


def house() -> Twin:
    storeys = (Storey(id=StoreyId("z"), name="Ground", elevation_m=0, height_m=2.5), Storey(id=StoreyId("a"), name="Up", elevation_m=2.8, height_m=2.5))  # fmt: skip
    rooms = tuple(
        Room(
            id=RoomId(f"r{n}"), storey=StoreyId("z"), name=f"Küche {n}\n", outline=((0.0, 0.0), (4.0, 0.5), (4.0, 3.0))
        )
        for n in range(3)
    )
    link = Link(id=LinkId("l"), protocol="test", address="here", options=(("tls", "1"),))
    info = DeviceInfo(uid="u", name="Lamp", points=(PointInfo(key="on", capability="on_off", options=("a", "b")),))
    return Twin(name="House", site=Site(name="Hill", latitude=47.5), storeys=storeys, rooms=rooms, links=(link,), devices=(take_in(info, link),))  # fmt: skip


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    text.write(house(), tmp_path)
    assert text.read(tmp_path) == house()


def test_the_same_twin_gives_the_same_bytes_whatever_its_order(tmp_path: Path) -> None:
    one = house()
    other = Twin(name=one.name, site=one.site, storeys=one.storeys, rooms=one.rooms[::-1], links=one.links, devices=one.devices)  # fmt: skip
    for name, twin in (("a", one), ("b", other)):
        text.write(twin, tmp_path / name)
    assert (tmp_path / "a" / "rooms.jsonl").read_bytes() == (tmp_path / "b" / "rooms.jsonl").read_bytes()


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        '{"id": "x"}',
        '{"id": "x", "storey": "z", "name": "n", "evil": 1}',
        '{"id": "x", "storey": "z", "name": 3}',
        '{"id": "x", "storey": "z", "name": "n", "outline": [[1.0]]}',
    ],
)
def test_a_line_that_is_not_ours_is_named_with_file_and_number(tmp_path: Path, line: str) -> None:
    text.write(house(), tmp_path)
    with (tmp_path / "rooms.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(ProblemError) as caught:
        text.read(tmp_path)
    assert caught.value.problems[0].where.endswith("rooms.jsonl:4")
