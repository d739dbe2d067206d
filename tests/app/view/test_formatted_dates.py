"""Dates are written as CLDR says for the language in force, in a third one too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QDateTime, QLocale

from app import i18n as texts
from app.i18n import language
from app.view import i18n
from app.view.formatting import _qt, format_clock, format_date, format_short_time, format_time

WHEN = QDateTime.fromString("2026-11-24T14:05:07", "yyyy-MM-ddTHH:mm:ss")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = QLocale()
    yield
    language.read_from(language.FOLDER)
    i18n.set_language("en")
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        ("en", ["24 Nov 2026, 14:05:07", "24 Nov, 14:05", "14:05", "Tue 24", "24 Nov", "Nov 2026"]),
        ("zh_CN", ["2026年11月24日 14:05:07", "11月24日 14:05", "14:05", "24日周二", "11月24日", "2026年11月"]),
    ],
)
def test_dates_are_written_as_the_language_writes_them(spoken: str, said: list[str]) -> None:
    i18n.set_language(spoken)
    ms = WHEN.toMSecsSinceEpoch()
    dates = [format_date(WHEN, skeleton) for skeleton in ("Ed", "MMMd", "yMMM")]
    assert [format_time(ms, seconds=True), format_short_time(ms, ms), format_clock(WHEN), *dates] == said


def test_a_third_language_writes_its_own_dates(tmp_path: Path) -> None:
    for code, name in (("en", "English"), ("de", "Deutsch")):
        (tmp_path / code).mkdir()
        head = f'msgid ""\nmsgstr ""\n"Language: {code}\\n"\n"Language-Name: {name}\\n"\n'
        (tmp_path / code / "oikos.po").write_text(head, encoding="utf-8")
    language.read_from(tmp_path)
    i18n.set_language("de")
    assert (texts.locale_name(), QLocale().name()) == ("de", "de_DE")
    assert format_time(WHEN.toMSecsSinceEpoch()) == "24. Nov. 2026, 14:05"
    assert format_date(WHEN, "Ed") == "Di., 24."


def test_words_of_a_pattern_stay_words() -> None:
    assert _qt("d 'de' MMM 'de' y") == "d 'de' MMM 'de' yyyy"
    assert _qt("EEEE, LLL yy") == "dddd, MMM yy"
