"""Limits of one run of a template: steps, CPU time, length of text, size of containers.

Every operation of a template spends steps before it runs, in proportion to its operands; so a hostile template
stops after some milliseconds, and no single operation is large.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from twin.model.text import Text

MAX_STEPS = 20_000
MAX_CPU_S = 0.010
"""Most CPU seconds of the thread per run; waiting on a loaded machine does not count."""
MAX_TEXT = 65_536
MAX_ITEMS = 20_000
"""Most values in a container, all levels together."""
_CHECK_EVERY = 32


class BudgetError(Exception):
    """The run exceeds its limits."""


class TimeBudgetError(BudgetError):
    """The run exceeds its CPU time on this machine."""


class Budget:
    """Steps and CPU time left to one run. `missed` is true once an undefined variable was used."""

    __slots__ = ("_check_at", "_end_s", "_steps", "missed")

    def __init__(self, steps: int = MAX_STEPS, cpu_s: float = MAX_CPU_S) -> None:
        self._steps = steps
        self._check_at = steps - _CHECK_EVERY
        self._end_s = time.thread_time() + cpu_s
        self.missed = False

    def spend(self, steps: int) -> None:
        """Spends steps. Raises BudgetError where none are left, TimeBudgetError where the CPU time is used up."""
        self._steps -= steps
        if self._steps < 0:
            raise BudgetError(Text("template.steps"))
        if self._steps < self._check_at:
            self._check_at = self._steps - _CHECK_EVERY
            self.left_s()

    def left_s(self) -> float:
        """CPU seconds left. Raises TimeBudgetError where none are."""
        left = self._end_s - time.thread_time()
        if left <= 0:
            raise TimeBudgetError(Text("template.slow"))
        return left


_CURRENT: ContextVar[Budget] = ContextVar("template_budget")


@contextmanager
def budgeted(steps: int = MAX_STEPS) -> Generator[Budget]:
    """Context manager that sets a new budget for the run inside it."""
    budget = Budget(steps)
    token = _CURRENT.set(budget)
    try:
        yield budget
    finally:
        _CURRENT.reset(token)


def spend(steps: int = 1) -> None:
    """Spends steps of the current run; raises BudgetError."""
    _CURRENT.get().spend(steps)


def missed() -> None:
    """Notes that the current run used an undefined variable."""
    _CURRENT.get().missed = True


def left_s() -> float:
    """CPU seconds left to the current run; raises TimeBudgetError."""
    return _CURRENT.get().left_s()


def touch(value: object) -> None:
    """Spends the steps for reading the first level of a value."""
    if isinstance(value, str | bytes):
        spend(1 + (len(value) >> 6))
    elif isinstance(value, list | tuple | dict | set | frozenset):
        spend(1 + (len(value) >> 2))  # pyright: ignore[reportUnknownArgumentType]
    else:
        spend(1)


def weigh(value: object) -> None:
    """Spends the steps for a whole container, all levels. Raises BudgetError where it has more than MAX_ITEMS values."""
    stack: list[Any] = [value]
    seen = 0
    while stack:
        item = stack.pop()
        seen += 1
        if isinstance(item, str):
            seen += len(item) >> 8
        elif isinstance(item, dict):
            stack.extend(item.keys())  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
            stack.extend(item.values())  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        elif isinstance(item, list | tuple | set | frozenset):
            stack.extend(item)  # pyright: ignore[reportUnknownArgumentType]
        if seen + len(stack) > MAX_ITEMS:
            raise BudgetError(Text("template.grows_list"))
    spend(1 + (seen >> 3))


def bounded(value: Any) -> Any:  # noqa: ANN401 - whatever a template made
    """The value; raises BudgetError where it is too large. An iterator is wrapped and charged while it is read."""
    match value:
        case str() | bytes():
            if len(value) > MAX_TEXT:
                raise BudgetError(Text("template.grows_text"))
            spend(1 + (len(value) >> 6))
        case list() | tuple() | dict() | set() | frozenset():
            weigh(value)  # pyright: ignore[reportUnknownArgumentType]
        case int() if abs(value) > 1e30:
            raise BudgetError(Text("template.grows_number"))
        case Iterator():
            return each(value, 1)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            pass
    return cast("Any", value)


def each(values: Iterable[Any], weight: int) -> Iterator[Any]:
    """Yields the values, spending `weight` steps for each."""
    for value in values:
        spend(weight)
        yield value
