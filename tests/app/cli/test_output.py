"""Answers for people are aligned, and numbers are written as people read them."""

from __future__ import annotations

from app.cli.framework.output import columns, in_words, problem_lines
from app.i18n import in_full
from twin.model.problem import Problem
from twin.model.text import Text


def test_numbers_are_written_as_people_read_them() -> None:
    rows = ((3_294_000.0, 1), (21.456, None), ((0.4500038, 0.4099946), True))
    assert [line.split() for line in columns(rows)] == [["3294000", "1"], ["21.46", "-"], ["0.450", "0.410", "yes"]]


def test_a_truth_is_said_in_its_capabilitys_own_words() -> None:
    assert in_words({"capability": "on_off", "value": True}) == "on"
    assert in_words({"capability": "water_leak", "value": False}) == "dry"
    assert in_words({"capability": "temperature", "value": 21.5}) == 21.5
    assert in_words({"capability": "contact", "value": None}) is None


def test_options_of_the_command_line_are_named_on_the_command_line_alone() -> None:
    problem = Problem(code="link.login", args={"reason": Text("reason.login_refused")}, where="mqtts://hub")
    assert "--secret-from FILE" in problem_lines(problem)
    assert "--" not in in_full(problem)
