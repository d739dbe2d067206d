"""`oikos alarms`, `oikos rules` and `oikos scene` on a project that nobody has open, and beside an engine that has."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from devices.protocol_registry import adapters
from tests.twin.store.worlds import LINK, building, device
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.ids import RoomId
from twin.store.project import Project

type Line = Callable[..., tuple[int, Any]]
LAMP, LEAK = device("lamp", "on_off", "level"), device("leak", "water_leak", "battery")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    """Runs a verb on the house with --json: exit code and document."""
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "home"))

    def run(verb: str, *words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([verb, str(tmp_path / "house.oikos"), *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture(autouse=True)
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.oikos"
    with Project.create(path) as project:
        project.set_building(building("Kitchen"))
        project.add_link(LINK)
        project.put_devices((LAMP, LEAK))
        project.bind(LEAK.id, RoomId("r-Kitchen"))
    return path


def test_alarms_are_offered_by_what_is_there_and_nothing_is_watched_until_they_are_accepted(line: Line) -> None:
    always = ["early_warning", "security_watch"]
    code, told = line("alarms", "--offer")
    assert (code, [one["group"] for one in told["proposals"]]) == (0, ["water", "battery", "offline", *always])
    assert line("alarms", "--all")[1]["alarms"] == []
    code, told = line("alarms", "--accept", "water", "battery")
    assert (code, told["accepted"], told["definitions"]) == (0, ["water", "battery"], 2)
    rows = line("alarms", "--all")[1]["alarms"]
    assert [(one["id"].partition(":")[0], one["priority"], one["phase"]) for one in rows] == [
        ("water_leak", 1, "normal"),
        ("battery", 4, "normal"),
    ]
    assert rows[0]["title"] == "Leak: water leak"
    assert rows[0]["room"] == "r-Kitchen"
    assert [one["group"] for one in line("alarms", "--offer")[1]["proposals"]] == ["offline", *always]
    assert line("undo")[0] == 0
    assert line("alarms", "--all")[1]["alarms"] == []


def test_a_group_that_is_not_offered_and_an_alarm_that_is_not_there_are_problems_in_words(line: Line) -> None:
    code, told = line("alarms", "--accept", "smoke")
    assert (code, [one["code"] for one in told["problems"]]) == (1, ["unknown.alarm_group"])
    code, told = line("alarms", "--ack", "nothing")
    assert (code, [one["code"] for one in told["problems"]]) == (1, ["unknown.alarm"])


def test_what_an_alarm_refuses_is_said_with_its_name(line: Line) -> None:
    line("alarms", "--accept", "water")
    (row,) = line("alarms", "--all")[1]["alarms"]
    code, told = line("alarms", "--ack", row["id"])
    assert (code, [one["what"] for one in told["problems"]]) == (
        1,
        ["Leak: water leak: there is nothing to acknowledge"],
    )


def test_an_alarm_is_shelved_with_a_reason_and_an_end_and_the_log_says_by_whom(line: Line) -> None:
    line("alarms", "--accept", "battery")
    (row,) = line("alarms", "--all")[1]["alarms"]
    code, told = line("alarms", "--shelve", row["id"], "--for", "2h", "--because", "new cells are ordered")
    assert (code, told["alarms"][0]["overlay"]) == (0, "shelved")
    (now,) = line("alarms")[1]["alarms"]  # what is hidden is listed, too
    assert (now["overlay"], now["reason"]) == ("shelved", "new cells are ordered")
    (entry,) = [one for one in line("alarms", "--log")[1]["log"] if one["event"] == "shelved"]
    assert entry["who"]
    assert entry["title"] == "Leak: battery nearly empty"
    assert line("alarms", "--unshelve", "all")[0] == 0
    assert line("alarms")[1]["alarms"] == []


def test_shelving_without_an_end_is_refused_as_wrong_usage(line: Line, house: Path) -> None:
    del line
    assert main(["alarms", str(house), "--shelve", "x"]) == 2


def rules_file(folder: Path) -> Path:
    file = folder / "rules.json"
    lamp = {"point": str(LAMP.points[0].id)}
    leak = {"type": "Became", "selector": {"point": str(LEAK.points[0].id)}, "to": 1.0}
    file.write_text(
        json.dumps(
            {
                "automations": [
                    {"id": "wet", "title": "Wet", "triggers": [leak],
                     "actions": [{"type": "Do", "selector": lamp, "verb": "on"}]},
                ],
                "schedules": [{"id": "night", "title": "Night", "default": 0.0}],
                "scenes": [{"id": "dim", "title": "Dim", "targets": [{"selector": lamp, "verb": "on"}]}],
            }
        )
    )  # fmt: skip
    return file


def test_rules_come_from_a_file_as_one_undo_step_and_are_turned_off_and_on(line: Line, tmp_path: Path) -> None:
    code, told = line("rules", "--add", str(rules_file(tmp_path)))
    assert (code, [(one["kind"], one["title"], one["on"]) for one in told["rules"]]) == (
        0,
        [("automation", "Wet", True), ("schedule", "Night", True), ("scene", "Dim", True)],
    )
    line("rules", "--off", "wet")
    assert [one["on"] for one in line("rules")[1]["rules"]] == [False, True, True]
    code, told = line("rules", "--run", "wet")
    assert (code, told["problems"][0]["code"]) == (1, "rules.off")
    line("rules", "--on", "wet")
    told = line("rules", "--why", "wet")[1]
    assert [one["code"] for one in told["why_not"]] == ["why.value_unknown"]
    line("rules", "--remove", "wet", "night")
    assert [one["id"] for one in line("rules")[1]["rules"]] == ["dim"]
    line("undo")
    assert [one["id"] for one in line("rules")[1]["rules"]] == ["wet", "night", "dim"]


def test_what_show_prints_is_what_add_takes(line: Line, tmp_path: Path) -> None:
    line("rules", "--add", str(rules_file(tmp_path)))
    shown = line("rules", "--show")[1]["definitions"]
    line("rules", "--remove", "wet", "night", "dim")
    (tmp_path / "again.json").write_text(json.dumps(shown))
    assert line("rules", "--add", str(tmp_path / "again.json"))[0] == 0
    assert line("rules", "--show")[1]["definitions"] == shown


def test_an_automation_started_from_the_line_commands_once_its_devices_are_there_and_is_followed_to_its_end(
    line: Line, tmp_path: Path
) -> None:
    with Project.open(tmp_path / "house.oikos") as project:
        project.add_link(adapters()["simulated"].link("simulated://home"))
    assert line("links")[0] == 0  # its devices are in the project now
    with Project.open(tmp_path / "house.oikos", readonly=True) as project:
        twin = project.twin()
    lamp = next(
        point.id for point in twin.points
        if point.capability.id == "on_off" and point.writable and twin.device_of[point.device].link != LINK.id
    )  # fmt: skip
    lit = {"type": "Holds", "selector": {"point": lamp}, "equals": 1.0}
    do = [{"type": "Do", "selector": {"point": lamp}, "verb": verb} for verb in ("on", "off")]
    rules = [{"id": "blink", "actions": do}, {"id": "out", "conditions": [lit], "actions": do[1:]}]
    (tmp_path / "rules.json").write_text(json.dumps({"automations": rules}))
    assert line("rules", "--add", str(tmp_path / "rules.json"))[0] == 0
    code, told = line("rules", "--run", "blink")
    assert (code, [one["code"] for one in told["log"]]) == (
        0,
        ["run.started", "run.command", "run.confirmed", "run.command", "run.confirmed", "run.finished"],
    )


def test_an_automation_that_fails_or_is_refused_is_a_problem_with_the_reason(line: Line, tmp_path: Path) -> None:
    line("rules", "--add", str(rules_file(tmp_path)))
    code, told = line("rules", "--run", "wet", "--wait", "0.2")
    assert (code, [one["code"] for one in told["problems"]]) == (1, ["rules.run_failed"])
    assert "run.failed" in [one["code"] for one in told["log"]]
    dry = {"type": "Holds", "selector": {"point": str(LEAK.points[0].id)}, "equals": 0.0}
    wait = {"type": "Wait", "for_ms": 3_600_000}
    rules = [{"id": "dry", "conditions": [dry]}, {"id": "long", "actions": [wait]}]
    (tmp_path / "more.json").write_text(json.dumps({"automations": rules}))
    line("rules", "--add", str(tmp_path / "more.json"))
    code, told = line("rules", "--run", "dry", "--wait", "0.2")
    assert (code, [one["code"] for one in told["log"]]) == (1, ["run.refused"])
    code, told = line("rules", "--run", "long", "--wait", "0.2")
    assert (code, [one["code"] for one in told["problems"]]) == (1, ["rules.run_unfinished"])


def unreadable(folder: Path) -> None:
    """A scene and a rule of a later version, beside one that can be read."""
    with Project.open(folder / "house.oikos") as project:
        project.change_definitions([
            DefinitionEdit(kind, "later", Definition("later", "Later", True, '{"targets": 3, "actions": 3}'))
            for kind in (DefinitionKind.SCENE, DefinitionKind.AUTOMATION)
        ])  # fmt: skip


def test_what_this_version_cannot_read_costs_only_itself(line: Line, tmp_path: Path) -> None:
    line("rules", "--add", str(rules_file(tmp_path)))
    unreadable(tmp_path)
    code, told = line("scene")
    assert (code, [(one["title"], one["points"]) for one in told["scenes"]]) == (0, [("Dim", 1), ("Later", None)])
    code, told = line("scene", "Later", "--dry-run")
    assert (code, [one["code"] for one in told["problems"]]) == (1, ["rules.unreadable"])
    code, told = line("rules", "--off", "later")
    assert (code, [one["on"] for one in told["rules"] if one["id"] == "later"]) == (0, [False, True])
    code, told = line("rules", "--on", "later")
    assert (code, [one["code"] for one in told["problems"]]) == (1, ["rules.unreadable"])
    assert line("rules", "--remove", "later")[0] == 0


WRONG = [
    "",
    "[1]",
    '{"automations": [{}]}',
    '{"nonsense": []}',
    '{"alarms": 3}',
    '{"automations": [{"id": 5}]}',
    '{"automations": [{"id": "a", "on": "no"}]}',
    '{"automations": [{"id": "a", "on": 1}]}',
    '{"automations": [{"id": "a", "title": null}]}',
    '{"automations": [{"id": "a", "title": 5}]}',
    '{"automations": [{"id": null}]}',
    '{"automations": ["id"]}',
    '{"automations": {"id": "a"}}',
    '{"automations": [{"id": "a", "most": NaN}]}',
    '{"automations": [{"id": "a\\ud800"}]}',
]


@pytest.mark.parametrize("text", WRONG)
def test_a_file_that_holds_no_definitions_is_one_problem_and_changes_nothing(
    line: Line, tmp_path: Path, text: str
) -> None:
    (tmp_path / "bad.json").write_text(text)
    code, told = line("rules", "--add", str(tmp_path / "bad.json"))
    assert (code, [one["code"] for one in told["problems"]]) == (1, ["rules.file"])
    assert line("rules")[1]["rules"] == []


def test_rules_that_read_what_is_not_there_are_named_as_conflicts(line: Line, tmp_path: Path) -> None:
    line("rules", "--add", str(rules_file(tmp_path)))
    assert line("rules", "--conflicts")[1]["conflicts"] == []
    line("remove", "Leak")
    assert [one["kind"] for one in line("rules", "--conflicts")[1]["conflicts"]] == ["orphan"]


def test_a_scene_says_what_it_would_set(line: Line, tmp_path: Path) -> None:
    line("rules", "--add", str(rules_file(tmp_path)))
    assert [one["title"] for one in line("scene")[1]["scenes"]] == ["Dim"]
    assert line("scene", "Dim", "--dry-run")[1]["would_set"] == [
        {"point": f"{LAMP.name} / {LAMP.points[0].title}", "verb": "on", "value": None}
    ]
    code, told = line("scene", "Bright")
    assert (code, told["problems"][0]["code"]) == (1, "unknown.scene")


def test_why_and_preview_answer_for_past_days_and_the_list_says_the_next_run(line: Line, tmp_path: Path) -> None:
    line("rules", "--add", str(rules_file(tmp_path)))
    code, told = line("rules", "--why", "wet", "--at", "-2h")
    assert (code, [one["code"] for one in told["why_not"]]) == (0, ["why.value_unknown"])
    code, told = line("rules", "--preview", "wet", "--days", "2")
    assert (code, told["starts"], told["happened"], told["readings"], told["conflicts"]) == (0, [], [], 0, [])
    assert line("rules", "--preview", "gone")[1]["problems"][0]["code"] == "unknown.rule"
    assert {"last_run", "next_run"} <= line("rules")[1]["rules"][0].keys()


def test_a_scene_is_shown_renamed_and_removed_and_undo_brings_it_back(line: Line, tmp_path: Path) -> None:
    scene = {"id": "dim", "title": "Dim", "targets": [{"selector": {"point": str(LAMP.points[0].id)}, "verb": "on"}]}
    (tmp_path / "rules.json").write_text(json.dumps({"scenes": [scene]}))
    assert line("rules", "--add", str(tmp_path / "rules.json"))[0] == 0
    assert [one["title"] for one in line("scene", "list")[1]["scenes"]] == ["Dim"]
    assert line("scene", "show", "Dim")[1]["would_set"] == [
        {"point": "Lamp / Power switch", "verb": "on", "value": None}
    ]
    assert line("scene", "Dim", "--dry-run")[1]["scene"] == "dim"
    assert [one["title"] for one in line("scene", "rename", "Dim", "Evening")[1]["scenes"]] == ["Evening"]
    assert line("scene", "remove", "Evening")[1]["scenes"] == []
    assert line("undo")[0] == 0
    (row,) = line("scene")[1]["scenes"]
    assert (row["title"], row["points"], row["active"], row["can_put_back"]) == ("Evening", 1, False, False)
    code, told = line("scene", "capture", "Now", "--room", "Attic")
    assert (code, [one["code"] for one in told["problems"]]) == (1, ["unknown.room"])


def test_metrics_of_alarms_are_printed_and_written_as_a_table(line: Line, tmp_path: Path) -> None:
    line("alarms", "--accept", "water")
    out = tmp_path / "figures.csv"
    code, told = line("alarms", "--metrics", "month", "--csv", str(out))
    assert (code, told["span"], told["figures"]["alarms"]["value"], told["log_begins"]) == (0, "month", 0.0, None)
    assert out.read_text(encoding="utf-8").startswith("figure,alarm,from,to,value,unit,verdict")
