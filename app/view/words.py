"""Everything that the window says: translated texts, plurals, values with units, how long ago.

The texts live in `assets/translations/oikos_<language>.ts` (Qt's own format, so Qt Linguist edits them) and are read
as they are: nothing has to be compiled, and a test holds the table complete.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from defusedxml import ElementTree
from PySide6.QtCore import QCoreApplication, QDateTime, QLibraryInfo, QLocale, QTranslator

from twin.model.capability import Capability, ValueType
from twin.model.device import Point
from twin.model.observation import Quality, Value
from twin.model.plural import pattern
from twin.model.quantity import Quantity, from_canonical

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "translations"
LANGUAGES = {"en": "English", "zh_CN": "中文"}
NOTHING = "–"
MAX_TOLD = 400
_TOLD = "told"
"""Qt's comment on texts that come from outside of the window: problems, labels of edits, stages."""


@dataclass(slots=True)
class _Tongue:
    """The language in force; one per process, like Qt's own translators."""

    language: str = "en"
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    temperature_unit: str = "°C"
    patterns: list[tuple[re.Pattern[str], str]] = field(default_factory=list[tuple[re.Pattern[str], str]])
    qt: list[QTranslator] = field(default_factory=list[QTranslator])


_tongue = _Tongue()


def read(language: str) -> dict[str, tuple[str, ...]]:
    """Source text → translation (one form, or a form per plural) of one .ts file; unfinished ones are left out."""
    root = ElementTree.parse(FOLDER / f"oikos_{language}.ts").getroot()
    found: dict[str, tuple[str, ...]] = {}
    for message in root.iter("message") if root is not None else ():
        source, translation = message.findtext("source", ""), message.find("translation")
        if translation is None or translation.get("type") == "unfinished":
            continue
        forms = tuple(form.text or "" for form in translation.findall("numerusform")) or (translation.text or "",)
        if all(forms):
            about = message.findtext("comment", "")
            found[f"{source}|{about}" if about else source] = forms
    return found


def speak(language: str, temperature_unit: str = "") -> None:
    """Changes the language at once; Qt tells every widget with LanguageChange. `system` asks the system."""
    if language == "system":
        language = "zh_CN" if QLocale.system().language() == QLocale.Language.Chinese else "en"
    language = language if language in LANGUAGES else "en"
    if temperature_unit:
        _tongue.temperature_unit = temperature_unit
    _tongue.language, _tongue.texts = language, read(language)
    _tongue.patterns = _patterns(_tongue.texts)
    QLocale.setDefault(QLocale(language if language != "en" else "en_GB"))
    for old in _tongue.qt:
        QCoreApplication.removeTranslator(old)
    _tongue.qt.clear()
    translator = QTranslator()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(f"qtbase_{language}", folder):
        QCoreApplication.installTranslator(translator)
        _tongue.qt.append(translator)


def language() -> str:
    """The language in force: `en` or `zh_CN`."""
    return _tongue.language


def temperature_unit() -> str:
    """The unit in which temperatures are displayed: `°C` or `°F`."""
    return _tongue.temperature_unit


def translation(text: str) -> str:
    """The translation of `text` into the current language; empty where the catalogue has none."""
    return _tongue.texts.get(text, ("",))[0]


def tr(text: str, n: int | None = None, *, about: str = "", **fields: object) -> str:
    """The text in the user's language; `%n` becomes the number in its plural, `{name}` the fields.

    `about` tells apart two meanings of one English word (Qt's disambiguation comment).
    """
    forms = _tongue.texts.get(f"{text}|{about}") or _tongue.texts.get(text, (text,))
    said = forms[0]
    if n is not None:
        said = forms[0 if n == 1 or len(forms) == 1 else 1].replace("%n", QLocale().toString(n))
    return said.format(**fields) if fields else said


def told(text: str) -> str:
    """A sentence of the engine in the user's language; as it is where nobody has translated it.

    Names and numbers inside it are found by the translated pattern (`Import {0}`) and put into its translation. What is
    said of one thing and of many is one pattern (`Put {0} [device|devices] in`), as `twin.model.plural` makes them.
    """
    if (forms := _tongue.texts.get(f"{text}|{_TOLD}") or _tongue.texts.get(text)) is not None:
        return forms[0]
    for known, translation in _tongue.patterns:
        if found := known.fullmatch(text[:MAX_TOLD]):
            return translation.format(*found.groups())
    return text


def _patterns(texts: dict[str, tuple[str, ...]]) -> list[tuple[re.Pattern[str], str]]:
    made: list[tuple[re.Pattern[str], str]] = []
    for key, forms in texts.items():
        source, _, about = key.rpartition("|")
        if about == _TOLD and "{0}" in source:
            parts = re.split(r"\{\d\}", source)
            made.append((re.compile("(.+?)".join(map(pattern, parts))), forms[0]))
    # the one with most words of its own first: "Bind {0} to {1}" before "Bind {0}"
    return sorted(made, key=lambda one: -len(one[0].pattern))


