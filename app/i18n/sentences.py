"""Converts data texts (code and arguments) into sentences of the current language."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import cache
from math import isnan
from string import Formatter
from typing import cast

from app.i18n.language import SOURCE, catalogue, current_language
from app.i18n.numbers import (
    format_decimal,
    format_degree_days,
    format_per_degree,
    format_significant,
    format_temperature,
    format_temperature_difference,
)  # fmt: skip
from twin.model.problem import Problem
from twin.model.text import Text, as_text, described

NOTHING = "–"
_LOG = logging.getLogger("oikos.app")
_ENDS = (".", "?", "!", "…", "。", "？", "！")
"""Marks that end a sentence."""


def sentence(text: Text | None) -> str:
    """The sentence of a text, empty for None. A text without a matching sentence is shown as code and arguments."""
    if text is None:
        return ""
    n = text.args.get("n")
    found = catalogue().find(text.code, n if isinstance(n, int | float) and not isinstance(n, bool) else None)
    if found is None:
        _LOG.debug("no sentence for %s", text.code)
        return described(text.code, text.args)
    try:
        return _FORMATTER.vformat(found, (), text.args)
    except (KeyError, ValueError, IndexError, TypeError, OverflowError, OSError) as error:
        _LOG.debug("the sentence of %s does not fit its arguments: %r", text.code, error)
        return described(text.code, text.args)


def translate(code: str, /, **args: object) -> str:
    """The sentence of a code with its arguments; `n` selects the plural form."""
    return sentence(Text(code, **args))


def what(problem: Problem) -> str:
    """The problem's description, without a full stop."""
    return sentence(problem.what)


def remedy(problem: Problem) -> str:
    """The problem's remedy, without a full stop."""
    return sentence(problem.to_do)


def in_full(problem: Problem) -> str:
    """The problem's description and remedy, in one line."""
    return sentence(Text("text.problem", what=problem.what, remedy=problem.to_do))


def with_stop(text: str) -> str:
    """The text with a full stop, in the language's punctuation; as it is where it ends a sentence already."""
    return text if text.endswith(_ENDS) else sentence(Text("text.stop", text=text))


def problem_json(problem: Problem) -> dict[str, object]:
    """The problem as `--json` prints it: sentences in the user's language, with codes and arguments."""
    return {
        "code": problem.code,
        "args": problem.args,
        "what": what(problem),
        "where": problem.where,
        "remedy": remedy(problem),
        "retry": problem.retry,
        "severity": problem.severity,
        "detail": problem.detail,
    }


def reason_json(reason: Text | None) -> dict[str, object]:
    """JSON of a reason for `--json`: `reason`, `code` and `args`; empty values for None."""
    return {
        "reason": sentence(reason),
        "code": reason.code if reason else "",
        "args": reason.args if reason else {},
    }


def translation(text: str, about: str = "") -> str:
    """The translation of an English text into the current language; empty for English and for texts without one. `about` is
    the gettext context of ambiguous words."""
    if current_language() == SOURCE:
        return ""
    return (catalogue().find(text, about=about) if about else None) or catalogue().find(text) or ""


def tr(text: str, n: int | None = None, *, about: str = "", **fields: object) -> str:
    """A text of the user interface, translated from English; `%n` becomes the number with its plural form.

    `{name}` becomes the field of that name; `about` is the gettext context of ambiguous words.
    """
    translated = text
    if n is not None:
        translated = (catalogue().find(text, n) or text).replace("%n", format_decimal(n))
    elif current_language() != SOURCE:
        translated = (catalogue().find(text, about=about) if about else None) or catalogue().find(text) or text
    return translated.format(**fields) if fields else translated


def tr_counted(one: str, many: str, n: int) -> str:
    """Like gettext's ngettext: the translation of an English text in its plural for `n`, without filling in anything."""
    return catalogue().find(one, n) or (one if n == 1 else many)


class _Sentence(Formatter):
    """Puts arguments into a sentence: texts in texts, lists, numbers as the locale writes them."""

    def format_field(self, value: object, format_spec: str) -> str:
        """One argument as text. The specification is empty, `d` (a number used as a name, such as a port), `.1f` or
        `.3g` (digits), `word` (a word of the program's tables, such as `occupied`), `kind` (the title of a kind of
        devices, also where a capability has the same), `time` (UTC ms, shown by the clock of `set_clock`), `duration` (ms), or, shown in the chosen
        unit of temperatures, `temperature` (°C), `temperature_difference` (K), `degree_days` (K·d), `per_degree` (an amount
        for each K).
        """
        if isinstance(value, list):
            between = catalogue().find("text.between") or ", "
            return between.join(self.format_field(one, format_spec) for one in cast("list[object]", value))
        if (inner := as_text(value)) is not None:
            return sentence(inner)
        if format_spec == "word":
            return translation(str(value)) or str(value).replace("_", " ")
        if format_spec == "kind":
            return tr(str(value), about="kind").replace("_", " ")
        if isinstance(value, float) and isnan(value):
            return NOTHING
        if format_spec in _QUANTITIES and isinstance(value, int | float):
            return _QUANTITIES[format_spec](value)
        if isinstance(value, int | float) and not isinstance(value, bool) and format_spec != "d":
            if format_spec.endswith("f"):
                return format_decimal(value, int(format_spec[1:-1]))
            return format_significant(value, int(format_spec[1:-1]) if format_spec else 6)
        return NOTHING if value is None else str(value)


_clock: list[Callable[[], tzinfo]] = []


def set_clock(zone: Callable[[], tzinfo] | None) -> None:
    """Sets the zone by which sentences tell times, asked for when it is first needed; None: that of this computer."""
    _clock[:] = [cache(zone)] if zone is not None else []


def _moment(time_ms: float) -> str:
    """A time as `YYYY-MM-DD hh:mm:ss`, which is readable in every language; without seconds where there are none."""
    at = datetime.fromtimestamp(time_ms / 1000, _clock[0]() if _clock else None)
    return at.strftime("%Y-%m-%d %H:%M:%S" if at.second else "%Y-%m-%d %H:%M")


def _duration(duration_ms: float) -> str:
    return f"{format_significant(duration_ms / 1000)} s"


_QUANTITIES = {
    "time": _moment, "duration": _duration, "temperature": format_temperature, "degree_days": format_degree_days,
    "temperature_difference": format_temperature_difference, "per_degree": format_per_degree,
}  # fmt: skip


def args_of(text: str) -> set[str]:
    """The names of the arguments that a sentence uses; ValueError if its braces do not match."""
    return {name for _, name, _, _ in _FORMATTER.parse(text) if name is not None}


_FORMATTER = _Sentence()
