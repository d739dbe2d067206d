"""Translation: the current language, its catalogue, plural forms.

The texts live in `assets/translations/oikos_<language>.ts` (Qt's own format, so Qt Linguist edits them) and are read
as they are: nothing has to be compiled, and a test holds the table complete.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from defusedxml import ElementTree
from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from twin.model.plural import pattern

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "translations"
LANGUAGES = {"en": "English", "zh_CN": "中文"}
MAX_TOLD = 400
_TOLD = "told"
"""Qt's comment on texts that come from outside of the window: problems, labels of edits, stages."""


@dataclass(slots=True)
class _Locale:
    """The language in force; one per process, like Qt's own translators."""

    language: str = "en"
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    temperature_unit: str = "°C"
    patterns: list[tuple[re.Pattern[str], str]] = field(default_factory=list[tuple[re.Pattern[str], str]])
    qt: list[QTranslator] = field(default_factory=list[QTranslator])


_locale = _Locale()


def read_translations(language: str) -> dict[str, tuple[str, ...]]:
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


def set_language(language: str, temperature_unit: str = "") -> None:
    """Changes the language at once; Qt tells every widget with LanguageChange. `system` asks the system."""
    if language == "system":
        language = "zh_CN" if QLocale.system().language() == QLocale.Language.Chinese else "en"
    language = language if language in LANGUAGES else "en"
    if temperature_unit:
        _locale.temperature_unit = temperature_unit
    _locale.language, _locale.texts = language, read_translations(language)
    _locale.patterns = _patterns(_locale.texts)
    QLocale.setDefault(QLocale(language if language != "en" else "en_GB"))
    for old in _locale.qt:
        QCoreApplication.removeTranslator(old)
    _locale.qt.clear()
    translator = QTranslator()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(f"qtbase_{language}", folder):
        QCoreApplication.installTranslator(translator)
        _locale.qt.append(translator)


def current_language() -> str:
    """The language in force: `en` or `zh_CN`."""
    return _locale.language


def temperature_unit() -> str:
    """The unit in which temperatures are displayed: `°C` or `°F`."""
    return _locale.temperature_unit


def translation(text: str) -> str:
    """The translation of `text` into the current language; empty where the catalogue has none."""
    return _locale.texts.get(text, ("",))[0]


def tr(text: str, n: int | None = None, *, about: str = "", **fields: object) -> str:
    """The text in the user's language; `%n` becomes the number in its plural, `{name}` the fields.

    `about` tells apart two meanings of one English word (Qt's disambiguation comment).
    """
    forms = _locale.texts.get(f"{text}|{about}") or _locale.texts.get(text, (text,))
    said = forms[0]
    if n is not None:
        said = forms[0 if n == 1 or len(forms) == 1 else 1].replace("%n", QLocale().toString(n))
    return said.format(**fields) if fields else said


def translate(text: str) -> str:
    """A sentence of the engine in the user's language; as it is where nobody has translated it.

    Names and numbers inside it are found by the translated pattern (`Import {0}`) and put into its translation. What is
    said of one thing and of many is one pattern (`Put {0} [device|devices] in`), as `twin.model.plural` makes them.
    """
    if (forms := _locale.texts.get(f"{text}|{_TOLD}") or _locale.texts.get(text)) is not None:
        return forms[0]
    for known, translation in _locale.patterns:
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
