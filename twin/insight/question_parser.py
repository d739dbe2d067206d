"""Understands a question in plain English or Chinese by tables of words and the names of the building: no model."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cache

from twin.insight import question_words as words
from twin.insight.question import Period, Question, Side, Subject
from twin.insight.question_leftovers import leftovers
from twin.insight.question_periods import DAY_MS, taken_period, taken_time
from twin.model.capability import CAPABILITIES, Capability, ValueType
from twin.model.comfort import COMFORT
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.problem import Problem, ProblemError
from twin.model.space import Storey
from twin.model.text import Text
from twin.model.twin import Twin

LONGEST = 300
"""Longest question in characters."""
_NUMBER = re.compile(rf"(?<![\d.,a-z])(-?\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|-?\d+(?:[.,]\d+)?|{words.NUMERAL}(?= ?[度%])) ?(°c|°f|°|degrees?(?: (?:celsius|fahrenheit))?|摄氏度|华氏度|度|%|percent|ppm|kw|w|lx|lux)?(?![a-z])")  # fmt: skip
_BETWEEN = re.compile(
    rf"\b(?:between|from) {_NUMBER.pattern} ?(?:and|to|-) ?{_NUMBER.pattern}|(?:在|介于|从)?{_NUMBER.pattern} ?[到至和与~-] ?{_NUMBER.pattern} ?(?:之间|之内)"
)
_AMBIGUOUS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
"""A thousand as written in one country and one as written in another."""
_ORDINAL = "|".join(word for word in words.ORDINALS if word.isascii())
_FLOOR = re.compile(
    rf"\b(?:floor|storey|level) (\d{{1,2}})\b|\b({_ORDINAL}) (?:floor|storey)\b|([一二两三四五六七八九十\d]{{1,2}})(?:楼|层)"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ROOM_NUMBER = re.compile(r"^\w*\d[\w.-]* +| +\w*\d[\w.-]*$")
"""The number of a room before or behind its name."""

_NO_SCALE = ("", "°", "degree", "degrees", "度")
"""Units of temperature that leave the scale open."""


@dataclass(slots=True)
class _Reader:
    """A question of which parts are taken one after the other."""

    text: str
    twin: Twin
    rooms: set[RoomId] = field(default_factory=set[RoomId])
    devices: set[DeviceId] = field(default_factory=set[DeviceId])
    storeys: set[StoreyId] = field(default_factory=set[StoreyId])
    names: list[str] = field(default_factory=list[str])
    """Names that were taken, folded."""
    in_fahrenheit: bool = False
    """Whether a temperature without a scale is meant in °F."""

    def take(self, pattern: str) -> re.Match[str] | None:
        """The first match of a pattern, which is cut out."""
        match = _compiled(pattern).search(self.text)
        if match is not None:
            self.text = words.without(self.text, match)
        return match

    def first[T](self, rows: words.Rows[T]) -> T | None:
        """The meaning of the first row that fits; the words are cut out."""
        return next((meaning for pattern, meaning in rows if self.take(pattern) is not None), None)

    def seen[T](self, rows: words.Rows[T]) -> T | None:
        """As `first`, without cutting anything out."""
        return next((meaning for pattern, meaning in rows if _compiled(pattern).search(self.text)), None)

    def take_places(self) -> None:
        """Names of rooms, storeys and devices, the longest first."""
        named = [(folded(one.name), one.id) for one in (*self.twin.storeys, *self.twin.rooms, *self.twin.devices)]
        named += _unnumbered(self.twin)
        found: set[str] = set()
        for name in sorted({name for name, _ in named if _is_nameable(name)}, key=len, reverse=True):
            edge = (r"(?<!\w)", r"(?!\w)") if name.isascii() else ("", "")
            if self.take(f"{edge[0]}{re.escape(name)}{edge[1]}") is not None:
                found |= {id for other, id in named if other == name}
                self.names.append(name)
        self.storeys |= {id for id in self.twin.storey_of if id in found}
        self.rooms |= {id for id in self.twin.room_of if id in found}
        self.devices |= {id for id in self.twin.device_of if id in found}
        self._take_floor()

    def _take_floor(self) -> None:
        for pattern, above in words.HEIGHTS:
            if (match := self.take(pattern)) is not None:
                ordered = sorted(self.twin.storeys, key=lambda one: one.elevation_m)
                over = [one for one in ordered if one.elevation_m > -1.0] or ordered
                chosen = {
                    "up": over[1:],
                    "ground": over[:1],
                    "top": ordered[-1:],
                    "cellar": [one for one in ordered if one not in over],
                }
                if not chosen[above]:
                    raise ProblemError(Problem(code="ask.no_storey", args={"storey": match.group()}))
                self.storeys |= {one.id for one in chosen[above]}
        match = _FLOOR.search(self.text)
        if match is None:
            return
        word = next(group for group in match.groups() if group)
        number = int(word) if word.isdigit() else words.ORDINALS.get(word, 0)
        found = _numbered(self.twin.storeys, number, chinese=bool(match.group(3)))
        if found is None:
            raise ProblemError(Problem(code="ask.no_storey", args={"storey": match.group()}))
        self.text = words.without(self.text, match)
        self.storeys.add(found.id)

    def take_negation(self) -> bool:
        """Whether the rest of the text denies something, once; the negation is cut out."""
        pattern = _compiled(words.NEGATION)
        if len(pattern.findall(self.text)) != 1:
            return False  # what is denied twice is left over, and refused
        return self.take(words.NEGATION) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)  # a Latin word may stand between Chinese characters


def folded(text: str) -> str:
    """The text in lower case with half-width characters and single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _is_nameable(name: str) -> bool:
    """Whether a name can stand for a thing: it is no plain word of the grammar, such as `light`."""
    if len(name) < (2 if _CHINESE.search(name) else 3) or name in words.FILLERS:
        return False
    return not any(_compiled(pattern).fullmatch(name) for pattern, _ in (*words.THINGS, *words.QUANTITIES))


