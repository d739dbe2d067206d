"""Values in the states of ESPHome's entities, and what a command sets."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum

from aioesphomeapi import EntityState

from devices.choice_names import ChoiceNames
from devices.wanted_value import meaningless
from twin.model.observation import Value

type ReadState = Callable[[EntityState], Value]


def own_state(state: EntityState) -> Value:
    """The state of an entity; None while it has none."""
    if getattr(state, "missing_state", False):
        return None
    return plain(getattr(state, "state", None))


def plain(raw: object) -> Value:
    """A state as a value; None where it is none."""
    if isinstance(raw, bool | str):
        return raw
    if isinstance(raw, int | float):
        return float(raw) if math.isfinite(raw) else None
    return None


def of_part(name: str, factor: float = 1.0, *, zero_if_off: bool = False) -> ReadState:
    """A part of a state, times `factor`; 0 while the entity is off where `zero_if_off`."""

    def read(state: EntityState) -> Value:
        is_off = zero_if_off and getattr(state, "state", None) is False
        value = 0.0 if is_off else plain(getattr(state, name, None))
        return value * factor if isinstance(value, float) else value

    return read


def of_word(name: str, words: dict[str, str] | None = None) -> ReadState:
    """The name of an enumeration's value, in lower case, or as `words` has it."""

    def read(state: EntityState) -> Value:
        raw = getattr(state, name, None)
        word = raw.name.lower() if isinstance(raw, Enum) else ""
        return (words.get(word) if words is not None else word) or None

    return read


def named(read: ReadState, choices: ChoiceNames) -> ReadState:
    """The name to show for the choice that is read."""

    def named(state: EntityState) -> Value:
        value = read(state)
        return choices.name_of(value) if isinstance(value, str) else value

    return named


def chosen(verb: str, value: Value) -> str:
    """The choice that a command sets. Raises RefusedError."""
    if verb != "set" or not isinstance(value, str):
        raise meaningless(verb, value)
    return value
