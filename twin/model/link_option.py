"""Options of a link as a schema, with one validation for form, URL and command line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from twin.model.ids import clean_name
from twin.model.option_list import EXACTLY, runs_backwards
from twin.model.problem import Problem
from twin.model.text import Text


class OptionKind(StrEnum):
    """Type of an option's value, and of the form field for it."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    """`yes` or `no`."""
    CHOICE = "choice"
    FILE = "file"
    """Path of a file, which the engine reads whenever the link connects."""
    SECRET = "secret"  # noqa: S105 - the word for it, not one
    """A further password: the field of this name of the link's secret, with which it is kept; never with the link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOption:
    """One option of a link. All values are stored as text; an empty one means the default."""

    name: str
    """Name as typed: `--option name=value`, or in the query of a URL."""
    title: Text
    kind: OptionKind = OptionKind.TEXT
    default: str = ""
    choices: tuple[str, ...] = ()
    minimum: float = -math.inf
    maximum: float = math.inf
    pattern: str = ""
    """Regular expression that a text must match as a whole."""
    example: str = ""
    is_list: bool = False
    """Whether what is given for a link that is there adds to its value (`option_list.extended`); behind `=` it replaces it."""
    help: Text | None = None
    """One sentence that explains the option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSchema:
    """What a protocol takes from the user for a link, and what becomes of its devices when they are removed."""

    has_login: bool = False
    """Whether its peers may require a user, password, key or code."""
    options: tuple[LinkOption, ...] = ()
    removal: Text | None = None
    """What removing a device does at its peer, as a sentence; None where the peer does not notice."""
    has_button: bool = False
    """Whether its peers hand out their keys while a button on them is pressed."""


FLAGS = {"yes": "yes", "true": "yes", "on": "yes", "1": "yes", "no": "no", "false": "no", "off": "no", "0": "no"}
"""Accepted spellings of a flag, and the value stored for each."""
MAX_OPTION = 400


def option_value(option: LinkOption, typed: str) -> tuple[str, Text | None]:
    """The value to store and None, or an empty text and the reason why the typed value is invalid."""
    text = typed.strip()
    if not text:
        return "", None
    if len(text) > MAX_OPTION:
        return "", Text("link.option.long")
    match option.kind:
        case OptionKind.FLAG:
            kept = FLAGS.get(text.lower(), "")
            return kept, None if kept else Text("link.option.truth")
        case OptionKind.CHOICE:
            kept = next((choice for choice in option.choices if choice.lower() == text.lower()), "")
            return kept, None if kept else Text("link.option.choice", choices=option.choices)
        case OptionKind.NUMBER:
            return text, _number_fault(option, text)
        case OptionKind.TEXT | OptionKind.FILE | OptionKind.SECRET:
            plain = text.removeprefix(EXACTLY) if option.is_list else text
            fits = not option.pattern or re.fullmatch(option.pattern, plain)
            fits = fits and not (option.is_list and runs_backwards(plain))
            return text, None if fits else _list_fault(option, plain)


def checked_options(
    schema: Sequence[LinkOption], typed: Iterable[tuple[str, str]], where: str
) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
    """The valid options in the order of the schema, and a problem for each unknown or invalid one."""
    known = {option.name: option for option in schema}
    kept: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in typed:
        option = known.get(name)
        if option is None:
            problems.append(_unknown_option(name, known, where))
            continue
        if option.kind is OptionKind.SECRET:
            problems.append(secret_option(option, where))
            continue
        text, fault = option_value(option, value)
        if fault is not None:
            problems.append(_wrong_option(option, value, fault, where))
        elif text:
            kept[name] = text
    return tuple((name, kept[name]) for name in known if name in kept), tuple(problems)


def without_secrets(
    schema: Sequence[LinkOption], typed: Iterable[tuple[str, str]]
) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    """The options to be stored with the link, and the passwords among them by name, without empty ones."""
    names = {option.name for option in schema if option.kind is OptionKind.SECRET}
    pairs = tuple(typed)
    return tuple(pair for pair in pairs if pair[0] not in names), {n: text for n, text in pairs if n in names and text}


def secret_option(option: LinkOption, where: str) -> Problem:
    """Problem: a password stands where it would be seen and kept in plain."""
    return Problem(code="link.option.secret", args={"name": option.name}, where=where, remedy=option.help)


def option_values(schema: Sequence[LinkOption], kept: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Every option of the schema by name: the stored value, else the default."""
    values = {option.name: option.default for option in schema}
    lists = {option.name for option in schema if option.is_list}
    return values | {
        name: value.removeprefix(EXACTLY) if name in lists else value
        for name, value in kept
        if name in values and value
    }


def _list_fault(option: LinkOption, text: str) -> Text:
    """Why a text is not taken; of a list the part that is not."""
    parts = [part.strip() for part in text.split(",")] if option.is_list else []
    wrong = next((one for one in parts if not re.fullmatch(option.pattern, one) or runs_backwards(one)), "")
    if len(parts) > 1 and wrong:
        return Text("link.option.item", item=clean_name(wrong, 40), example=option.example)
    return Text("link.option.like", example=option.example)


def _number_fault(option: LinkOption, text: str) -> Text | None:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if option.minimum <= number <= option.maximum:
        return None
    if math.isinf(option.minimum) or math.isinf(option.maximum):
        return Text("link.option.number")
    return Text("link.option.range", low=option.minimum, high=option.maximum)


def _unknown_option(name: str, known: Mapping[str, LinkOption], where: str) -> Problem:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    remedy = Text("link.option.none")
    if known:
        remedy = (
            Text("link.option.near", near=near[0], known=list(known))
            if near
            else Text("link.option.known", known=list(known))
        )
    return Problem(
        code="link.option.unknown",
        args={"name": clean_name(name, 40)},
        where=where,
        remedy=remedy,
    )


def _wrong_option(option: LinkOption, value: str, fault: Text, where: str) -> Problem:
    return Problem(
        code="link.option.value",
        args={"name": option.name, "value": clean_name(value, 40), "why": fault},
        where=where,
        remedy=option.help,
    )