def _unnumbered(twin: Twin) -> list[tuple[str, RoomId]]:
    """Rooms by their names without a number, where only one is called so: `server room` for `Server room 003`."""
    rooms = [(_ROOM_NUMBER.sub("", folded(room.name)), room) for room in twin.rooms]
    times = Counter(name for name, _ in rooms)
    return [(name, room.id) for name, room in rooms if times[name] == 1 and name != folded(room.name)]


def _numbered(storeys: Iterable[Storey], number: int, *, chinese: bool) -> Storey | None:
    """The storey that is called by a number, else the one so many above the ground: where the ground floor counts as the
    first in Chinese and where a storey is called ground floor it does not in English."""
    named = [one for one in storeys if re.search(rf"(?<!\d)0*{number}(?!\d)", one.name)]
    if len(named) == 1:
        return named[0]
    spoken = [word for word, value in words.ORDINALS.items() if value == number and len(word) > 3]
    if (found := next((one for one in storeys if any(word in folded(one.name) for word in spoken)), None)) is not None:
        return found
    above = sorted((one for one in storeys if one.elevation_m > -1.0), key=lambda one: one.elevation_m)
    has_ground = any("ground" in folded(one.name) for one in above)
    at = number if has_ground and not chinese else number - 1
    at = number - 1 if at == len(above) else at
    return above[at] if 0 <= at < len(above) else None


def parsed(
    text: str,
    twin: Twin,
    now_ms: int,
    zone: tzinfo,
    titles: Mapping[str, str] | None = None,
    *,
    in_fahrenheit: bool = False,
) -> Question:
    """What a question asks. `titles` are further names of capabilities (folded) and their ids; `in_fahrenheit`: whether a
    temperature without a scale is in °F. Raises ProblemError where it is not understood."""
    reader = _Reader(folded(text[:LONGEST]).rstrip("?？。.!！ "), twin, in_fahrenheit=in_fahrenheit)
    reader.take(words.ASKING)
    period, reader.text = taken_period(reader.text, now_ms, zone)
    period, reader.text = taken_time(reader.text, period, now_ms, zone)
    reader.take_places()
    counts = reader.take(words.COUNTS) is not None
    lasts = period is not None and not period.is_moment
    extreme = reader.seen(words.EXTREMES) if lasts else None
    found = _subject(reader, titles or {})
    if found is None:
        raise ProblemError(Problem(code="ask.not_understood", args={"text": text.strip()[:80]}))
    if found.subject is Subject.USE and period is None:
        period = Period(now_ms - DAY_MS, now_ms, Text("ask.last", n=24))
        lasts = True
    if found.subject is Subject.QUANTITY and found.side is None and found.statistic is None:
        found = replace(found, statistic=extreme)
    found = _denied(found, reader, lasts=lasts)
    left = leftovers(reader.text)
    refused = left.refused if found.subject in (Subject.QUANTITY, Subject.STATE) else left.refused + left.ignored
    if refused:
        raise ProblemError(Problem(code="ask.left_over", args={"words": list(refused[:6])}))
    return replace(
        found, period=period, counts=counts, ignored=left.ignored, rooms=frozenset(reader.rooms),
        devices=frozenset(reader.devices), storeys=frozenset(reader.storeys),
    )  # fmt: skip


