"""Options of a link: one schema, checked the same wherever they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.link_option import LinkOption, OptionKind, checked_options, option_value, option_values, without_secrets
from twin.model.text import LIBRARY, Text

SCHEMA = (
    LinkOption(
        name="units",
        title=Text(LIBRARY, text="Units"),
        pattern=r"\d+(,\d+)*",
        example="1,2",
        help=Text(LIBRARY, text="The unit ids"),
    ),
    LinkOption(name="period", title=Text(LIBRARY, text="Period"), kind=OptionKind.NUMBER, minimum=0.5, maximum=60.0),
    LinkOption(name="birth", title=Text(LIBRARY, text="Birth"), kind=OptionKind.FLAG, default="yes"),
    LinkOption(name="mode", title=Text(LIBRARY, text="Mode"), kind=OptionKind.CHOICE, choices=("Fast", "slow")),
)


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("units", " 1,2 ", "1,2"), ("period", "0.5", "0.5"), ("period", "1e1", "1e1"), ("birth", "True", "yes"), ("birth", "off", "no"),
        ("mode", "FAST", "Fast"), ("mode", "", ""), ("period", "  ", ""),
    ],
)  # fmt: skip
def test_what_fits_is_kept_as_it_is_meant(name: str, typed: str, kept: str) -> None:
    option = next(one for one in SCHEMA if one.name == name)
    assert option_value(option, typed) == (kept, None)


@pytest.mark.parametrize(
    ("name", "typed", "fault"),
    [
        ("units", "1;2", "link.option.like"), ("period", "0.4", "link.option.range"), ("period", "nan", "link.option.range"),
        ("period", "soon", "link.option.range"), ("birth", "maybe", "link.option.truth"), ("mode", "medium", "link.option.choice"),
        ("units", "1" * 401, "link.option.long"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_what_would(name: str, typed: str, fault: str) -> None:
    kept, problems = checked_options(SCHEMA, [(name, typed)], "modbus://host")
    assert kept == ()
    (problem,) = problems
    assert problem.code == "link.option.value"
    assert name in str(problem)
    assert fault in str(problem)
    assert problem.where == "modbus://host"


def test_an_option_that_there_is_not_is_named_with_the_one_that_was_meant() -> None:
    _, (problem,) = checked_options(SCHEMA, [("unit", "1")], "")
    assert problem.code == "link.option.unknown"
    assert "units" in str(problem.to_do)
    assert problem.to_do.code == "link.option.near"
    _, (problem,) = checked_options((), [("unit", "1")], "")
    assert problem.to_do.code == "link.option.none"


def test_options_are_kept_in_the_order_of_the_schema_and_the_later_of_two_holds() -> None:
    kept, problems = checked_options(SCHEMA, [("mode", "slow"), ("units", "1"), ("units", "2")], "")
    assert kept == (("units", "2"), ("mode", "slow"))
    assert problems == ()


@given(st.lists(st.tuples(st.sampled_from([*(one.name for one in SCHEMA), "x"]), st.text(max_size=30))))
def test_what_was_kept_is_kept_again_as_it_is(typed: list[tuple[str, str]]) -> None:
    kept, _ = checked_options(SCHEMA, typed, "")
    assert checked_options(SCHEMA, kept, "") == (kept, ())


def test_a_password_is_taken_apart_from_the_options_and_never_checked_as_one_or_told() -> None:
    schema = (*SCHEMA, LinkOption(name="word", title=Text("x"), kind=OptionKind.SECRET))
    typed = (("mode", "slow"), ("word", "s3cret"))
    assert without_secrets(schema, typed) == ((("mode", "slow"),), {"word": "s3cret"})
    kept, (problem,) = checked_options(schema, typed, "knx://host")
    assert kept == (("mode", "slow"),)
    assert problem.code == "link.option.secret"
    assert "s3cret" not in repr(problem)


def test_an_option_that_a_link_does_not_keep_has_the_default_of_its_schema() -> None:
    schema = (
        LinkOption(name="period", title=Text("x"), default="5"),
        LinkOption(name="profile", title=Text("x")),
    )
    assert option_values(schema, ()) == {"period": "5", "profile": ""}
    assert option_values(schema, (("period", "2"), ("profile", ""), ("other", "1"))) == {"period": "2", "profile": ""}
