"""Text functions of templates: joining, formatting, patterns, JSON; all results are limited in length.

Meaning: Home Assistant documentation, "Templating", 2026.11.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import string
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import cast

import regex

from devices.protocols.mqtt.template_budget import MAX_TEXT, BudgetError, bounded, left_s, spend
from devices.protocols.mqtt.template_numbers import NO_DEFAULT, Json, otherwise, part
from twin.model.text import Text

_MAX_WIDTH = 99
_MAX_PATTERN = 512
_MAX_REPEATS = 1000
_REGEX_S = 0.005


def joined(*parts: Json) -> str:
    """Concatenates values as text: the `~` operator."""
    return bounded("".join(printed(part) for part in parts))


def printed(value: Json) -> str:
    """A value as the template prints it; raises BudgetError where it is too long."""
    return bounded(value if isinstance(value, str) else str(bounded(value)))


def join(values: Json, between: str = "", attribute: str | int | None = None) -> str:
    """Elements, or one attribute of each, as text with a separator. Raises BudgetError."""
    texts: list[str] = []
    length = 0
    for value in values:
        texts.append(printed(value if attribute is None else part(value, attribute)))
        length += len(texts[-1]) + len(between)
        if length > MAX_TEXT:
            raise BudgetError(Text("template.grows_text"))
    return str(between).join(texts)


def replace(value: Json, old: Json, new: Json, count: int = -1) -> str:
    """Every `old` replaced by `new`, at most `count` times. Raises BudgetError."""
    text, before, after = printed(value), printed(old), printed(new)
    if len(text) + (text.count(before) if before else len(text) + 1) * len(after) > MAX_TEXT:
        raise BudgetError(Text("template.grows_text"))
    return text.replace(before, after, count)


_PERCENT = regex.compile(r"%(?:\([A-Za-z]\w{0,63}\))?[-+ #0]{0,5}\d{0,2}(?:\.\d{0,2})?[diouxXeEfFgGcrs%]")
_WIDE_PERCENT = regex.compile(r"%[^a-zA-Z%]{0,80}(?:\d{3}|\*)")


def percent_format(text: str, arguments: Json) -> str:
    """printf-like formatting with widths of at most two digits. Raises BudgetError, or ValueError for an unknown
    format.
    """
    if _WIDE_PERCENT.search(text, timeout=left_s()):
        raise BudgetError(Text("template.grows_text"))
    if "%" in _PERCENT.sub("", text, timeout=left_s()):
        raise ValueError("this format is not known")
    _fits(
        text.count("%"), list(cast("dict[str, Json]", arguments).values()) if isinstance(arguments, dict) else arguments
    )
    return text % arguments


def _fits(times: int, arguments: Json) -> None:
    """Raises BudgetError where `times` fields, each with the longest of the arguments, make too long a text."""
    several = isinstance(arguments, list | tuple)
    some = cast("Sequence[Json]", arguments) if several else (arguments,)
    longest = max((len(printed(one)) for one in some), default=0)
    if times * longest > MAX_TEXT:
        raise BudgetError(Text("template.grows_text"))


def format_filter(text: Json, *arguments: Json, **named: Json) -> str:
    """printf-like formatting as a filter."""
    return percent_format(str(text), named or arguments)


_WIDE = regex.compile(r"\d{3}|[{}]")


def brace_format(text: str, *arguments: Json, **named: Json) -> str:
    """`str.format` with plain names and widths of at most two digits. Raises ValueError or BudgetError."""
    for _, name, spec, _ in string.Formatter().parse(text):
        if name is not None and not (name == "" or name.isidentifier() or name.isdigit()):
            raise ValueError("a format takes plain names")
        if spec and (_WIDE.search(spec) or len(spec) > _MAX_WIDTH):
            raise BudgetError(Text("template.grows_text"))
    _fits(text.count("{"), [*arguments, *named.values()])
    return text.format(*arguments, **named)


def padded(function: Callable[..., str]) -> Callable[..., str]:
    """Wraps a padding method of str; the wrapper raises BudgetError for widths above 99."""

    def pad(text: str, width: int, *fill: str) -> str:
        if width > _MAX_WIDTH:
            raise BudgetError(Text("template.grows_text"))
        return function(text, width, *fill)

    return pad


def slug(value: Json, separator: str = "_") -> str:
    """Lower case ASCII letters and digits; everything else becomes a separator."""
    text = "".join(ch if ch.isalnum() and ch.isascii() else " " for ch in str(value)[:1024].lower())
    return str(separator)[:1].join(text.split())


@lru_cache(maxsize=1024)
def _pattern(find: str, ignorecase: bool) -> regex.Pattern[str]:
    repeats = math.prod(
        int(most or least or 1) or 1 for least, most in regex.findall(r"\{(\d{0,9}),?(\d{0,9})\}", find)
    )
    if len(find) > _MAX_PATTERN or repeats > _MAX_REPEATS:
        raise BudgetError(Text("template.pattern_large"))
    return regex.compile(find, regex.IGNORECASE if ignorecase else 0)


def _searched(
    work: Callable[[regex.Pattern[str], str, float], Json], find: Json, value: Json, ignorecase: Json
) -> Json:
    spend(20)
    try:
        pattern = _pattern(str(find), bool(ignorecase))
        return work(pattern, printed(value), min(left_s(), _REGEX_S))
    except TimeoutError:
        raise BudgetError(Text("template.pattern_slow")) from None
    except regex.error:
        raise ValueError("not a pattern") from None


def regex_match(value: Json, find: Json = "", ignorecase: Json = False) -> bool:
    """Whether the pattern matches at the start of the value."""
    return _searched(lambda p, text, most: p.match(text, timeout=most) is not None, find, value, ignorecase)


def regex_search(value: Json, find: Json = "", ignorecase: Json = False) -> bool:
    """Whether the pattern matches anywhere in the value."""
    return _searched(lambda p, text, most: p.search(text, timeout=most) is not None, find, value, ignorecase)


def regex_replace(value: Json = "", find: Json = "", replace: Json = "", ignorecase: Json = False) -> str:
    r"""The text with every match replaced; groups as \1. Raises BudgetError."""

    new = printed(replace)

    def work(pattern: regex.Pattern[str], text: str, most_s: float) -> str:
        length = len(text)

        def one(match: regex.Match[str]) -> str:
            nonlocal length
            spend()
            groups = max((end - start for start, end in match.regs), default=0)
            length += len(new) + new.count("\\") * groups
            if length > MAX_TEXT:
                raise BudgetError(Text("template.grows_text"))
            return match.expand(new)

        return pattern.sub(one, text, timeout=most_s)

    return _searched(work, find, value, ignorecase)


def regex_findall(value: Json, find: Json = "", ignorecase: Json = False) -> list[Json]:
    """All matches: their text, or their group, or the tuple of their groups."""

    def work(pattern: regex.Pattern[str], text: str, most_s: float) -> list[Json]:
        found: list[Json] = []
        length = 0
        for match in pattern.finditer(text, timeout=most_s):
            spans = match.regs[1:] or match.regs
            spend(1 + len(spans))
            length += sum(end - start for start, end in spans)
            if length > MAX_TEXT:
                raise BudgetError(Text("template.grows_text"))
            groups = match.groups("")
            found.append(match[0] if not groups else groups[0] if len(groups) == 1 else groups)
        return found

    return _searched(work, find, value, ignorecase)


def regex_findall_index(value: Json, find: Json = "", index: int = 0, ignorecase: Json = False) -> Json:
    """The match at this index; raises IndexError."""
    return regex_findall(value, find, ignorecase)[index]


def from_json(value: Json, default: Json = NO_DEFAULT) -> Json:
    """The JSON value of a text, or the default; raises ValueError without one."""
    try:
        return json.loads(str(value)[:MAX_TEXT])
    except ValueError:
        return otherwise(default, "not JSON")


def to_json(value: Json, ensure_ascii: bool = False, pretty_print: bool = False, sort_keys: bool = False) -> str:
    """The value as JSON, compact unless `pretty_print`."""
    return json.dumps(
        bounded(value),
        ensure_ascii=bool(ensure_ascii),
        indent=2 if pretty_print else None,
        separators=None if pretty_print else (",", ":"),
        sort_keys=bool(sort_keys),
    )


def base64_decode(value: Json, encoding: str | None = "utf-8") -> str | bytes:
    """The decoded text, or bytes for any encoding other than utf-8, ascii and latin-1. Raises ValueError."""
    try:
        raw = base64.b64decode(str(value)[:MAX_TEXT])
    except binascii.Error:
        raise ValueError("not base 64") from None
    return raw.decode(encoding) if encoding in ("utf-8", "ascii", "latin-1") else raw
