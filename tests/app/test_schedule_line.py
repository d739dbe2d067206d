"""`oikos schedule` on a project that nobody has open: weeks, exceptions, holidays, calendar files, and what comes next."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.engine import clock
from tests.twin.store.worlds import LINK, building, device
from twin.store.project import Project

type Line = Callable[..., tuple[int, Any]]
LAMP = device("lamp", "on_off", "level")
MONDAY_NOON = int(datetime(2026, 11, 30, 11, tzinfo=UTC).timestamp() * 1000)
"""Noon in Berlin, where the house stands."""


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clock, "utc_ms", lambda: MONDAY_NOON)
    path = tmp_path / "house.oikos"
    with Project.create(path) as project:
        project.set_building(building("Kitchen"))
        project.add_link(LINK)
        project.put_devices((LAMP,))
    return path


@pytest.fixture
def line(house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    """Runs the verb on the house with --json: exit code and document."""
    monkeypatch.setenv("OIKOS_HOME", str(house.parent / "home"))

    def run(*words: str, verb: str = "schedule") -> tuple[int, Any]:
        capsys.readouterr()
        code = main([verb, str(house), *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def added(line: Line, *words: str) -> Any:
    code, told = line("add", "Office", "07:00=on", "18:00=off", *words)
    assert code == 0, told
    return told


def test_a_new_schedule_says_what_is_in_force_and_when_it_changes_next(line: Line) -> None:
    told = added(line, "--days", "mon-fri", "--control", "lamp/on_off")
    assert (told["title"], told["in_force"], told["value"]) == ("Office", "on", 1.0)
    assert (told["next"], told["next_value"]) == ("2026-11-30T17:00:00.000Z", 0.0)
    assert told["week"]["mon"] == [
        {"time": "00:00", "value": 0.0}, {"time": "07:00", "value": 1.0}, {"time": "18:00", "value": 0.0},
    ]  # fmt: skip
    assert told["week"]["sat"] == [{"time": "00:00", "value": 0.0}], "last night's value goes on"
    (row,) = line()[1]["schedules"]
    assert (row["title"], row["in_force"], row["next"]) == ("Office", "on", "2026-11-30T17:00:00.000Z")


def test_a_changed_evening_reaches_past_midnight_too(line: Line) -> None:
    line("add", "Warm", "07:00=21", "22:00=17")
    told = line("set", "Warm", "07:00=21", "23:00=15", "--days", "mon")[1]
    assert told["week"]["tue"] == [
        {"time": "00:00", "value": 15.0}, {"time": "07:00", "value": 21.0}, {"time": "22:00", "value": 17.0},
    ]  # fmt: skip
    assert told["week"]["mon"][0] == {"time": "00:00", "value": 17.0}


def test_each_edit_is_one_undo_step(line: Line) -> None:
    added(line)
    assert line("exception", "Office", "--holidays", "CN")[0] == 0
    assert line(verb="undo")[0] == 0
    assert line("show", "Office")[1]["exceptions"] == []
    code, told = line("exception", "Office", "--calendar", "holidays:CN", "--like", "sun")
    assert (code, told["problems"][0]["code"]) == (1, "unknown.calendar"), "undo took the calendar back, too"
    assert line("remove", "Office")[1]["schedules"] == []
    assert line(verb="undo")[0] == 0
    assert [one["title"] for one in line()[1]["schedules"]] == ["Office"]


def test_a_holiday_is_like_sunday_a_worked_weekend_like_monday_and_a_single_date_is_over_both(line: Line) -> None:
    line("add", "Office", "08:00=1", "18:00=0", "--days", "mon-fri")
    told = line("exception", "Office", "--holidays", "CN")[1]
    assert [(one["days"], one["like"]) for one in told["exceptions"]] == [
        ("holidays:CN", 6), ("holidays:CN worked", 0),
    ]  # fmt: skip
    told = line("exception", "Office", "10:00=1", "12:00=0", "--date", "2026-12-24..2026-12-26", "--title", "Party")[1]
    assert [(one["days"], one["priority"], one["title"]) for one in told["exceptions"]][2] == (
        "2026-12-24..2026-12-26", 8, "Party",
    )  # fmt: skip
    told = line("remove", "Office", "--number", "1")[1]
    assert [one["days"] for one in told["exceptions"]] == ["holidays:CN worked", "2026-12-24..2026-12-26"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("set", "Office", "25:00=on"), "schedule.entry"),
        (("set", "Office", "07:00=on", "07:00=off"), "schedule.entry"),
        (("set", "Office", "07:00=on", "--days", "noday"), "schedule.days"),
        (("set", "Office", "07:00=warm"), "value.wrong"),
        (("set", "Bureau", "07:00=on"), "unknown.schedule"),
        (("set", "Office", "--scenes", "Nowhere"), "unknown.scene"),
        (("exception", "Office", "--holidays", "XX"), "schedule.country"),
        (("exception", "Office", "07:00=on", "--date", "2026-02-30"), "schedule.date"),
        (("exception", "Office", "07:00=on", "--date", "2026-03-30..2026-03-01"), "schedule.date"),
        (("remove", "Office", "--number", "3"), "unknown.exception"),
        (("import", "no-such.ics"), "file.missing"),
    ],
)
def test_what_cannot_be_understood_is_one_problem_in_words_and_changes_nothing(
    line: Line, words: tuple[str, ...], code: str
) -> None:
    before = added(line, "--control", "lamp/on_off")
    status, told = line(*words)
    assert (status, [one["code"] for one in told["problems"]]) == (1, [code])
    assert line("show", "Office")[1]["week"] == before["week"]


def event(uid: str, *lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT", ""))


def calendar(folder: Path, body: str) -> str:
    file = folder / "closed.ics"
    file.write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n{body}END:VCALENDAR\r\n")
    return str(file)


def test_a_calendar_file_gives_days_off_or_times_at_which_a_value_holds(line: Line, tmp_path: Path) -> None:
    added(line, "--control", "lamp/on_off")
    body = event("1", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "SUMMARY:closed") + event(
        "2", "DTSTART:20261201T180000Z", "DURATION:PT2H", "SUMMARY:club"
    )
    file = calendar(tmp_path, body)
    assert line("import", file)[0] == 0
    told = line("exception", "Office", "--calendar", "closed", "--like", "sun")[1]
    assert [(one["days"], one["like"]) for one in told["exceptions"]] == [("file:closed", 6)]
    told = line("import", file, "--into", "Office", "--value", "on", "--title", "Club")[1]
    assert [(one["days"], one["times"]) for one in told["exceptions"] if one["title"] == "Club"] == [
        ("2026-12-01", [{"time": "19:00", "value": 1.0}, {"time": "21:00", "value": None}]),
        *[(str(date(2026, 12, 24) + timedelta(days=at)), [{"time": "00:00", "value": 1.0}]) for at in range(3)],
    ]
    again = line("import", file, "--into", "Office", "--value", "on", "--title", "Club")[1]
    assert again["exceptions"] == told["exceptions"], "imported again, it takes the place of the first"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (event("1", "DTSTART:20261201T000000Z", "RRULE:FREQ=SECONDLY"), "calendar.too_often"),
        (event("1", "DTSTART:20261201T000000Z", "DESCRIPTION:" + "x" * (1 << 20)), "calendar.large"),
        ("".join(event(str(at), "DTSTART:20261201T000000Z") for at in range(5_001)), "calendar.too_many"),
        ("BEGIN:VEVENT\r\nDTSTART:never\r\n", "calendar.broken"),
    ],
    ids=["secondly", "large", "many", "broken"],
)
def test_a_hostile_calendar_file_is_refused_in_words_and_changes_nothing(
    line: Line, tmp_path: Path, body: str, code: str
) -> None:
    added(line)
    status, told = line("import", calendar(tmp_path, body), "--into", "Office", "--value", "1")
    assert (status, [one["code"] for one in told["problems"]]) == (1, [code])
    assert line("show", "Office")[1]["exceptions"] == []


def test_a_schedule_sets_scenes_by_their_titles(line: Line, tmp_path: Path) -> None:
    targets = [{"selector": {"point": str(LAMP.points[0].id)}, "verb": "on"}]
    scenes = [{"id": id, "title": id.title(), "targets": targets} for id in ("day", "night")]
    (tmp_path / "rules.json").write_text(json.dumps({"scenes": scenes}))
    assert line("--add", str(tmp_path / "rules.json"), verb="rules")[0] == 0
    told = line("add", "Moods", "07:00=Day", "22:00=night", "--scenes", "Day", "Night")[1]
    assert (told["scenes"], told["in_force"], told["next_value"]) == (["day", "night"], "Day", 1.0)


def test_values_name_the_same_scenes_in_another_order_and_never_become_numbers_or_other_scenes(
    line: Line, tmp_path: Path
) -> None:
    scenes = [{"id": id, "title": id.title(), "targets": []} for id in ("day", "night", "away")]
    (tmp_path / "rules.json").write_text(json.dumps({"scenes": scenes}))
    assert line("--add", str(tmp_path / "rules.json"), verb="rules")[0] == 0
    line("add", "Moods", "07:00=Day", "22:00=night", "--scenes", "Day", "Night")
    told = line("set", "Moods", "--scenes", "Night", "Away", "Day")[1]
    assert (told["scenes"], told["in_force"], told["next_value"]) == (["night", "away", "day"], "Day", 0.0)
    line("add", "Warm", "07:00=21", "22:00=1")
    for words in (
        ("Moods", "--scenes", "Night", "Away"),
        ("Moods", "--control", "lamp/level"),
        ("Moods", "07:00=50", "--days", "mon", "--control", "lamp/level"),
        ("Warm", "--scenes", "Day", "Night"),
        ("Warm", "--control", "lamp/on_off"),
    ):
        before = line("show", words[0])[1]
        code, refused = line("set", *words)
        assert (code, [one["code"] for one in refused["problems"]]) == (1, ["schedule.value_lost"])
        assert line("show", words[0])[1] == before
    assert line("set", "Warm", "07:00=Day", "--scenes", "Day", "Night")[1]["in_force"] == "Day"


def test_a_schedule_of_a_later_version_is_listed_and_the_others_work(line: Line, house: Path) -> None:
    from twin.model.definition import Definition, DefinitionEdit, DefinitionKind

    added(line)
    later = Definition("later", "Later", enabled=True, body='{"id": "later", "week": "each other"}')
    with Project.open(house) as project:
        project.change_definitions([DefinitionEdit(DefinitionKind.SCHEDULE, "later", later)])
    rows = line()[1]["schedules"]
    assert [(one["title"], one["readable"]) for one in rows] == [("Office", True), ("Later", False)]
    code, told = line("show", "Later")
    assert (code, told["problems"][0]["code"]) == (1, "rules.unreadable")
