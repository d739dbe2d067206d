"""Age of a retained message (MQTT 3.1.1 section 3.3.1.3), from times in its payload."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

_NAMES = ("last_seen", "timestamp", "ts")
"""`last_seen`: Zigbee2MQTT, ISO 8601 or epoch in ms (its setting `advanced.last_seen`); the others are common."""
_FIRST_S, _FIRST_MS = 1e9, 1e12


def stated_time_ms(body: Any) -> int | None:  # noqa: ANN401 - whatever a payload held
    """Time stated in the payload, UTC ms; None where there is none or its time zone is unknown."""
    if not isinstance(body, dict):
        return None
    fields = cast("dict[str, object]", body)
    return next((moment for name in _NAMES if (moment := _moment(fields.get(name))) is not None), None)


def _moment(value: object) -> int | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if _FIRST_MS <= value < 1e14 else int(value * 1000) if _FIRST_S <= value < 1e11 else None
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return int(moment.timestamp() * 1000) if moment.tzinfo is not None else None
