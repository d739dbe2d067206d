"""Times in questions: `yesterday`, `last 3 days`, `on Monday`, `2026-11-20`, 上周, 过去3小时; of the site's calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

from twin.insight.calendar_span import midnight, span_at
from twin.insight.question import Period
from twin.model.energy import EnergySpan
from twin.model.text import Text

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHINESE_DAYS = "一二三四五六日"
_LENGTH_MS = {"hour": HOUR_MS, "小时": HOUR_MS, "day": DAY_MS, "天": DAY_MS, "日": DAY_MS, "week": 7 * DAY_MS, "周": 7 * DAY_MS, "星期": 7 * DAY_MS}  # fmt: skip

type Find = Callable[[re.Match[str], int, tzinfo], Period | None]


def _today(now_ms: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).date()


def _day(day: date, zone: tzinfo, name: Text | None = None) -> Period:
    named = name or Text("ask.day", day=day.isoformat())
    return Period(midnight(day, zone), midnight(day + timedelta(days=1), zone), named)


def _back(days: int, code: str) -> Find:
    return lambda _, now_ms, zone: _day(_today(now_ms, zone) - timedelta(days=days), zone, Text(code))


def _calendar(span: EnergySpan, before: bool, code: str) -> Find:
    def found(_match: re.Match[str], now_ms: int, zone: tzinfo) -> Period:
        period = span_at(span, now_ms, zone)
        if before:
            return Period(period.before_ms, period.from_ms, Text(code))
        return Period(period.from_ms, period.to_ms, Text(code))

    return found


def _hours(days_back: int, from_hour: int, to_hour: int, code: str) -> Find:
    def found(_match: re.Match[str], now_ms: int, zone: tzinfo) -> Period:
        start = midnight(_today(now_ms, zone) - timedelta(days=days_back), zone)
        return Period(start + from_hour * HOUR_MS, start + to_hour * HOUR_MS, Text(code))

    return found


def _last(match: re.Match[str], now_ms: int, _zone: tzinfo) -> Period | None:
    groups = [group for group in match.groups() if group]
    number = int(groups[0]) if groups[0].isdigit() else 1
    length = next(length for word, length in _LENGTH_MS.items() if groups[-1].startswith(word))
    if not 0 < number * length <= 366 * DAY_MS:
        return None
    return Period(now_ms - number * length, now_ms, Text("ask.last", n=number * length // HOUR_MS))


def _weekday(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period:
    word = next(group for group in match.groups() if group)
    wanted = _WEEKDAYS.index(word) if word in _WEEKDAYS else _CHINESE_DAYS.index("日" if word == "天" else word)
    today = _today(now_ms, zone)
    return _day(today - timedelta(days=(today.weekday() - wanted) % 7 or 7), zone)


def _date(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period | None:
    year, month, day = (int(group) if group else 0 for group in match.groups())
    today = _today(now_ms, zone)
    try:
        found = date(year or today.year, month, day)
        if not year and found > today:
            found = found.replace(year=today.year - 1)
    except ValueError:
        return None
    return _day(found, zone) if 1970 <= found.year <= today.year + 1 else None


_TABLE: tuple[tuple[str, Find], ...] = (
    (r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", _date),
    (r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]", _date),
    (r"\bday before yesterday\b|前天", _back(2, "ask.before_yesterday")),
    (r"\blast night\b|昨晚|昨夜", _hours(1, 18, 30, "ask.last_night")),
    (r"\bthis morning\b|今早|今天早上|今天上午", _hours(0, 6, 12, "ask.this_morning")),
    (r"\byesterday\b|昨天|昨日", _back(1, "ask.yesterday")),
    (r"\btoday\b|今天|今日", _back(0, "ask.today")),
    (r"\bthis week\b|本周|这周|这个?星期", _calendar(EnergySpan.WEEK, False, "ask.this_week")),
    (r"\blast week\b|上个?周(?![一二三四五六日天])|上个?星期(?![一二三四五六日天])", _calendar(EnergySpan.WEEK, True, "ask.last_week")),
    (r"\bthis month\b|本月|这个月", _calendar(EnergySpan.MONTH, False, "ask.this_month")),
    (r"\blast month\b|上个?月", _calendar(EnergySpan.MONTH, True, "ask.last_month")),
    (r"\bthis year\b|今年", _calendar(EnergySpan.YEAR, False, "ask.this_year")),
    (r"\blast year\b|去年", _calendar(EnergySpan.YEAR, True, "ask.last_year")),
    (r"\b(?:last|past|previous) (\d{1,4})? ?(hour|day|week)s?\b", _last),
    (r"(?:过去|最近|近)(\d{1,4})?个?(小时|天|日|周|星期)", _last),
    (r"\b(?:on |last )?(monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b", _weekday),
    (r"上?(?:周|星期)([一二三四五六日天])", _weekday),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern, re.ASCII), find) for pattern, find in _TABLE)


_CLOCK = re.compile(
    r"\bat (\d{1,2})(?:[:.](\d{2}))? ?(am|pm|o'clock)?(?!\w)|(上午|下午|晚上|早上|中午)?(\d{1,2})(?:点|时|:)(半|\d{1,2})?分?"
)
FOUND_BEFORE_MS = 6 * HOUR_MS
"""How long before a moment its values may have been reported."""


def taken_time(text: str, day: Period | None, now_ms: int, zone: tzinfo) -> tuple[Period | None, str]:
    """The moment of the day that a text names (`at 3 pm`, 下午3点), on the first day of a period or else the last one that
    has passed, and the text without it; the period itself where it names none."""
    match = _CLOCK.search(text)
    if match is None:
        return day, text
    hour, minute = int(match.group(1) or match.group(5)), match.group(2) or match.group(6) or "0"
    minutes = 30 if minute == "半" else int(minute)
    late = match.group(3) == "pm" or match.group(4) in ("下午", "晚上")
    hour = hour + 12 if late and hour < 12 else 0 if match.group(3) == "am" and hour == 12 else hour
    if hour > 23 or minutes > 59:
        return day, text
    start = midnight(_today(now_ms if day is None else day.from_ms, zone), zone)
    at_ms = start + hour * HOUR_MS + minutes * 60_000
    if at_ms > now_ms and day is None:
        at_ms -= DAY_MS
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    when = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    named = Text("ask.day", day=f"{when:%Y-%m-%d %H:%M}")
    end_ms = min(at_ms + 60_000, now_ms)
    return Period(end_ms - FOUND_BEFORE_MS, end_ms, named, is_moment=True), rest


def taken_period(text: str, now_ms: int, zone: tzinfo) -> tuple[Period | None, str]:
    """The period that a text (lower case) names, cut off at `now_ms`, and the text without it; None for none."""
    for pattern, find in _PATTERNS:
        if (match := pattern.search(text)) is None or (period := find(match, now_ms, zone)) is None:
            continue
        rest = f"{text[: match.start()]} {text[match.end() :]}"
        return Period(period.from_ms, max(period.from_ms, min(period.to_ms, now_ms)), period.name), rest
    return None, text