def _denied(found: Question, reader: _Reader, *, lasts: bool) -> Question:
    """The question with its limit or state turned round where the text denies it. What is denied of a whole period, and
    what has no contrary, is left over."""
    is_limit = (
        found.subject is Subject.QUANTITY and found.limit is not None and found.upper is None and not found.is_assumed
    )
    is_state = found.subject in (Subject.STATE, Subject.PRESENCE) and found.value is not None
    if not (is_limit or is_state) or (lasts and found.subject is not Subject.PRESENCE) or not reader.take_negation():
        return found
    if found.value is not None:
        return replace(found, value=1.0 - found.value)
    side = Side.BELOW if found.side is Side.ABOVE else Side.ABOVE
    return replace(found, side=side, is_inclusive=not found.is_inclusive)


def _subject(reader: _Reader, titles: Mapping[str, str]) -> Question | None:
    """What the question is about, without places and time."""
    limited = _limit(reader)
    if (too := reader.first(words.TOO)) is not None:
        return _too(*too) if limited is None else _limited(too[0], limited)
    if limited is None and reader.take(words.ALARMS) is not None:
        return Question(subject=Subject.ALARMS)
    if limited is None and (value := reader.first(words.PRESENCE)) is not None:
        kinds = reader.first(words.THINGS)
        return Question(subject=Subject.PRESENCE, value=value, kinds=kinds[0] if kinds else frozenset())
    if (end := reader.first(words.ENDS)) is not None:
        return Question(subject=Subject.QUANTITY, capability=end[0], side=end[1])
    if (used := reader.first(words.USES)) is not None:
        reader.take(words.TOTAL)
        reader.take(words.MOST)
        return Question(subject=Subject.USE, capability=used) if limited is None else None
    capability = reader.first(words.QUANTITIES) or _titled(reader, titles)
    if limited is not None:
        return _limited(capability, limited)
    row = CAPABILITIES.get(capability or "")
    if row is None:
        return _state(reader)
    if row.is_counter:
        return Question(subject=Subject.USE, capability=row.id)
    if row.type in (ValueType.BOOL, ValueType.ENUM):
        value = reader.first(words.STATES)
        is_event = row.type is ValueType.BOOL and row.options[1:] not in (("on",), ("open",))
        return Question(subject=Subject.STATE, capability=row.id, value=1.0 if value is None and is_event else value)
    if row.type is not ValueType.NUMBER:
        return None
    return Question(subject=Subject.QUANTITY, capability=row.id, statistic=reader.first(words.STATISTICS))


@dataclass(frozen=True, slots=True)
class _Limit:
    side: Side
    is_inclusive: bool
    value: float
    implied: str | None
    """The capability that the words imply."""
    unit: str
    """Canonical unit of the number's own; empty for none."""
    is_fahrenheit: bool
    """Whether the number is in °F where it is a temperature."""
    upper: float | None = None
    """The other end of `between`."""

    def of(self, row: Capability) -> float:
        """The limit in the unit of a capability."""
        return self._in_unit(self.value, row)

    def upper_of(self, row: Capability) -> float | None:
        """The other end in the unit of a capability."""
        return None if self.upper is None else self._in_unit(self.upper, row)

    def _in_unit(self, value: float, row: Capability) -> float:
        return (value - 32) / 1.8 if self.is_fahrenheit and row.unit == "°C" else value


def _limited(capability: str | None, limit: _Limit) -> Question | None:
    """Values beyond a limit; None where their unit is another one or no capability is told."""
    row = CAPABILITIES.get(capability or limit.implied or _natural(limit) or "")
    if row is None or row.type is not ValueType.NUMBER or row.is_counter or (limit.unit and limit.unit != row.unit):
        return None
    return Question(
        subject=Subject.QUANTITY,
        capability=row.id,
        side=limit.side,
        limit=limit.of(row),
        upper=limit.upper_of(row),
        is_inclusive=limit.is_inclusive,
    )


def _natural(limit: _Limit) -> str | None:
    """The capability of a limit without a name; the answer shows which was taken."""
    if limit.unit == "%":
        return "humidity"
    found = (id for id, low, high in words.NATURAL if not limit.unit and low <= limit.of(CAPABILITIES[id]) <= high)
    return next(found, None)


