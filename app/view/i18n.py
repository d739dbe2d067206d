"""The window's language: that of app.i18n, told to Qt, and the user's units."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from app import i18n


@dataclass(slots=True)
class _Locale:
    """What one window of a process has; one per process, like Qt's own translators."""

    temperature_unit: str = "°C"
    qt: list[QTranslator] = field(default_factory=list[QTranslator])


_locale = _Locale()


def set_language(language: str, temperature_unit: str = "") -> None:
    """Changes the language at once; Qt tells every widget with LanguageChange. `system` asks the system."""
    if language == "system":
        language = i18n.system_language(QLocale.system().name())
    language = i18n.set_language(language)
    if temperature_unit:
        _locale.temperature_unit = temperature_unit
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
    return _locale.temperature_unit
