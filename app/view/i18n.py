"""Language and units of the window: passes the language of app.i18n on to Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from app import i18n
from app.i18n.numbers import set_temperature_unit
from app.i18n.numbers import temperature_unit as shown_temperature_unit


@dataclass(slots=True)
class _Locale:
    """The Qt translators of the process."""

    qt: list[QTranslator] = field(default_factory=list[QTranslator])


_locale = _Locale()


def set_language(language: str, temperature_unit: str = "") -> None:
    """Sets the language (`system`: that of the system) and the temperature unit; Qt sends LanguageChange events."""
    if language == "system":
        language = i18n.system_language(QLocale.system().name())
    language = i18n.set_language(language)
    if temperature_unit:
        set_temperature_unit(temperature_unit)
    QLocale.setDefault(QLocale(i18n.locale_name()))
    for old in _locale.qt:
        QCoreApplication.removeTranslator(old)
    _locale.qt.clear()
    translator = QTranslator()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(f"qtbase_{language}", folder):
        QCoreApplication.installTranslator(translator)
        _locale.qt.append(translator)


def temperature_unit() -> str:
    """The unit in which temperatures are displayed: `°C` or `°F`."""
    return shown_temperature_unit()