def display_unit(row: Capability) -> str:
    """The unit in which a person reads values of this capability."""
    if row.quantity is Quantity.TEMPERATURE and row.display_units:
        return temperature_unit()
    return row.display_units[0] if row.display_units else row.unit


def display(row: Capability, value: float) -> float:
    """A canonical value in the display unit."""
    unit = display_unit(row)
    if not unit or unit == row.unit:
        return value
    shown = from_canonical(value, unit, row.quantity)
    return value if shown is None else shown


def canonical(row: Capability, shown: float) -> float:
    """The inverse of `display`; exact because units are linear."""
    zero, one = display(row, 0.0), display(row, 1.0)
    return shown if one == zero else (shown - zero) / (one - zero)


def decimals(row: Capability, value: float) -> int:
    """Digits after the point that are worth reading."""
    step = row.resolution or 0.1
    step = abs(display(row, step) - display(row, 0.0)) or step
    if row.quantity in (Quantity.TEMPERATURE, Quantity.RATIO):
        step = 0.1 if row.quantity is Quantity.TEMPERATURE else 1.0
    digits = max(0, min(3, math.ceil(-math.log10(step) - 1e-9)))
    return max(0, min(digits, 2 - (0 if abs(value) < 1 else int(math.log10(abs(value))))))


def number(row: Capability, value: float) -> str:
    """A canonical number as a person reads it, with its unit."""
    if not math.isfinite(value):
        return NOTHING
    unit, shown = display_unit(row), display(row, value)
    if unit == "W" and abs(shown) >= 10_000:
        unit, shown = "kW", shown / 1000
        return f"{QLocale().toString(shown, 'f', 1)} kW"
    text = QLocale().toString(shown, "f", decimals(row, shown))
    return f"{text}{' ' if unit else ''}{unit}"


def said(point: Point, value: Value) -> str:
    """A point's value in words: `21.4 °C`, `On`, `Occupied`; a dash where there is none."""
    if value is None:
        return NOTHING
    row = point.capability
    match row.type:
        case ValueType.NUMBER:
            return number(row, float(value)) if isinstance(value, int | float) else NOTHING
        case ValueType.BOOL:
            words = point.options or ("no", "yes")
            return word(words[1 if value else 0])
        case ValueType.XY:
            return f"{value[0]:.3f}, {value[1]:.3f}" if isinstance(value, tuple) else NOTHING
        case ValueType.ENUM | ValueType.EVENT:
            return word(str(value))
        case ValueType.TEXT:
            return str(value)


def word(text: str) -> str:
    """One of the tables' words (`fan_only`, `occupied`) as a person reads it: translated, capital first."""
    plain = translation(text) or text.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def ago(then_ms: int, now_ms: int) -> str:
    """How long ago, in the largest unit that fits: `14 min ago`."""
    seconds = max(0, (now_ms - then_ms) // 1000)
    if seconds < 10:
        return tr("just now")
    if seconds < 60:
        return tr("%n s ago", seconds)
    if seconds < 3600:
        return tr("%n min ago", seconds // 60)
    if seconds < 48 * 3600:
        return tr("%n h ago", seconds // 3600)
    return tr("%n days ago", seconds // 86400)


def moment(time_ms: int, *, seconds: bool = False) -> str:
    """A time of the user's own clock: `24 Nov 2026, 14:05`."""
    when = QDateTime.fromMSecsSinceEpoch(time_ms)
    pattern = "yyyy年M月d日 HH:mm" if language() == "zh_CN" else "d MMM yyyy, HH:mm"
    return QLocale().toString(when, pattern + (":ss" if seconds else ""))


def brief(time_ms: int, now_ms: int) -> str:
    """A time of the user's own clock, without the year where that is this one: `24 Nov, 14:05`."""
    then, now = (QDateTime.fromMSecsSinceEpoch(at) for at in (time_ms, now_ms))
    if then.date().year() != now.date().year():
        return moment(time_ms)
    return QLocale().toString(then, "M月d日 HH:mm" if language() == "zh_CN" else "d MMM, HH:mm")


def seen(quality: int, time_ms: int, now_ms: int) -> str:
    """What to say beside a value that cannot be trusted; empty where it can."""
    if quality == Quality.UNCERTAIN:
        return tr("from memory")
    if quality >= Quality.STALE:
        return tr("last seen {ago}", ago=ago(time_ms, now_ms)) if time_ms else tr("never seen")
    return ""


_PROTOCOLS = {
    "mqtt": "MQTT",
    "knx": "KNX",
    "dali": "DALI",
    "bacnet": "BACnet",
    "homekit": "HomeKit",
    "esphome": "ESPHome",
}


def protocol(text: str) -> str:
    """A protocol's word as people write it."""
    return _PROTOCOLS.get(text, text[:1].upper() + text[1:])
