"""The command line as scripts see it: one JSON document, exact keys, exit codes, problems with a remedy."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.cli.framework.verb import Verb, names, verb
from app.cli.info import lines as info_lines
from app.engine.history_recorder import presence
from tests.english import words
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.model.observation import Observation, Quality
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.project import Project

from .conftest import rooms_building

TOP = Path(__file__).resolve().parents[2]
T0 = 1_763_894_400_000

VERBS = {
    "open", "confirm", "demo", "new", "import", "info", "discover", "add", "pair", "portfolio", "plan", "bind", "unbind", "undo", "redo", "get", "set",
    "run", "history", "shot", "check", "backup", "restore", "lab", "meter", "bench", "export", "links", "remove", "capture",
    "alarms", "rules", "scene", "schedule", "service", "tray", "checkout", "replace", "report", "serve", "grant", "attach",
    "energy", "comfort", "notify", "work", "ask", "warn", "security", "share", "radio", "care", "home", "privacy", "join", "software", "codes",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_log_left_open() -> Iterator[None]:
    yield
    root = logging.getLogger()
    for handler in [h for h in root.handlers if getattr(h, "oikos", False)]:
        root.removeHandler(handler)
        handler.close()


@pytest.fixture
def oikos(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*words: str | Path, code: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        got = main([*map(str, words), "--json"])
        out = capsys.readouterr().out
        document = json.loads(out)
        assert got == code, document
        return document

    return call


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A project with two rooms, one lamp and an hour of history."""
    path = tmp_path / "house.oikos"
    link = Link(id=LinkId("l"), protocol="nowhere", address="far away")
    points = (PointInfo(key="on", capability="on_off", writable=True), PointInfo(key="t", capability="temperature"))
    lamp = device_from_description(DeviceInfo(uid="u", name="Lamp", points=points, address="10.0.0.9"), link)
    with Project.create(path, name="House") as project:
        project.set_building(rooms_building("Kitchen", "Hall"), label=words("Import"), keep={})
        project.add_link(link)
        project.put_devices((lamp,))
    history = History.open(history_file(path))
    history.declare([*lamp.points, presence(lamp.id)])
    history.put([Observation(presence(lamp.id).id, T0, 1.0)])
    history.put([Observation(lamp.points[1].id, T0 + n * 60_000, 20 + n / 10) for n in range(60)])
    history.put([Observation(lamp.points[0].id, T0, 1.0), Observation(lamp.points[0].id, T0 + 9, float("nan"), Quality.OFFLINE)])  # fmt: skip
    history.close()
    return path


def test_every_verb_of_the_design_is_there_and_says_what_it_does() -> None:
    assert set(names()) == VERBS
    for name in names():
        assert isinstance(verb(name), Verb)
        assert verb(name).sentence


def test_new_makes_an_empty_project(oikos: Any, tmp_path: Path) -> None:
    document = oikos("new", tmp_path / "x.oikos")
    assert {"storeys", "rooms", "doors", "devices", "changes", "problems", "seconds"} <= document.keys()
    assert (tmp_path / "x.oikos").exists()


