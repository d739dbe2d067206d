"""`oikos notify` and `oikos work` on a project that no window has open."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.author import acting_for, author
from app.cli.framework.project_access import working
from tests.app.test_report_line import sheets_of, text_of
from tests.twin.store.worlds import LINK, building, device
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.rules.definition_body import definition_of, read_body
from twin.rules.work_order import WorkOrder, noted
from twin.store.project import Project

type Line = Callable[..., tuple[int, Any]]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    """Runs a verb on a house with --json: exit code and document."""
    path = tmp_path / "house.oikos"
    with Project.create(path) as project:
        project.set_building(building("Kitchen"))
        project.add_link(LINK)
        project.put_devices((device("lamp", "on_off", "temperature"),))
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "home"))

    def run(verb: str, *words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([verb, str(path), *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_channels_and_recipients_are_made_changed_and_removed_and_no_password_is_shown(
    line: Line, tmp_path: Path
) -> None:
    (tmp_path / "password.txt").write_text("very secret")
    code, told = line(
        "notify", "channel", "Mail", "--email", "mail.example.org:587", "--user", "oikos", "--from", "h@example.org",
        "--secret-from", str(tmp_path / "password.txt"),
    )  # fmt: skip
    (channel,) = told["channels"]
    assert (code, channel["title"], channel["kind"], channel["password"]) == (0, "Mail", "email", True)
    assert "very secret" not in json.dumps(told)
    code, told = line(
        "notify", "recipient", "Anna", "--by", "Mail=anna@example.org", "--priority", "2", "--class", "safety",
        "--place", "Kitchen", "--quiet", "22:00-07:00", "--after", "10m",
    )  # fmt: skip
    (anna,) = told["recipients"]
    assert (code, anna["by"], anna["priority"], anna["classes"], anna["quiet"], anna["after_s"]) == (
        0, [{"channel": "Mail", "to": "anna@example.org"}], 2, ["safety"], "22:00-07:00", 600,
    )  # fmt: skip
    told = line("notify", "recipient", "anna", "--quiet", "-", "--priority", "4")[1]
    assert [(one["quiet"], one["priority"], one["after_s"]) for one in told["recipients"]] == [("", 4, 600)]
    code, refused = line("notify", "test", "Pager")
    assert (code, refused["problems"][0]["code"]) == (1, "unknown.channel")
    code, refused = line("notify", "channel", "Mail", "--trust", "AA:AA")
    assert (code, refused["problems"][0]["code"]) == (1, "certificate.fingerprint")
    assert line("notify", "remove", "Anna")[1]["recipients"] == []
    assert line("notify", "log")[1]["log"] == []


def test_a_work_order_is_made_given_noted_and_closed_with_a_photo(line: Line, tmp_path: Path) -> None:
    code, told = line("work", "add", "Oil the hinge", "--to", "Vera", "--due", "2026-12-24", "--room", "Kitchen")
    assert (code, told["state"], told["assignee"], told["due"]) == (0, "open", "Vera", "2026-12-24")
    photo = Path(__file__).parents[2] / "assets" / "pictures" / "plan-light.png"
    code, told = line(
        "work", "note", "oil the hinge", "--text", "No oil left", "--state", "waiting", "--photo", str(photo)
    )
    assert (code, told["state"]) == (0, "waiting")
    (note,) = told["notes"]
    assert (note["text"], note["state"], len(note["photo"])) == ("No oil left", "waiting", 64)
    assert line("work", "show", "Oil the hinge", "--out", str(tmp_path / "one.pdf"))[0] == 0
    text = " ".join(text_of(tmp_path / "one.pdf").split())
    assert "Oil the hinge" in text
    assert "No oil left (photo)" in text
    assert "Signature" in text
    assert line("work", "list", "--out", str(tmp_path / "all.xlsx"))[0] == 0
    assert "Vera" in sheets_of(tmp_path / "all.xlsx")
    told = line("work", "set", "Oil the hinge", "--state", "done", "--due", "-")[1]
    assert (told["state"], told["due"], told["closed"] is not None) == ("done", "", True)
    assert line("work")[1]["work_orders"] == []
    assert [one["title"] for one in line("work", "--all")[1]["work_orders"]] == ["Oil the hinge"]
    assert line("undo")[0] == 0
    assert [one["state"] for one in line("work")[1]["work_orders"]] == ["waiting"]
    assert line("work", "remove", "Oil the hinge")[1]["work_orders"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [(("show", "Nothing"), "unknown.work_order"), (("add", "--alarm", "frost"), "unknown.alarm")],
)
def test_what_is_not_there_is_a_problem_in_words(line: Line, words: tuple[str, ...], code: str) -> None:
    ended, refused = line("work", *words)
    assert (ended, refused["problems"][0]["code"]) == (1, code)


def test_two_who_write_into_one_work_order_at_once_both_keep_their_notes(line: Line, tmp_path: Path) -> None:
    id = line("work", "add", "Oil the hinge")[1]["id"]
    with working(str(tmp_path / "house.oikos"), links=()) as engine:
        (definition,) = engine.twin.definitions.work_orders
        base = read_body(DefinitionKind.WORK_ORDER, definition)
        assert isinstance(base, WorkOrder)
        for name, text in (("Anna", "It is dry"), ("Bob", "b" * 9_000)):
            order = noted(base, engine.now_ms(), "", text=text)
            with acting_for(name):
                engine.change_work_orders(
                    [DefinitionEdit(DefinitionKind.WORK_ORDER, id, definition_of(order))]
                ).result()
    found = line("work", "show", "Oil the hinge")[1]
    assert [(one["who"], len(one["text"])) for one in found["notes"]] == [
        ("Anna", 9), ("Bob", 4_000), ("Bob", 4_000), ("Bob", 1_000),
    ]  # fmt: skip
    assert found["created_by"] == author()
