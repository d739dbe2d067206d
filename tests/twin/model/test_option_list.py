"""Lists in the options of a link add up; a list behind = stands in place of the present one."""

from __future__ import annotations

import pytest

from twin.model.link_option import LinkOption, checked_options, option_values
from twin.model.option_list import added, extended
from twin.model.text import LIBRARY, Text

UNITS = LinkOption(name="units", title=Text(LIBRARY, text="Units"), pattern=r"\d+(-\d+)?(,\d+(-\d+)?)*", is_list=True)


@pytest.mark.parametrize(
    ("present", "given", "now"),
    [
        ("1", "2", "1,2"), ("1,2", "2,3", "1,2,3"), ("1-3", "2", "1-3"), ("1-3", "2-4", "1-3,2-4"), ("1,2,3", "1-3", "1,2,3"),
        ("1:sdm", "1", "1:sdm"), ("1", "1:sdm", "1,1:sdm"), ("1,1:sdm", "1:sdm", "1,1:sdm"), ("1:sdm", "1:umg", "1:sdm,1:umg"),
        ("1, 2", " 3", "1,2,3"), ("1,2", "=2", "2"), ("", "=2", "2"), ("", "2,1", "2,1"),
        ("no", "3", "3"), ("3", "no", "no"), ("1,3", "yes", "yes"),
    ],
)  # fmt: skip
def test_what_is_not_covered_is_added(present: str, given: str, now: str) -> None:
    assert extended(present, given) == now


def test_what_was_added_is_told_apart_from_what_was_replaced() -> None:
    assert added("1", "1,2,5-7") == "2,5-7"
    assert added("1, 2", "1,2,3") == "3"
    assert added("1,2", "2") == added("1", "12") == added("no", "3") == ""


def test_a_list_behind_a_further_equals_sign_is_a_value_and_a_backward_range_is_none() -> None:
    kept, problems = checked_options([UNITS], [("units", "=1,2")], "")
    assert problems == ()
    assert option_values([UNITS], kept) == {"units": "1,2"}
    assert [one.code for one in checked_options([UNITS], [("units", "9-1")], "")[1]] == ["link.option.value"]
    assert [one.code for one in checked_options([UNITS], [("units", "==1")], "")[1]] == ["link.option.value"]
