"""The table of settings and its file."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.settings import ROWS, SETTINGS, Settings, checked, describe
from tests.english import refused
from twin.files import atomic
from twin.model.problem import ProblemError


def test_every_setting_has_a_good_default_and_a_short_title() -> None:
    for row in ROWS:
        assert checked(row.name, row.default) == row.default
        assert 0 < len(row.sentence) <= 60
        assert not (row.on_page and row.sentence.endswith(".")), "the page shows labels, not documentation"
        assert describe(row)


def test_without_a_file_everything_is_at_its_default(tmp_path: Path) -> None:
    found = Settings.load(tmp_path)
    assert not found.problems
    assert all(found[row.name] == row.default for row in ROWS)


def test_what_was_set_is_there_at_the_next_start(tmp_path: Path) -> None:
    Settings.load(tmp_path).set("theme", "dark")
    assert Settings.load(tmp_path)["theme"] == "dark"


@given(text=st.text(max_size=80))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_survives_the_file(tmp_path: Path, text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return
    one = Settings.load(tmp_path)
    one.set("window_state", text)
    again = Settings.load(tmp_path)
    assert again["window_state"] == text
    assert not again.problems


@pytest.mark.parametrize(
    "line", ['theme = "pink"', "theme = 3", "command_deadline_s = 0.0", "readers = true", "colour = 1"]
)
def test_a_bad_line_is_a_problem_and_the_default_holds(tmp_path: Path, line: str) -> None:
    (tmp_path / "settings.toml").write_text(line + '\nlanguage = "en"\n', encoding="utf-8")
    found = Settings.load(tmp_path)
    assert len(found.problems) == 1
    assert found["language"] == "en"
    name = line.split()[0]
    assert name not in SETTINGS or found[name] == SETTINGS[name].default


def test_a_file_that_is_no_toml_is_one_problem(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("= =", encoding="utf-8")
    assert [problem.code for problem in Settings.load(tmp_path).problems] == ["settings.unreadable"]


def test_a_bad_value_is_refused_with_what_it_takes(tmp_path: Path) -> None:
    with refused("system, light, dark"):
        Settings.load(tmp_path).set("theme", "pink")


def test_a_demo_opens_again_where_nothing_else_was_opened_and_never_takes_the_place_of_an_own_project(
    tmp_path: Path,
) -> None:
    found = Settings.load(tmp_path)
    (tmp_path / "demo").mkdir()
    own, home, office = tmp_path / "own.oikos", tmp_path / "demo" / "home.oikos", tmp_path / "demo" / "office.oikos"
    for path in (own, home, office):
        path.touch()
    for demo in (home, office):
        found.opened(demo, demo=True)
        assert found.text("last_project") == str(demo)
    found.opened(own)
    found.opened(home, demo=True)
    assert found.text("last_project") == str(own)
    assert found["recent_projects"] == (str(own), str(home), str(office))
    own.unlink()
    found.opened(home, demo=True)
    assert found.text("last_project") == str(home)


def test_the_project_opened_last_comes_first_and_once(tmp_path: Path) -> None:
    found = Settings.load(tmp_path)
    for name in ("a", "b", "a"):
        found.opened(tmp_path / name)
    assert found["recent_projects"] == (str(tmp_path / "a"), str(tmp_path / "b"))
    assert Settings.load(tmp_path)["last_project"] == str(tmp_path / "a")


def test_two_programs_that_change_different_settings_both_keep_theirs(tmp_path: Path) -> None:
    engine, window = Settings.load(tmp_path), Settings.load(tmp_path)
    engine.set("keep_raw_days", 30)
    window.set("theme", "dark")
    engine.opened(tmp_path / "house.oikos")
    found = Settings.load(tmp_path)
    assert (found["keep_raw_days"], found["theme"]) == (30, "dark")
    assert found.text("last_project").endswith("house.oikos")


def test_what_is_changed_is_in_force_at_once_and_in_the_file_when_it_is_saved(tmp_path: Path) -> None:
    kept = Settings.load(tmp_path)
    assert kept.change("theme", "dark")
    assert kept["theme"] == "dark"
    assert Settings.load(tmp_path)["theme"] == "system"
    kept.save()
    assert not kept.change("theme", "dark")
    Settings.load(tmp_path).set("language", "en")
    kept.change("theme", "light")
    kept.save()
    again = Settings.load(tmp_path)
    assert (again["theme"], again["language"]) == ("light", "en")
    assert (kept["theme"], kept["language"]) == ("light", "en")


def test_what_could_not_be_saved_is_saved_with_the_next_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Settings.load(tmp_path)
    kept.change("theme", "dark")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "write", full)
        with pytest.raises(ProblemError):
            kept.save()
    assert kept["theme"] == "dark"
    kept.set("smooth", True)
    again = Settings.load(tmp_path)
    assert (again["theme"], again["smooth"]) == ("dark", True)


def test_what_could_not_be_saved_is_saved_when_it_is_chosen_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Settings.load(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "write", full)
        with pytest.raises(ProblemError):
            kept.set("theme", "dark")
    kept.set("theme", "dark")
    assert Settings.load(tmp_path)["theme"] == "dark"
