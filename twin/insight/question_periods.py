"""Times in questions: `yesterday`, `last 3 days`, `on Monday`, `2026-11-20`, 上周, 过去3小时; of the site's calendar."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

from twin.insight.calendar_span import midnight, span_at
from twin.insight.question import Period
from twin.insight.question_words import MONTHS, NUMERAL, without
from twin.insight.question_words import number_of as number
from twin.model.energy import EnergySpan
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHINESE_DAYS = "一二三四五六日"
_LENGTH_MS = {
    "minute": MINUTE_MS, "分钟": MINUTE_MS, "hour": HOUR_MS, "小时": HOUR_MS, "钟头": HOUR_MS,
    "day": DAY_MS, "天": DAY_MS, "日": DAY_MS, "week": 7 * DAY_MS, "周": 7 * DAY_MS, "星期": 7 * DAY_MS,
}  # fmt: skip
_MONTH = ("month", "月")

type Find = Callable[[re.Match[str], int, tzinfo], Period | None]


def wall_time(day: date, minutes: int, zone: tzinfo) -> int:
    """UTC ms of a clock's time on a local day, in minutes after midnight; from 1440 on of the next day."""
    at = datetime.combine(day, datetime.min.time(), zone) + timedelta(minutes=minutes)  # of the wall, not of the sun
    return round(at.timestamp() * 1000)


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


def _hours(days_back: int, from_hour: int, to_hour: int, code: str = "") -> Find:
    def found(_match: re.Match[str], now_ms: int, zone: tzinfo) -> Period:
        day = _today(now_ms, zone) - timedelta(days=days_back)
        name = Text(code) if code else _span_name(day, from_hour, to_hour)
        return Period(wall_time(day, from_hour * 60, zone), wall_time(day, to_hour * 60, zone), name)

    return found


def _span_name(day: date, from_hour: int, to_hour: int) -> Text:
    return Text("ask.hours_of_day", day=day.isoformat(), first=f"{from_hour}:00", last=f"{to_hour}:00")