def test_drawing_needs_a_window_and_no_file(oikos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    (problem,) = oikos("new", tmp_path / "h.oikos", "--draw", code=1)["problems"]
    assert problem["code"] == "window.display"
    (problem,) = oikos("new", tmp_path / "h.oikos", "--draw", "--from", "house.ifc", code=1)["problems"]
    assert problem["code"] == "new.either"
    assert not (tmp_path / "h.oikos").exists()


@pytest.mark.parametrize(
    ("plan", "code"),
    [("no.dxf", "file.missing"), ("plan.dwg", "file.dwg"), ("house.ifc", "new.not_traced"), ("a.txt", "file.unknown")],
)
def test_what_cannot_be_drawn_over_makes_no_project(oikos: Any, tmp_path: Path, plan: str, code: str) -> None:
    for name in ("plan.dwg", "house.ifc", "a.txt"):
        (tmp_path / name).write_bytes(b"x")
    (problem,) = oikos("new", tmp_path / "h.oikos", "--draw", tmp_path / plan, code=1)["problems"]
    assert problem["code"] == code
    assert not list(tmp_path.glob("*.oikos"))


@pytest.mark.parametrize(
    ("said", "made", "over"),
    [
        (["h.oikos", "--draw"], "h.oikos", None),
        (["--draw", "h.oikos"], "h.oikos", None),
        (["h.oikos", "--draw", "plan.dxf"], "h.oikos", "plan.dxf"),
        (["--draw", "plan.dxf"], "plan.oikos", "plan.dxf"),
    ],
)
def test_a_plan_is_drawn_over_in_a_project_that_is_named_or_called_like_it(
    oikos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str], made: str, over: str | None
) -> None:
    from app.cli.framework import window_launch

    shown: list[tuple[Path, Path | None]] = []
    monkeypatch.setattr(window_launch, "ready", lambda *, on_screen: None)
    monkeypatch.setattr(window_launch, "show", lambda path, *, draw, over: shown.append((path, over)))
    (tmp_path / "plan.dxf").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    oikos("new", *said)
    assert shown == [(Path(made), Path(over) if over else None)]
    assert (tmp_path / made).exists()


def test_a_project_without_a_name_is_asked_for_one(oikos: Any) -> None:
    (problem,) = oikos("new", code=1)["problems"]
    assert problem["code"] == "new.nameless"


def test_new_does_not_write_over_a_file(oikos: Any, house: Path) -> None:
    before = house.read_bytes()
    (problem,) = oikos("new", house, code=1)["problems"]
    assert problem["code"] == "new.exists"
    assert problem["remedy"]
    assert house.read_bytes() == before


def test_info_has_the_promised_keys(oikos: Any, house: Path) -> None:
    document = oikos("info", house)
    assert {"site", "storeys", "rooms", "doors", "devices", "points", "problems"} <= document.keys()
    assert {"id", "name", "elevation_m", "height_m"} <= document["storeys"][0].keys()
    assert {"id", "storey", "name", "number", "area_m2", "volume_m3", "source_id"} <= document["rooms"][0].keys()
    (device,) = document["devices"]
    assert {"id", "name", "kind", "protocol", "address", "room", "position_m", "online", "last_seen"} <= device.keys()
    assert (device["online"], device["last_seen"]) == (True, "2025-11-23T11:39:00.000Z")
    on, temperature = document["points"]
    assert {"id", "device", "capability", "unit", "value", "time", "quality", "writable"} <= on.keys()
    assert (on["value"], on["quality"], on["writable"]) == (None, "offline", True)
    assert (temperature["value"], temperature["unit"], temperature["quality"]) == (25.9, "°C", "good")


def test_people_get_aligned_lines(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(house)]) == 0
    out = capsys.readouterr().out
    assert "1 storey, 2 rooms, 1 device;" in out
    assert "Kitchen" in out


