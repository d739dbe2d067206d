"""Time functions of templates. Local time is this computer's.

Meaning: Home Assistant documentation, "Templating", 2026.11. Without a default, a value that is no time is an error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import regex

from devices.protocols.mqtt.template_numbers import NO_DEFAULT, Json, number_of, otherwise

_MAX_FORMAT = 99


def utcnow() -> dt.datetime:
    """The current time in UTC."""
    # Templates ask the clock themselves (`now()`); nothing else in this package does.
    return dt.datetime.now(dt.UTC)  # noqa: TID251


def now() -> dt.datetime:
    """The current local time."""
    return utcnow().astimezone()


def today_at(clock: str = "") -> dt.datetime:
    """Today at this local time of day; midnight where none is given. Raises ValueError."""
    time = dt.time.fromisoformat(clock) if clock else dt.time()
    return dt.datetime.combine(now().date(), time).astimezone()


def _moment(value: Json) -> dt.datetime | None:
    """A time from a datetime, seconds since 1970, or text; a text without a zone gives a time without one. None
    otherwise.
    """
    if isinstance(value, dt.datetime):
        return value
    try:
        if (number := number_of(value)) is not None:
            return dt.datetime.fromtimestamp(number, dt.UTC)
        return dt.datetime.fromisoformat(str(value).strip()[:64]) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def as_datetime(value: Json, default: Json = NO_DEFAULT) -> Json:
    """A time from seconds since 1970 or ISO 8601 text, or the default; raises ValueError without one."""
    return _moment(value) or otherwise(default, "no time")


def as_timestamp(value: Json, default: Json = NO_DEFAULT) -> Json:
    """Seconds since 1970, or the default; raises ValueError without one. A time without a zone is local."""
    moment = _moment(value)
    return otherwise(default, "no time") if moment is None else moment.timestamp()


def as_local(value: Json) -> dt.datetime:
    """The same time in local time. Raises ValueError where it is no time."""
    return as_datetime(value).astimezone()


def as_timedelta(value: Json) -> dt.timedelta | None:
    """A duration from `1 day, 02:03:04`; None for any other text."""
    parts = _AS_TIMEDELTA.fullmatch(str(value).strip()[:64])
    if parts is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    return dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


_AS_TIMEDELTA = regex.compile(r"(?:(-?\d{1,6}) (?:days?,? ?))?(?:(\d{1,4}):)?(\d{1,4}):(\d{1,4}(?:\.\d{1,9})?)")


def timestamp_custom(
    value: Json, format: str = "%Y-%m-%d %H:%M:%S", local: Json = True, default: Json = NO_DEFAULT
) -> Json:
    """Seconds since 1970 as formatted text in local time or UTC, or the default; raises ValueError without one."""
    moment = None if number_of(value) is None else _moment(value)
    if moment is None:
        return otherwise(default, "no time")
    return strftime(moment.astimezone() if local else moment, format)


def timestamp_iso(*, local: bool) -> Callable[..., Json]:
    """Returns the filter that formats seconds since 1970 as ISO 8601."""

    def text(value: Json, default: Json = NO_DEFAULT) -> Json:
        moment = None if number_of(value) is None else _moment(value)
        if moment is None:
            return otherwise(default, "no time")
        return (moment.astimezone() if local else moment).isoformat()

    return text


def strftime(moment: dt.date | dt.time, format: str) -> str:
    """Formats a time. Raises ValueError for a format longer than 99 characters."""
    if len(format) > _MAX_FORMAT:
        raise ValueError("this format is too long")
    return moment.strftime(format)


def strptime(value: Json, format: str, default: Json = NO_DEFAULT) -> Json:
    """Parses a time by its format, or returns the default; raises ValueError without one."""
    try:
        return dt.datetime.strptime(str(value)[:64], str(format)[:64])  # noqa: DTZ007 - as the template says
    except ValueError:
        return otherwise(default, "no time")