def _last(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period | None:
    word, unit = match.group(1) or "1", match.group(2)
    count = number(word)
    if count is None:
        return None
    if unit.startswith(_MONTH):
        start = _months_before(_today(now_ms, zone), count)
        if start is None:
            return None
        from_ms = midnight(start, zone)
        return Period(from_ms, now_ms, Text("ask.last_days", n=round((now_ms - from_ms) / DAY_MS)))
    length = round(count * next(length for word, length in _LENGTH_MS.items() if unit.startswith(word)))
    if not 0 < length <= 366 * DAY_MS:
        return None
    return Period(now_ms - length, now_ms, _length_name(length))


def _length_name(length_ms: int) -> Text:
    if length_ms % HOUR_MS:
        return Text("ask.last_minutes", n=length_ms // MINUTE_MS)
    if length_ms >= 2 * DAY_MS and length_ms % DAY_MS == 0:
        return Text("ask.last_days", n=length_ms // DAY_MS)
    return Text("ask.last", n=length_ms // HOUR_MS)


def _months_before(day: date, count: float) -> date | None:
    if not 0 < count <= 12 or count != int(count):
        return None
    months = day.year * 12 + day.month - 1 - int(count)
    return date(months // 12, months % 12 + 1, min(day.day, monthrange(months // 12, months % 12 + 1)[1]))


def _ago(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period | None:
    """A moment so many minutes or hours ago, or the day so many days, weeks or months ago."""
    unit = match.group(2)
    count = number(match.group(1))
    if count is None:
        return None
    if unit.startswith(_MONTH):
        day = _months_before(_today(now_ms, zone), count)
        return None if day is None else _day(day, zone)
    length = next(length for word, length in _LENGTH_MS.items() if unit.startswith(word))
    if length < DAY_MS:
        return moment(now_ms - round(count * length), now_ms, zone)
    if count != int(count) or count * length > 3660 * DAY_MS:
        return None
    return _day(_today(now_ms, zone) - timedelta(days=int(count) * length // DAY_MS), zone)


def _weekday(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period:
    word = next(group for group in match.groups() if group)
    wanted = _WEEKDAYS.index(word) if word in _WEEKDAYS else _CHINESE_DAYS.index("日" if word == "天" else word)
    today = _today(now_ms, zone)
    return _day(today - timedelta(days=(today.weekday() - wanted) % 7 or 7), zone)


def _of_week(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period:
    """A day of this week or of the last one."""
    word = match.group(2)
    today = _today(now_ms, zone)
    monday = today - timedelta(days=today.weekday() + (7 if match.group(1).startswith("上") else 0))
    return _day(monday + timedelta(days=_CHINESE_DAYS.index("日" if word == "天" else word)), zone)


def _date(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period | None:
    return _named_date(match.group(1), match.group(2), match.group(3), now_ms, zone)


def _date_back(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period | None:
    return _named_date(match.group(3), match.group(2), match.group(1), now_ms, zone)


def _month_first(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period | None:
    return _named_date(match.group(3), match.group(1), match.group(2), now_ms, zone)


def _named_date(year: str | None, month: str, day: str, now_ms: int, zone: tzinfo) -> Period | None:
    today = _today(now_ms, zone)
    parts = (number(day), _month_number(month))
    if parts[0] is None or parts[1] is None:
        return None
    try:
        found = date(int(year) if year else today.year, int(parts[1]), int(parts[0]))
        if not year and found > today:
            found = found.replace(year=today.year - 1)
    except ValueError:
        return None
    return _day(found, zone) if 1970 <= found.year <= 9998 else None


def _month_number(word: str) -> float | None:
    return float(MONTHS[word[:3]]) if word[:3] in MONTHS else number(word)


def _month(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period | None:
    """A whole month: that of a year, else the one that began last."""
    first, second = match.group(1), match.group(2)
    word, year = (second, first) if first is None or first.isdigit() else (first, second)
    month, today = _month_number(word), _today(now_ms, zone)
    if month is None or not 1 <= month <= 12 or (year and not 1970 <= int(year) <= 9998):
        return None
    start = date(int(year) if year else today.year - (month > today.month), int(month), 1)
    end = (start + timedelta(days=31)).replace(day=1)
    return Period(midnight(start, zone), midnight(end, zone), Text("ask.day", day=f"{start:%Y-%m}"))


def _year(match: re.Match[str], now_ms: int, zone: tzinfo) -> Period | None:
    year = int(match.group(1))
    if not 1970 <= year <= 9998:
        return None
    return Period(
        midnight(date(year, 1, 1), zone), midnight(date(year + 1, 1, 1), zone), Text("ask.day", day=str(year))
    )


def _future(match: re.Match[str], _now_ms: int, _zone: tzinfo) -> Period:
    raise ProblemError(_is_future(match.group().strip()))


def _is_future(words: str) -> Problem:
    return Problem(code="ask.future", args={"time": words})


_COUNT = rf"\d{{1,4}}|{NUMERAL}|half(?: an?)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve"
_UNIT = r"minute|hour|day|week|month"
_CHINESE_UNIT = "分钟|小时|钟头|天|日|周|星期|月"
_MONTH_NAME = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"  # fmt: skip
_IN = r"(?:\b(?:over|within|in|during|for|on) )?(?:\bthe )?"
_TABLE: tuple[tuple[str, Find], ...] = (
    (r"\b(?:tomorrow|next (?:hour|day|week|month|year|\w+day))\b|明[天晚早年日]|后天|下个?(?:周|星期|月)[一二三四五六日天]?", _future),
    (r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", _date),
    (r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b", _date_back),
    (rf"(?:(\d{{4}})年)?(\d{{1,2}}|{NUMERAL})月(\d{{1,2}}|{NUMERAL})[日号]", _date),
    (rf"\b({_MONTH_NAME}) (\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?\b(?![:.]\d)", _month_first),
    (rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH_NAME})\b(?:,? (\d{{4}})\b)?", _date_back),
    (rf"\b(?:in|of|during|last) ({_MONTH_NAME})\b(?: (\d{{4}})\b)?", _month),
    (rf"(?:(\d{{4}})年)?(?<![\d个])(\d{{1,2}}|{NUMERAL})月份?(?!前|以前|之前|内)", _month),
    (r"\b(?:in|of|during) (\d{4})\b(?! ?(?:°|%|degrees?\b|ppm\b|k?w\b|lu?x\b))", _year),
    (r"(\d{4})年", _year),
    (rf"\b({_COUNT}) ({_UNIT})s? ago\b", _ago),
    (rf"(\d{{1,4}}|{NUMERAL}|半) ?个?({_CHINESE_UNIT})(?:以|之)?前", _ago),
    (r"\bday before yesterday\b|前天", _back(2, "ask.before_yesterday")),
    (r"\blast night\b|\byesterday night\b|昨晚|昨夜|昨[天日](?:晚上|夜里|夜间)", _hours(1, 18, 30, "ask.last_night")),
    (r"\bthis morning\b|今早|今天(?:早上|上午)", _hours(0, 6, 12, "ask.this_morning")),
    (r"\bthis afternoon\b|今天下午", _hours(0, 12, 18)),
    (r"\bthis evening\b|\btonight\b|今晚|今天晚上", _hours(0, 18, 24)),
    (r"\byesterday\b|昨天|昨日", _back(1, "ask.yesterday")),
    (r"\btoday\b|今天|今日", _back(0, "ask.today")),
    (r"(本|这|上)个?(?:周|星期|礼拜)([一二三四五六日天])", _of_week),
    (r"\bthis week\b|本周|这周|这个?星期", _calendar(EnergySpan.WEEK, False, "ask.this_week")),
    (r"\blast week\b|上个?周|上个?星期", _calendar(EnergySpan.WEEK, True, "ask.last_week")),
    (r"\bthis month\b|本月|这个月", _calendar(EnergySpan.MONTH, False, "ask.this_month")),
    (r"\blast month\b|上个?月", _calendar(EnergySpan.MONTH, True, "ask.last_month")),
    (r"\bthis year\b|今年", _calendar(EnergySpan.YEAR, False, "ask.this_year")),
    (r"\blast year\b|去年", _calendar(EnergySpan.YEAR, True, "ask.last_year")),
    (rf"{_IN}\b(?:last|past|previous) (?:({_COUNT}) )?({_UNIT})s?\b", _last),
    (rf"(?:过去|最近|近) ?(\d{{1,4}}|{NUMERAL}|半)? ?个?({_CHINESE_UNIT})内?", _last),
    (r"\b(?:on |last )?(monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b", _weekday),
    (r"(?:周|星期|礼拜)([一二三四五六日天])", _weekday),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern, re.ASCII), find) for pattern, find in _TABLE)

_CLOCK = re.compile(
    r"\b(?:at )?(?:(\d{1,2}):(\d{2}) ?(am|pm)?|(\d{1,2}) ?(am|pm|o'clock)|(?<=at )(\d{1,2})(?:\.(\d{2}))?)"
    r"(?![\w.,:]|\s?(?:°|%|degrees?\b|ppm\b|k?w\b|lu?x\b))"
    rf"|(凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜)?(\d{{1,2}}|{NUMERAL})(?:点钟?|时(?!候)|:)(半|一刻|三刻|\d{{1,2}})?分?",
    re.ASCII,
)
_QUARTERS = {"半": 30, "一刻": 15, "三刻": 45}
_PARTS: tuple[tuple[re.Pattern[str], int, int], ...] = (
    (re.compile(r"\bmorning\b|早上|早晨|上午"), 6, 12),
    (re.compile(r"\bafternoon\b|下午"), 12, 18),
    (re.compile(r"\b(?:evening|night)\b|晚上|傍晚"), 18, 24),
    (re.compile(r"凌晨"), 0, 6),
)
FOUND_BEFORE_MS = 6 * HOUR_MS
"""How long before a moment its values may have been reported."""


def moment(at_ms: int, now_ms: int, zone: tzinfo) -> Period:
    """A past moment, whose values are the last ones before it."""
    when = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    end_ms = min(at_ms + MINUTE_MS, now_ms)
    return Period(end_ms - FOUND_BEFORE_MS, end_ms, Text("ask.day", day=f"{when:%Y-%m-%d %H:%M}"), is_moment=True)


def taken_time(text: str, day: Period | None, now_ms: int, zone: tzinfo) -> tuple[Period | None, str]:
    """The moment (`at 3 pm`, 下午3点) or the part (`morning`, 下午) of the day that a text names, on the first day of a
    period or else, for a moment, the last one that has passed; and the text without it. The period itself where it names
    none. Raises ProblemError for the future."""
    match = _CLOCK.search(text)
    found = _clock(match) if match is not None else None
    if match is None or found is None or (day is not None and day.is_moment):
        return _part(text, day, now_ms, zone)
    minutes, is_exact = found
    at_ms = _at(minutes, is_exact, day, now_ms, zone)
    if at_ms is None:
        return day, text  # a time that is not in that night is left over, and refused
    if at_ms > now_ms:
        raise ProblemError(_is_future(match.group().strip()))
    return moment(at_ms, now_ms, zone), without(text, match)


def _clock(match: re.Match[str]) -> tuple[int, bool] | None:
    """Minutes after midnight, 1440 and more after the next one, and whether the half of the day is told; None for no time."""
    hours = number(match.group(1) or match.group(4) or match.group(6) or match.group(9))
    minute = match.group(2) or match.group(7) or match.group(10) or "0"
    minutes = _QUARTERS.get(minute) if minute in _QUARTERS else int(minute)
    half, part = match.group(3) or match.group(5) or "", match.group(8) or ""
    if hours is None or minutes is None or hours > 24 or minutes > 59 or hours != int(hours):
        return None
    hour = int(hours)
    if half == "pm" or part in ("下午", "傍晚") or (part == "中午" and hour < 6):
        hour += 12 if hour < 12 else 0
    elif (half == "am" or part == "凌晨") and hour == 12:
        hour = 0
    elif part in ("晚上", "夜里", "半夜"):
        hour += 12 if 5 <= hour <= 12 else 24 if hour < 5 else 0
    return hour * 60 + minutes, half in ("am", "pm") or bool(part) or hour > 12


def _at(minutes: int, is_exact: bool, day: Period | None, now_ms: int, zone: tzinfo) -> int | None:
    """UTC ms of a clock's time in a period."""
    first = _today(now_ms if day is None else day.from_ms, zone)
    if day is not None and day.name.code == "ask.last_night":
        tried = [minutes, minutes + 720, minutes + 1440] if not is_exact else [minutes, minutes + 1440]
        inside = [at for at in tried if 18 * 60 <= at < 30 * 60]
        if minutes // 60 == 12 and not is_exact:
            inside = [minutes + 720]  # midnight
        return wall_time(first, inside[0], zone) if inside else None
    at_ms = wall_time(first, minutes, zone)
    if day is None and at_ms > now_ms:
        at_ms = wall_time(first - timedelta(days=1), minutes, zone)
    return at_ms


def _part(text: str, day: Period | None, now_ms: int, zone: tzinfo) -> tuple[Period | None, str]:
    """The part of a single day that a text names."""
    if day is None or day.is_moment or day.from_ms != midnight(first := _today(day.from_ms, zone), zone):
        return day, text
    if day.to_ms > midnight(first + timedelta(days=1), zone):
        return day, text
    for pattern, from_hour, to_hour in _PARTS:
        if (match := pattern.search(text)) is None:
            continue
        start, end = wall_time(first, from_hour * 60, zone), wall_time(first, to_hour * 60, zone)
        if start >= now_ms:
            raise ProblemError(_is_future(match.group()))
        return Period(start, min(end, now_ms), _span_name(first, from_hour, to_hour)), without(text, match)
    return day, text


def taken_period(text: str, now_ms: int, zone: tzinfo) -> tuple[Period | None, str]:
    """The period that a text (lower case) names, cut off at `now_ms`, and the text without it; None for none. Raises
    ProblemError for the future."""
    for pattern, find in _PATTERNS:
        if (match := pattern.search(text)) is None or (period := find(match, now_ms, zone)) is None:
            continue
        if period.from_ms > now_ms:
            raise ProblemError(_is_future(match.group().strip()))
        rest = without(text, match)
        ended = max(period.from_ms, min(period.to_ms, now_ms))
        return Period(period.from_ms, ended, period.name, period.is_moment), rest
    return None, text