def test_info_and_get_say_since_when_nobody_records(
    oikos: Any, house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = sqlite3.connect(history_file(house))
    db.execute("update session set alive = ?, ended = null", (T0,))
    db.commit()
    db.close()
    for name in ("info", "get"):
        document = oikos(name, house)
        assert document["recorder"]["recording"] is False
        assert document["recorder"]["crashed"] is True
        assert document["recorder"]["last"] == "2025-11-23T10:40:00.000Z"
        assert {point["quality"] for point in document["points"]} <= {"stale", "offline"}
        assert main([name, str(house)]) == 0
        assert "ecorder crashed" in capsys.readouterr().out


def test_bind_undo_redo_unbind(oikos: Any, house: Path) -> None:
    bound = oikos("bind", house, "Lamp", "Kitchen", "--at", "1,1.5,2")
    assert bound["position_m"] == [1.0, 1.5, 2.0]

    def room() -> object:
        return oikos("info", house)["devices"][0]["room"]

    assert room() == bound["room"]
    assert oikos("undo", house)["undo"]
    assert room() is None
    assert oikos("redo", house)["redo"]
    assert room() == bound["room"]
    oikos("unbind", house, "lamp")
    assert room() is None


def test_a_device_is_planned_listed_filled_and_removed(
    oikos: Any, house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (planned,) = oikos("plan", house, "Reading light", "--room", "Kitchen", "--kind", "light")["planned"]
    assert (planned["name"], planned["kind"], planned["room_title"], planned["by_hand"]) == (
        "Reading light", "light", "Kitchen", True,
    )  # fmt: skip
    assert planned in oikos("plan", house)["planned"]
    filled = oikos("plan", house, "reading light", "--device", "Lamp")
    assert (filled["name"], filled["room"]) == ("Reading light", planned["room"])
    assert planned not in oikos("plan", house)["planned"]
    assert oikos("undo", house)["undo"] == "Put Reading light where it is planned"
    assert oikos("plan", house, planned["id"], "--remove")["removed"]["id"] == planned["id"]
    assert planned not in oikos("plan", house)["planned"]
    oikos("plan", house, "Smoke kitchen", "--room", "Kitchen", "--kind", "smoke_alarm")
    assert main(["plan", str(house), "Smoke kitchen", "--device", "Lamp"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Smoke kitchen is of another kind than planned: switch, planned is smoke_alarm"
    )
    assert main(["undo", str(house)]) == 0
    for _ in range(2):
        oikos("plan", house, "Reading lamp", "--room", "Kitchen")
    for line, code in (
        (("Moon", "--remove"), "unknown.placeholder"),
        (("Reading lamp", "--remove"), "several.placeholder"),
        (("Moon", "--room", "Attic"), "unknown.room"),
    ):
        (problem,) = oikos("plan", house, *line, code=1)["problems"]
        assert problem["code"] == code
    assert main(["plan", str(house), "Moon"]) == 2
    assert main(["plan", str(house), "Moon", "--room", "Kitchen", "--kind", "rocket"]) == 2


def test_devices_go_where_their_own_systems_say_as_one_step(oikos: Any, house: Path) -> None:
    link = Link(id=LinkId("l"), protocol="nowhere", address="far away")
    point = (PointInfo(key="on", capability="on_off"),)
    areas = {"a": "kitchen", "b": "Hall", "c": "Moon", "d": ""}
    with Project.open(house) as project:
        project.put_devices(
            [
                device_from_description(DeviceInfo(uid=u, name=u, points=point, area=area), link)
                for u, area in areas.items()
            ]
        )
    document = oikos("bind", house, "--suggested")
    assert {row["name"]: row["room_title"] for row in document["bound"]} == {"a": "Kitchen", "b": "Hall"}
    assert document["left"] == 3
    assert oikos("undo", house)["undo"] == "Put 2 devices into rooms"
    assert all(row["room"] is None for row in oikos("info", house)["devices"])
    for line in (("bind", house), ("bind", house, "a"), ("bind", house, "a", "Hall", "--suggested")):
        assert main([*map(str, line)]) == 2


def test_placing_thousands_says_how_many_went_where_and_not_each_of_them(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = Link(id=LinkId("l"), protocol="nowhere", address="far away")
    point = (PointInfo(key="on", capability="on_off"),)
    with Project.open(house) as project:
        infos = [DeviceInfo(uid=f"n{n}", name=f"n{n}", points=point, area="Kitchen") for n in range(300)]
        project.put_devices([device_from_description(info, link) for info in infos])
    assert main(["bind", str(house), "--suggested"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == ["Kitchen: 300", "300 put into rooms, 1 name no room of the building"]


@pytest.mark.parametrize(
    "words",
    [("bind", "Toaster", "Kitchen"), ("bind", "Lamp", "Attic"), ("get", "Toaster"), ("set", "Lamp/none", "on"), ("history", "x")],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_with_a_remedy(oikos: Any, house: Path, words: tuple[str, ...]) -> None:
    (problem,) = oikos(words[0], house, *words[1:], code=1)["problems"]
    assert problem["code"].startswith("unknown.")
    assert problem["remedy"]


def test_get_reads_a_point_a_device_or_all(oikos: Any, house: Path) -> None:
    assert [p["capability"] for p in oikos("get", house)["points"]] == ["on_off", "temperature"]
    assert [p["value"] for p in oikos("get", house, "Lamp/temperature")["points"]] == [25.9]
    assert len(oikos("get", house, "Lamp")["points"]) == 2


def test_history_draws_what_was_recorded(oikos: Any, house: Path) -> None:
    document = oikos("history", house, "Lamp/t", "--from", "2025-11-23T10:40", "--to", "2025-11-23T11:40", "--columns", "6")  # fmt: skip
    assert {"columns", "source"} <= document.keys()
    assert {"t", "min", "max", "mean", "last", "count"} <= document["columns"][0].keys()
    assert sum(column["count"] for column in document["columns"]) == 60
    assert min(c["min"] for c in document["columns"]) == 20.0
    assert max(c["max"] for c in document["columns"]) == pytest.approx(25.9)


def test_a_time_before_now_and_a_place_left_of_the_origin_are_no_options(oikos: Any, house: Path) -> None:
    assert "columns" in oikos("history", house, "Lamp/t", "--from", "-1h", "--to", "now")
    assert oikos("bind", house, "Lamp", "Hall", "--at", "-1,-2,0.5")["position_m"] == [-1.0, -2.0, 0.5]


def test_history_of_an_empty_stretch_is_empty_and_fine(oikos: Any, house: Path) -> None:
    assert oikos("history", house, "Lamp/t", "--from", "2020-01-01", "--to", "2020-01-02")["columns"] == []


def test_a_command_to_what_cannot_be_reached_fails_with_the_reason(oikos: Any, house: Path) -> None:
    document = oikos("set", house, "Lamp/on", "on", "--wait", "1", code=1)
    assert document["state"] == "failed"
    assert {"state", "seconds", "reason"} <= document.keys()
    assert document["reason"]
    assert oikos("set", house, "Lamp/t", "20", code=1)["reason"] == "Temperature cannot be commanded"


def test_run_counts_and_stops_after_its_time(oikos: Any, house: Path) -> None:
    document = oikos("run", house, "--for", "0.2", code=1)
    assert {"seconds", "devices", "observations", "reports"} <= document.keys()
    assert [problem["code"] for problem in document["problems"]] == ["link.protocol"]


def test_links_lists_each_gateway_and_how_it_stands(oikos: Any, house: Path) -> None:
    document = oikos("links", house)
    (link,) = document["links"]
    assert (link["address"], link["state"], link["devices"], link["points"]) == ("far away", "off", 1, 2)
    assert link["skipped"] == []
    assert document["problems"][0]["code"] == "link.protocol"


def test_a_gateway_or_a_device_is_removed_and_undone(oikos: Any, house: Path) -> None:
    lamp = oikos("info", house)["devices"][0]["id"]
    assert oikos("remove", house, "nothing like it", code=1)["problems"][0]["code"] == "unknown.device"
    assert oikos("remove", house, "far away")["devices"] == [lamp]
    assert oikos("links", house)["links"] == []
    oikos("undo", house)
    assert [link["address"] for link in oikos("links", house)["links"]] == ["far away"]
    assert [device["id"] for device in oikos("info", house)["devices"]] == [lamp]
    assert oikos("history", house, "Lamp/t", "--from", "2025-11-23T00:00", "--to", "2025-11-24T00:00")["columns"]
    oikos("remove", house, "Lamp")
    assert oikos("info", house)["devices"] == []


def test_check_backup_and_restore(oikos: Any, house: Path, tmp_path: Path) -> None:
    assert oikos("check", house)["sound"] is True
    copy = tmp_path / "copy.oikos"
    assert len(oikos("backup", house, copy)["files"]) == 2
    oikos("bind", house, "Lamp", "Kitchen")
    restored = oikos("restore", copy, house)
    assert Path(restored["kept"]).exists()
    assert oikos("info", house)["devices"][0]["room"] is None
    assert len(oikos("history", house, "Lamp/t", "--from", str(T0), "--to", str(T0 + 3_600_000))["columns"]) > 0
    assert oikos("backup", house, copy, code=1)["problems"][0]["code"] == "backup.exists"


def test_export_writes_csv_and_text_and_text_makes_the_same_project(oikos: Any, house: Path, tmp_path: Path) -> None:
    assert oikos("export", house, "--csv", tmp_path / "out.csv")["samples"] == 62
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").count("\n") == 63
    oikos("export", house, "--text", tmp_path / "text")
    oikos("new", tmp_path / "again.oikos", "--from", tmp_path / "text")
    one, other = oikos("info", house), oikos("info", tmp_path / "again.oikos")
    for part in ("storeys", "rooms", "doors"):
        assert one[part] == sorted(other[part], key=lambda row: next(i for i, r in enumerate(one[part]) if r == row))
    assert [d["id"] for d in one["devices"]] == [d["id"] for d in other["devices"]]


def test_export_writes_gltf_and_ifc_beside_the_building_and_never_over_it(
    oikos: Any, house: Path, tmp_path: Path
) -> None:
    oikos("bind", house, "Lamp", "Kitchen")
    assert oikos("export", house, "--gltf", tmp_path / "house.glb")["nodes"] > 4
    assert (tmp_path / "house.glb").read_bytes()[:4] == b"glTF"
    drawn = oikos("export", house, "--ifc", tmp_path / "house.ifc")
    assert (drawn["devices"], drawn["original"]) == (1, None)
    oikos("new", tmp_path / "again.oikos", "--from", tmp_path / "house.ifc")
    added = oikos("export", tmp_path / "again.oikos", "--ifc", tmp_path / "more.ifc")
    assert added["original"] == str(tmp_path / "house.ifc")
    (problem,) = oikos("export", tmp_path / "again.oikos", "--ifc", tmp_path / "house.ifc", code=1)["problems"]
    assert problem["code"] == "write.source"


def test_zones_sizes_and_classes_of_the_file_are_in_the_document(oikos: Any, shared_data: Path, tmp_path: Path) -> None:
    models = shared_data / "building-models"
    oikos("new", tmp_path / "a.oikos", "--from", models / "bSI_Building-Architecture.ifc")
    document = oikos("info", tmp_path / "a.oikos")
    rooms = {room["id"]: room for room in document["rooms"]}
    (zone,) = document["zones"]
    assert zone["name"] == "house - living space"
    assert set(zone["rooms"]) == set(rooms)
    assert [room["number"] for room in rooms.values()] == ["", ""]
    assert oikos("new", tmp_path / "fzk.oikos", "--from", models / "AC20-FZK-Haus.ifc")["zones"] == []
    first = oikos("info", tmp_path / "fzk.oikos")["rooms"][0]
    assert first["said"]["GrossFloorArea"] == pytest.approx(first["area_m2"], rel=0.01)
    assert first["classes"] == [{"system": "", "code": "000", "name": "Allgemeines"}]


def test_a_name_that_several_have_asks_for_the_id(oikos: Any, house: Path) -> None:
    rooms = oikos("info", house)["rooms"]
    with Project.open(house) as project:
        project.rename(rooms[0]["id"], "Same")
        project.rename(rooms[1]["id"], "Same")
    (problem,) = oikos("bind", house, "Lamp", "same", code=1)["problems"]
    assert problem["code"] == "several.room"
    assert all(room["id"] in problem["remedy"] for room in rooms[:2])
    assert oikos("bind", house, "Lamp", rooms[1]["id"])["room"] == rooms[1]["id"]


def test_a_text_export_keeps_what_only_the_file_knows(oikos: Any, house: Path, tmp_path: Path) -> None:
    with Project.open(house) as project:
        project.set_setting("kept", [1])
        project.rename(project.twin().rooms[0].id, "Mine")
    oikos("export", house, "--text", tmp_path / "text")
    oikos("new", tmp_path / "again.oikos", "--from", tmp_path / "text")
    with Project.open(house) as one, Project.open(tmp_path / "again.oikos") as other:
        assert one.tables() == other.tables()
    (problem,) = oikos("new", tmp_path / "b.oikos", "--from", tmp_path / "text", "--from", tmp_path / "text", code=1)["problems"]  # fmt: skip
    assert problem["code"] == "project.exports"


def test_info_lists_orphans_sources_and_devices_that_wait_for_a_room(oikos: Any, house: Path) -> None:
    document = oikos("info", house)
    assert (document["orphans"], document["undecided"], document["placeholders"]) == ([], [], [])
    assert [source["id"] for source in document["sources"]] == ["1"]
    oikos("bind", house, "Lamp", "Kitchen")
    with Project.open(house) as project:
        project.set_building(rooms_building("Hall"), label=words("Import"), keep={})
    (orphan,) = oikos("info", house)["orphans"]
    assert (orphan["name"], orphan["was"]) == ("Lamp", "Kitchen")
    lines = info_lines(oikos("info", house))
    assert any("Lamp" in line and "Kitchen" in line for line in lines)


def test_duplex_and_its_electrical_file_in_one_project(oikos: Any, shared_data: Path, tmp_path: Path) -> None:
    models = shared_data / "building-models"
    both = ["--from", models / "Duplex_A.ifc", "--from", models / "Duplex_Electrical.ifc"]
    made = oikos("new", tmp_path / "duplex.oikos", *both)
    assert [len(made[part]) for part in ("storeys", "rooms", "devices")] == [4, 21, 99]
    document = oikos("info", tmp_path / "duplex.oikos")
    assert [Path(source["path"]).name for source in document["sources"]] == ["Duplex_A.ifc", "Duplex_Electrical.ifc"]
    undecided = {row["id"]: row["candidates"] for row in document["undecided"]}
    assert {row["id"] for row in document["placeholders"] if row["room"] is None} == undecided.keys()
    rooms = {room["id"] for room in document["rooms"]}
    assert all(set(candidates) <= rooms for candidates in undecided.values())
    one = oikos("new", tmp_path / "one.oikos", "--from", models / "Duplex_A.ifc")
    assert len(one["devices"]) == 0
    added = oikos("import", tmp_path / "one.oikos", models / "Duplex_Electrical.ifc", "--add")
    assert added["devices"] == made["devices"]
    twice = oikos("import", tmp_path / "one.oikos", models / "Duplex_A.ifc", "--add", code=1)
    assert twice["problems"][0]["code"] == "import.twice"
    stranger = oikos("import", tmp_path / "one.oikos", models / "AC20-FZK-Haus.ifc", code=1)
    assert stranger["problems"][0]["code"] == "import.which"
    again = oikos("import", tmp_path / "one.oikos", models / "Duplex_Electrical.ifc")
    assert again["devices"] == made["devices"]
    assert len(again["rooms"]) == 21


def test_a_planned_device_is_put_into_a_room_by_its_name(oikos: Any, shared_data: Path, tmp_path: Path) -> None:
    models = shared_data / "building-models"
    both = ["--from", models / "Duplex_A.ifc", "--from", models / "Duplex_Electrical.ifc"]
    open_one, *_ = oikos("new", tmp_path / "duplex.oikos", *both)["undecided"]
    assert oikos("bind", tmp_path / "duplex.oikos", open_one["name"], "A101")["device"] == open_one["id"]
    oikos("import", tmp_path / "duplex.oikos", models / "Duplex_Electrical.ifc")
    info = oikos("info", tmp_path / "duplex.oikos")
    assert open_one["id"] not in {row["id"] for row in info["undecided"]}


def lasting(document: Any) -> Any:
    """A document of `info` without what changes by time alone: since when nobody records, who is there, how fresh values are."""
    devices = [device | {"online": None} for device in document["devices"]]
    points = [point | {"quality": None} for point in document["points"]]
    return document | {"recorder": None, "devices": devices, "points": points}


def test_an_import_that_loses_rooms_with_devices_waits_for_a_yes(oikos: Any, house: Path, shared_data: Path) -> None:
    other = shared_data / "building-models" / "AC20-FZK-Haus.ifc"
    (gone, *_) = oikos("import", house, other, "--dry-run")["changes"]["gone"]
    oikos("bind", house, "Lamp", gone["id"])
    before = lasting(oikos("info", house))
    refused = oikos("import", house, other, code=1)
    assert [problem["code"] for problem in refused["problems"]] == ["import.orphans"]
    assert gone["name"] in refused["problems"][0]["what"]
    assert lasting(oikos("info", house)) == before
    assert oikos("import", house, other, "--dry-run")["changes"] == refused["changes"]
    moved = oikos("import", house, other, "--move", f"{gone['id']}=Wohnen")
    assert moved["orphans"] == []
    info = oikos("info", house)
    assert {room["id"]: room["name"] for room in info["rooms"]}[info["devices"][0]["room"]] == "Wohnen"
    oikos("undo", house)
    assert lasting(oikos("info", house)) == before
    (orphan,) = oikos("import", house, other, "--yes")["orphans"]
    assert orphan["name"] == "Lamp"


def test_a_format_of_later_says_so(oikos: Any, house: Path, tmp_path: Path) -> None:
    (problem,) = oikos("export", house, "--parquet", tmp_path / "x", code=1)["problems"]
    assert problem["code"] == "export.unsupported"


@pytest.mark.parametrize("verb", ["info", "get", "run", "undo", "check"])
def test_a_missing_project_is_a_problem(oikos: Any, tmp_path: Path, verb: str) -> None:
    words = [tmp_path / "none.oikos", *(["--for", "0"] if verb == "run" else [])]
    (problem,) = oikos(verb, *words, code=1)["problems"]
    assert problem["what"]
    assert problem["remedy"]
    assert not list(tmp_path.glob("none*"))


def test_a_file_that_is_no_project_is_a_problem_and_stays_as_it_is(oikos: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.oikos"
    path.write_bytes(b"hello" * 1000)
    for name in ("info", "undo"):
        (problem,) = oikos(name, path, code=1)["problems"]
        assert problem["remedy"]
    assert path.read_bytes() == b"hello" * 1000


def test_a_missing_building_file_leaves_no_project(oikos: Any, tmp_path: Path) -> None:
    (problem,) = oikos("new", tmp_path / "x.oikos", "--from", tmp_path / "none.ifc", code=1)["problems"]
    assert problem["remedy"]
    assert not (tmp_path / "x.oikos").exists()


def test_while_one_program_has_it_open_others_read_and_are_told_when_they_write(oikos: Any, house: Path) -> None:
    with Project.open(house):
        assert oikos("info", house)["rooms"]
        assert oikos("get", house)["points"]
        assert [(link["state"], link["points"]) for link in oikos("links", house)["links"]] == [("not known", 2)]
        for line in (("undo", house), ("run", house, "--for", "0"), ("bind", house, "Lamp", "Hall")):
            (problem,) = oikos(*line, code=1)["problems"]
            assert "open" in problem["what"].lower()


def may_be_refused() -> None:
    """Takes from root what lets it write everywhere (CAP_DAC_OVERRIDE, <linux/capability.h>), for the program that follows."""
    if sys.platform == "linux" and os.geteuid() == 0:
        ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.skipif(sys.platform != "linux" and os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_a_problem(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    line = [sys.executable, "-m", "app", "new", str(folder / "x.oikos"), "--json"]
    done = subprocess.run(line, cwd=TOP, preexec_fn=may_be_refused, capture_output=True, text=True, check=False)
    (problem,) = json.loads(done.stdout)["problems"]
    assert (done.returncode, problem["code"]) == (1, "store.readonly")
    assert problem["remedy"]


@pytest.mark.parametrize(
    "words", [["fly"], ["bind"], ["history", "p", "x", "--from", "soon"], ["run", "p", "--for", "-1"]]
)
def test_wrong_usage_is_exit_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    if words == ["fly"]:
        words = ["--fly"]
    assert main(words) == 2
    assert "usage" in capsys.readouterr().err


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in VERBS)


def test_help_starts_quickly_and_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom app.__main__ import main\nmain(['--help'])\n"
        "heavy = {'numpy', 'PySide6', 'vtkmodules', 'ifcopenshell', 'aiohttp', 'zeroconf', 'sqlite3'} & set(sys.modules)\n"
        "print(heavy, file=sys.stderr)\nsys.exit(bool(heavy))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr


@pytest.mark.expects_log
def test_a_bug_is_a_problem_and_never_a_traceback(
    oikos: Any, house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.engine.reading.ProjectReader.info", lambda self, now: 1 / 0)
    (problem,) = oikos("info", house, code=1)["problems"]
    assert problem["code"] == "oikos.mistake"
    assert main(["info", str(house)]) == 1
    assert "Traceback" not in capsys.readouterr().err
