"""What a command sets, by its verb, its value and the value before it."""

from __future__ import annotations

import math

from devices.contract import RefusedError
from twin.model.observation import Value
from twin.model.text import Text


def meaningless(verb: str, value: Value) -> RefusedError:
    """The refusal of a command that the point does not have."""
    return RefusedError(Text("reason.meaningless", verb=verb, value=str(value)))


def wanted_truth(verb: str, value: Value, before: Value) -> bool:
    """The state that a command sets. Raises RefusedError."""
    if verb == "toggle":
        if not isinstance(before, bool):
            raise RefusedError(Text("reason.nothing_to_toggle"))
        return not before
    wanted = {"on": True, "off": False}.get(verb, value)
    if not isinstance(wanted, bool):
        raise meaningless(verb, value)
    return wanted


def wanted_number(verb: str, value: Value, before: Value) -> float:
    """The number that a command sets; a step stays within 0 to 100 %. Raises RefusedError."""
    wanted = {"open": 100.0, "close": 0.0}.get(verb, value)
    if isinstance(wanted, bool) or not isinstance(wanted, int | float) or not math.isfinite(wanted):
        raise meaningless(verb, value)
    if verb != "step":
        return float(wanted)
    if isinstance(before, bool) or not isinstance(before, int | float):
        raise RefusedError(Text("reason.nothing_to_step"))
    return min(100.0, max(0.0, before + wanted))
