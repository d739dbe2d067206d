"""Formats values, units, times and protocol names as text in the current language."""

from __future__ import annotations

import math
import re
from functools import cache
from textwrap import wrap

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime

from app.i18n import date_pattern, sentence, tr, translation
from app.i18n import format_age as format_age
from app.i18n.numbers import format_decimal
from app.view.i18n import temperature_unit
from app.view.site_clock import site_moment
from twin.model.capability import Capability, ValueType
from twin.model.device import Point
from twin.model.kind import KINDS
from twin.model.observation import Quality, Value
from twin.model.quantity import Quantity, from_canonical
from twin.model.text import Text

NOTHING = "–"
_FINGERPRINT_PART = 24
"""Characters of eight bytes with their colons."""
_FIELD = re.compile(r"'[^']*'|y+|[Ec]+|L+|.", re.DOTALL)
"""Fields of a CLDR date pattern, one per match."""


def display_unit(row: Capability) -> str:
    """The unit in which values of this capability are displayed."""
    if row.quantity is Quantity.TEMPERATURE and row.display_units:
        return temperature_unit()
    return row.display_units[0] if row.display_units else row.unit


def to_display(row: Capability, value: float) -> float:
    """Converts a canonical value to the display unit."""
    unit = display_unit(row)
    if not unit or unit == row.unit:
        return value
    shown = from_canonical(value, unit, row.quantity)
    return value if shown is None else shown


def from_display(row: Capability, shown: float) -> float:
    """Converts a displayed value to the canonical unit; the inverse of `to_display`."""
    zero, one = to_display(row, 0.0), to_display(row, 1.0)
    return shown if one == zero else (shown - zero) / (one - zero)


def display_decimals(row: Capability, value: float) -> int:
    """Number of decimals to display for a value in the display unit."""
    step = row.resolution or 0.1
    step = abs(to_display(row, step) - to_display(row, 0.0)) or step
    if row.quantity in (Quantity.TEMPERATURE, Quantity.RATIO):
        step = 0.1 if row.quantity is Quantity.TEMPERATURE else 1.0
    digits = max(0, min(3, math.ceil(-math.log10(step) - 1e-9)))
    return max(0, min(digits, 2 - (0 if abs(value) < 1 else int(math.log10(abs(value))))))


def format_number(row: Capability, value: float) -> str:
    """A canonical number formatted in the display unit, with the unit; a dash if it is not finite."""
    if not math.isfinite(value):
        return NOTHING
    unit, shown = display_unit(row), to_display(row, value)
    if unit == "W" and abs(shown) >= 10_000:
        unit, shown = "kW", shown / 1000
        return f"{format_decimal(shown, 1)} kW"
    text = format_decimal(shown, display_decimals(row, shown))
    return f"{text}{' ' if unit else ''}{unit}"


def format_value(point: Point, value: Value) -> str:
    """A point's value as text: `21.4 °C`, `On`, `Occupied`; a dash if there is none."""
    if value is None:
        return NOTHING
    row = point.capability
    match row.type:
        case ValueType.NUMBER:
            return format_number(row, float(value)) if isinstance(value, int | float) else NOTHING
        case ValueType.BOOL:
            options = point.options or ("no", "yes")
            return format_word(options[1 if value else 0])
        case ValueType.XY:
            return ", ".join(format_decimal(one, 3) for one in value) if isinstance(value, tuple) else NOTHING
        case ValueType.ENUM | ValueType.EVENT:
            return format_word(str(value))
        case ValueType.TEXT:
            return str(value)


def format_word(text: str) -> str:
    """A table word (`fan_only`, `occupied`) translated, with a capital first letter."""
    plain = translation(text) or text.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def format_reason(reason: Text | None) -> str:
    """A reason that stands alone, with a capital first letter; empty for None. Within other sentences it is a `sentence`."""
    said = sentence(reason)
    return said[:1].upper() + said[1:]


def format_date(when: QDateTime | QDate | QTime, *skeletons: str) -> str:
    """A date or time formatted by CLDR skeletons: `yMMMd` for the date, `Hm` for the time of day."""
    return QLocale().toString(when, _qt(date_pattern(*skeletons)))


def format_clock(when: QDateTime | QTime, *, seconds: bool = False) -> str:
    """The time of day as text: `14:05`."""
    return format_date(when, "Hms" if seconds else "Hm")


@cache
def _qt(pattern: str) -> str:
    """Converts a CLDR date pattern to Qt's syntax: years, weekdays and standalone months differ."""
    return "".join(map(_qt_field, _FIELD.findall(pattern)))


def _qt_field(field: str) -> str:
    match field[0]:
        case "y":
            return "yy" if len(field) == 2 else "yyyy"
        case "E" | "c":
            return "d" * min(4, max(3, len(field)))
        case "L":
            return "M" * len(field)
        case _:
            return field


def format_time(time_ms: int, *, seconds: bool = False) -> str:
    """A UTC time in ms as date and time on the clock of the site: `24 Nov 2026, 14:05`."""
    return format_date(site_moment(time_ms), "yMMMd", "Hms" if seconds else "Hm")


def format_short_time(time_ms: int, now_ms: int) -> str:
    """A UTC time in ms as date and time on the clock of the site, without the current year: `24 Nov, 14:05`."""
    then, now = site_moment(time_ms), site_moment(now_ms)
    if then.date().year() != now.date().year():
        return format_time(time_ms)
    return format_date(then, "MMMd", "Hm")


def format_staleness(quality: int, time_ms: int, now_ms: int) -> str:
    """Text beside a value that is stale or restored from memory; empty if the value is current."""
    if quality == Quality.UNCERTAIN:
        return tr("from memory")
    if quality >= Quality.STALE:
        return tr("last seen {ago}", ago=format_age(time_ms, now_ms)) if time_ms else tr("never seen")
    return ""


_PROTOCOLS = {
    "mqtt": "MQTT",
    "knx": "KNX",
    "dali": "DALI",
    "bacnet": "BACnet",
    "homekit": "HomeKit",
    "esphome": "ESPHome",
    "wled": "WLED",
    "upnp": "UPnP",
    "airplay": "AirPlay",
    "homewizard": "HomeWizard",
    "home_assistant": "Home Assistant",
    "zwave": "Z-Wave",
    "identify": "",
}


def format_protocol(text: str) -> str:
    """The display name of a protocol id; empty for what is only named."""
    return _PROTOCOLS.get(text, text[:1].upper() + text[1:])


def format_fingerprint(fingerprint: str) -> str:
    """A fingerprint in parts of eight bytes, between which a label may break."""
    return " ".join(wrap(fingerprint, _FINGERPRINT_PART))


def kind_title(kind: str) -> str:
    """Title of a kind of device; the kind itself where it is not in the table."""
    return tr(KINDS[kind].title, about="kind") if kind in KINDS else kind
