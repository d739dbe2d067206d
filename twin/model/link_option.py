"""Options of a link as a schema: what a protocol lets a person choose, checked in one way wherever it is typed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from twin.model.ids import clean_name
from twin.model.problem import Problem


class OptionKind(StrEnum):
    """How an option is typed, and which field a form has for it."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    """`yes` or `no`."""
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOption:
    """One option. All values are text, as they are kept with the link; an empty one means the default."""

    name: str
    """As it is typed: `--option name=value`, or in the query of a URL."""
    title: str
    kind: OptionKind = OptionKind.TEXT
    default: str = ""
    choices: tuple[str, ...] = ()
    minimum: float = -math.inf
    maximum: float = math.inf
    pattern: str = ""
    """A text must match this as a whole."""
    example: str = ""
    help: str = ""
    """A sentence of plain text: what it does."""


FLAGS = {"yes": "yes", "true": "yes", "on": "yes", "1": "yes", "no": "no", "false": "no", "off": "no", "0": "no"}
"""How a flag may be typed, and how it is kept."""
MAX_OPTION = 400


def option_value(option: LinkOption, typed: str) -> tuple[str, str]:
    """The value as it is kept, and why it is none (empty where it is one)."""
    text = typed.strip()
    if not text:
        return "", ""
    if len(text) > MAX_OPTION:
        return "", "it is too long"
    match option.kind:
        case OptionKind.FLAG:
            kept = FLAGS.get(text.lower(), "")
            return kept, "" if kept else "it takes yes or no"
        case OptionKind.CHOICE:
            kept = next((choice for choice in option.choices if choice.lower() == text.lower()), "")
            return kept, "" if kept else f"it takes one of {', '.join(option.choices)}"
        case OptionKind.NUMBER:
            return text, _number_fault(option, text)
        case OptionKind.TEXT:
            fits = not option.pattern or re.fullmatch(option.pattern, text)
            return text, "" if fits else f"write it like {option.example}"


def checked_options(
    schema: Sequence[LinkOption], typed: Iterable[tuple[str, str]], where: str
) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
    """The options as they are kept with a link, in the order of the schema, and a problem for each that is none."""
    known = {option.name: option for option in schema}
    kept: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in typed:
        option = known.get(name)
        if option is None:
            problems.append(_unknown_option(name, known, where))
            continue
        text, fault = option_value(option, value)
        if fault:
            problems.append(_wrong_option(option, value, fault, where))
        elif text:
            kept[name] = text
    return tuple((name, kept[name]) for name in known if name in kept), tuple(problems)


def _number_fault(option: LinkOption, text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if option.minimum <= number <= option.maximum:
        return ""
    if math.isinf(option.minimum) or math.isinf(option.maximum):
        return "it takes a number"
    return f"it takes a number from {option.minimum:g} to {option.maximum:g}"


def _unknown_option(name: str, known: Mapping[str, LinkOption], where: str) -> Problem:
    near = get_close_matches(name, known, n=1)
    options = ", ".join(known)
    return Problem(
        code="link.option.unknown",
        what=f"There is no option {clean_name(name, 40)}",
        where=where,
        remedy=(f"Did you mean {near[0]}? There are {options}" if near else f"There are {options}")
        if known
        else "Leave it out: this protocol has no options",
    )


def _wrong_option(option: LinkOption, value: str, fault: str, where: str) -> Problem:
    return Problem(
        code="link.option.value",
        what=f"The option {option.name} cannot be {clean_name(value, 40)}: {fault}",
        where=where,
        remedy=option.help or "Give another value, or leave it out",
    )
