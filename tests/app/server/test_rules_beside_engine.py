"""Alarms, rules and scenes beside an engine that has the project open: through its door."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from tests.app.server.conftest import OpenDoor


def test_beside_an_engine_alarms_and_scenes_go_through_its_door(
    door: OpenDoor, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def oikos(verb: str, *words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([verb, str(door.desk.path), *words, "--json"])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    point = door.desk.point("on")
    (tmp_path / "scene.json").write_text(
        json.dumps({"scenes": [{"id": "s", "title": "On", "targets": [{"selector": {"point": point}, "verb": "on"}]}]})
    )
    assert oikos("rules", "--add", str(tmp_path / "scene.json"))[0] == 0
    assert oikos("scene", "On")[0] == 0
    assert not oikos("scene", "list")[1]["scenes"][0]["can_put_back"], "the lamp had reported nothing before"
    door.desk.world.report("on", False)
    door.desk.until(lambda: not oikos("scene", "list")[1]["scenes"][0]["active"], "the lamp is off")
    code, told = oikos("scene", "On")
    assert (code, told["confirmed"], told["failed"]) == (0, [point], [])
    code, told = oikos("scene", "list")
    assert (code, [(one["active"], one["can_put_back"]) for one in told["scenes"]]) == (0, [(True, True)])
    code, told = oikos("scene", "capture", "Now")
    assert (code, told["title"], [one["verb"] for one in told["would_set"]]) == (0, "Now", ["on"])
    assert oikos("scene", "remove", "Now")[0] == 0
    assert oikos("alarms", "--accept", "offline")[0] == 0
    assert {one["phase"] for one in oikos("alarms", "--all")[1]["alarms"]} == {"normal"}
    assert [one.id for one in door.desk.engine.twin.definitions.scenes] == ["s"]


def test_beside_an_engine_a_schedule_is_made_by_its_door_and_in_force_at_once(
    door: OpenDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    words = ("add", "Always", "00:00=on", "--control", door.desk.point("on"), "--json")
    assert main(["schedule", str(door.desk.path), *words]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["title"], told["in_force"], told["next"]) == ("Always", "on", None)
    assert [one.title for one in door.desk.engine.twin.definitions.schedules] == ["Always"]
    assert [one.value for one in door.desk.engine.rules().result(60)] == [1.0]


def test_a_schedules_verb_needs_an_installer_to_change_and_its_file_is_of_the_asking_machine() -> None:
    from app.cli.framework.beside_engine import need_of
    from app.cli.framework.named_files import named_files
    from app.cli.framework.verb import parser

    def asked(*words: str) -> argparse.Namespace:
        return parser(["schedule"]).parse_args(["schedule", "house.oikos", *words])

    assert [need_of("schedule", asked(*words)) for words in ((), ("show", "A"), ("set", "A"), ("import", "a.ics"))] == [
        "rules", "rules", "change_definitions", "change_definitions",
    ]  # fmt: skip
    assert [named_files(asked(*words)) for words in (("show", "A"), ("import", "a.ics"))] == [set(), {"a.ics"}]
