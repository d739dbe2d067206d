"""Detects losses in a damaged IFC file that the parser does not report as errors: from its log and by counting lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from twin.building.limits import warn
from twin.model.problem import Problem, Severity

_DEFINED = re.compile(rb"(?:^|;)[ \t]*#(\d+)[ \t]*=", re.MULTILINE)
_WRONG_VALUES = re.compile(r"Expected \d+ attribute values, found \d+ for instance #(\d+)")
_SAME_ID = "Instance encountered with non-unique GlobalId"
_NAMED = 5


def losses(data: bytes, file: Any, log: str, where: str) -> list[Problem]:
    """Problems of a parsed file, from its text and the parser's log; empty where nothing was lost."""
    if not log:
        return []
    return [*_lines(data, file, where), *_values(log, where), *_ids(log, where)]


def lacking(count: int, where: str) -> list[Problem]:
    """A warning about `count` elements whose shape could not be built; empty for 0."""
    if not count:
        return []
    return [warn("ifc.shapeless", where, n=count)]


def plain(names: Sequence[str], where: str) -> list[Problem]:
    """A warning about elements that took the library too long or crashed it; empty where there are none."""
    if not names:
        return []
    return [warn("ifc.plain_bodies", where, detail=", ".join(name for name in names[:20] if name), n=len(names))]


def repeated(names: Sequence[str], where: str) -> list[Problem]:
    """A warning about elements whose shape repeats itself excessively; empty where there are none."""
    if not names:
        return []
    return [warn("ifc.repeated", where, detail=", ".join(name for name in names[:20] if name), n=len(names))]


def odd_ids(names: Sequence[str], where: str) -> list[Problem]:
    """A warning about elements whose GlobalId is missing or invalid; empty where there are none."""
    if not names:
        return []
    return [warn("ifc.odd_ids", where, detail=", ".join(name for name in names[:20] if name), n=len(names))]


def reasons(problems: list[Problem]) -> list[Problem]:
    """The problems that explain a refusal, raised to errors: a truncated file or lost lines."""
    return [
        replace(one, severity=Severity.ERROR) for one in problems if one.code in ("ifc.truncated", "ifc.lost_lines")
    ]


def _lines(data: bytes, file: Any, where: str) -> list[Problem]:
    defined = {int(number) for number in _DEFINED.findall(data)}
    lost = len(defined.difference(file.entity_names()))
    if not lost:
        return []
    return [warn("ifc.lost_lines", where, n=lost, all=len(defined))]


def _values(log: str, where: str) -> list[Problem]:
    wrong = dict.fromkeys(_WRONG_VALUES.findall(log))
    if not wrong:
        return []
    return [
        warn("ifc.swallowed", where, detail=", ".join(f"#{number}" for number in list(wrong)[:_NAMED]), n=len(wrong))
    ]


def _ids(log: str, where: str) -> list[Problem]:
    count = log.count(_SAME_ID)
    if not count:
        return []
    return [warn("ifc.same_ids", where, n=count)]