def _too(capability: str, side: Side) -> Question:
    low, high = COMFORT[capability].good()
    limit = high if side is Side.ABOVE else low
    return Question(subject=Subject.QUANTITY, capability=capability, side=side, limit=limit, is_assumed=True)


def _limit(reader: _Reader) -> _Limit | None:
    """The comparison of a text; None without one."""
    if (both := _BETWEEN.search(reader.text)) is not None:
        return _between(reader, both)
    side = reader.seen(words.SIDES)
    number = _NUMBER.search(reader.text)
    if side is None or number is None:
        return None
    implied = reader.seen(words.IMPLIED)
    reader.first(words.SIDES)
    number = _NUMBER.search(reader.text) or number
    reader.text = words.without(reader.text, number)
    unit = number.group(2) or ""
    return _Limit(*side, _value(number.group(1), unit), implied, *_unit(reader, unit))


def _between(reader: _Reader, both: re.Match[str]) -> _Limit:
    """The two ends of a comparison, whichever is named first; a unit behind the second one is that of both."""
    implied = reader.seen(words.IMPLIED)
    reader.text = words.without(reader.text, both)
    first, unit, second, unit_of_both = both.groups()[:4] if both.group(1) else both.groups()[4:]
    unit = unit_of_both or unit or ""
    low, high = sorted(_value(one, unit) for one in (first, second))
    return _Limit(Side.ABOVE, True, low, implied, *_unit(reader, unit), upper=high)


def _value(written: str, unit: str) -> float:
    """A number as it is written, in W where its unit is kW. Raises ProblemError where it may be two."""
    if _AMBIGUOUS.fullmatch(written):
        raise ProblemError(Problem(code="ask.left_over", args={"words": [written]}))
    is_thousands = re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", written) is not None
    spoken = words.number_of(written) if words.is_numeral(written) else None
    value = float(written.replace(",", "" if is_thousands else ".")) if spoken is None else spoken
    return value * (1000.0 if unit == "kw" else 1.0)


def _unit(reader: _Reader, unit: str) -> tuple[str, bool]:
    """The canonical unit of a written one, and whether a temperature in it is in °F."""
    found = next((found for pattern, found in words.UNITS if unit and re.match(pattern, unit)), "")
    is_open = reader.in_fahrenheit and unit in _NO_SCALE
    return found, unit in ("°f", "华氏度") or "fahrenheit" in unit or is_open


def _titled(reader: _Reader, titles: Mapping[str, str]) -> str | None:
    """The capability whose title stands in the question, the longest first."""
    own = {folded(row.title): row.id for row in CAPABILITIES.values()} | dict(titles)
    for title in sorted(own, key=len, reverse=True):
        edge = r"\b" if title.isascii() else ""
        if (
            len(title) > 1
            and not any(_compiled(pattern).fullmatch(title) for pattern, _ in words.THINGS)
            and reader.take(f"{edge}{re.escape(title)}{edge}") is not None
        ):
            return own[title]
    return None


def _state(reader: _Reader) -> Question | None:
    """Devices in a state, or rooms that are occupied."""
    if (occupied := reader.first(words.OCCUPIED)) is not None:
        return Question(subject=Subject.STATE, capability="occupancy", value=occupied)
    if (locked := reader.first(words.LOCKED)) is not None:
        return _lock(reader, locked)
    thing = reader.first(words.THINGS)
    value = reader.first(words.STATES)
    if thing is None and not reader.devices:
        return None
    kinds, capability, named = thing or (frozenset[str](), "", "")
    if capability in ("water_leak", "smoke", "motion") and value is None and not reader.devices:
        value = 1.0
    return Question(subject=Subject.STATE, kinds=kinds, capability=capability, named=named, value=value)


def _lock(reader: _Reader, value: float) -> Question:
    """Locks, of the doors that are named."""
    reader.take(r"\bdoors?\b|\blocks?\b|门锁?|锁")
    if reader.devices:
        names = [
            name
            for name in reader.names
            if any(folded(reader.twin.device_of[id].name) == name for id in reader.devices)
        ]
        locks = [one for one in reader.twin.devices if any(point.info.capability == "lock" for point in one.points)]
        reader.devices = {one.id for one in locks if any(name in folded(one.name) for name in names)} or reader.devices
    return Question(subject=Subject.STATE, capability="lock", kinds=frozenset({"lock"}), value=value)
