"""What the window says: complete in both languages, in the user's units, bounded and plain."""

from __future__ import annotations

import math
import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from translated_texts import in_contexts, literals, tables

from app.i18n import current_language, request_language, tr
from app.i18n.catalogue import FOLDER, NAME
from app.settings import Settings
from app.view import formatting, i18n, startup
from tests.app.i18n.source_texts import CODE
from twin.model.capability import CAPABILITIES, ROWS
from twin.model.device import Point, PointInfo
from twin.model.ids import DeviceId, PointId


def read_translations(language: str) -> dict[str, tuple[str, ...]]:
    """English text → its forms, of everything that is found by its English text."""
    messages = read_po(BytesIO((FOLDER / language / NAME).read_bytes()), locale=language)
    found: dict[str, tuple[str, ...]] = {}
    for one in messages:
        source = one.id[0] if isinstance(one.id, tuple) else one.id
        if source and not CODE.fullmatch(source):
            found[source] = tuple(one.string) if isinstance(one.string, list | tuple) else (str(one.string),)
    return found


def test_every_text_of_the_window_is_translated_into_chinese() -> None:
    texts, _ = literals()
    missing = (texts | tables()) - set(read_translations("zh_CN"))
    assert not missing, sorted(missing)


def test_a_text_without_a_context_is_not_translated_by_that_of_another_context_alone() -> None:
    messages = read_po(BytesIO((FOLDER / "zh_CN" / NAME).read_bytes()), locale="zh_CN")
    there = {(one.context or "", one.id[0] if isinstance(one.id, tuple) else one.id) for one in messages}
    missing = [found for found in in_contexts() if found not in there and ("", found[1]) not in there]
    assert not missing, sorted(missing)


def test_every_translation_keeps_its_placeholders() -> None:
    for source, forms in read_translations("zh_CN").items():
        for form in forms:
            assert ("%n" in form) == ("%n" in source), source
            assert form.count("{") == source.count("{"), source
            assert all(part.split("}")[0] in source for part in form.split("{")[1:]), source


def test_chinese_sentences_have_chinese_punctuation() -> None:
    messages = read_po(BytesIO((FOLDER / "zh_CN" / NAME).read_bytes()), locale="zh_CN")
    texts = [form for one in messages for form in (one.string if isinstance(one.string, tuple) else (one.string,))]
    prose = [re.sub(r"`[^`]*`", "`", str(text)) for text in texts]  # what is typed stays as it is
    assert not [text for text in prose if re.search(r"[\u4e00-\u9fff”）][,:;?!]", text)]


def test_every_counting_text_has_its_english_plural() -> None:
    _, counted = literals()
    english = read_translations("en")
    assert counted <= set(english)
    assert all(len(english[text]) == 2 for text in counted)


def test_one_device_is_not_one_devices(app: object) -> None:
    assert tr("%n devices", 1) == "1 device"
    assert tr("%n devices", 3) == "3 devices"
    i18n.set_language("zh_CN")
    assert tr("%n devices", 1) == "1 个设备"


@pytest.mark.parametrize("spoken", [("zh_CN", "°F"), ("en", "°C")], ids=["another language before", "its own"])
def test_a_test_begins_in_english_whatever_was_spoken_before(spoken: tuple[str, str]) -> None:
    assert formatting.format_number(CAPABILITIES["pressure"], 100_900.0) == "1,009 hPa"
    assert formatting.format_number(CAPABILITIES["temperature"], 20.0) == "20.0 °C"
    i18n.set_language(*spoken)


def test_one_english_word_with_two_meanings_has_two_translations(app: object) -> None:
    i18n.set_language("zh_CN")
    assert tr("Light") != tr("Light", about="kind")
    i18n.set_language("en")
    assert tr("Light", about="kind") == "Light"


def test_an_unknown_language_falls_back_to_english(app: object) -> None:
    i18n.set_language("tlh")
    assert current_language() == "en"


@pytest.mark.parametrize(
    ("capability", "value", "shown"),
    [
        ("temperature", 21.43, "21.4 °C"), ("humidity", 45.5, "46 %"), ("co2", 812.0, "812 ppm"),
        ("pressure", 101_325.0, "1,013 hPa"), ("energy_import", 18_430.0, "18.4 kWh"), ("power", 84.21, "84.2 W"),
        ("power", 12_400.0, "12.4 kW"), ("color_temperature", 2700.0, "2,700 K"), ("voc", 0.12, "120 ppb"),
        ("temperature", math.nan, "–"), ("temperature", math.inf, "–"),
    ],
)  # fmt: skip
def test_numbers_are_said_in_units_that_people_read(app: object, capability: str, value: float, shown: str) -> None:
    assert formatting.format_number(CAPABILITIES[capability], value) == shown


def test_fahrenheit_is_the_users_choice(app: object) -> None:
    i18n.set_language("en", "°F")
    assert formatting.format_number(CAPABILITIES["temperature"], 20.0) == "68.0 °F"
    assert formatting.from_display(CAPABILITIES["setpoint_heat"], 68.0) == pytest.approx(20.0)
    i18n.set_language("en", "°C")


@given(st.sampled_from([row for row in ROWS if row.type == "number"]), st.floats(-1e6, 1e6))
def test_showing_and_reading_back_gives_the_same_number(row: object, value: float) -> None:
    shown = formatting.to_display(row, value)  # type: ignore[arg-type]
    assert formatting.from_display(row, shown) == pytest.approx(value, abs=1e-6, rel=1e-9)  # type: ignore[arg-type]


def test_words_of_a_point_are_said_in_the_users_language(app: object) -> None:
    mode = Point(id=PointId("p"), device=DeviceId("d"), info=PointInfo(key="m", capability="hvac_mode"))
    assert formatting.format_value(mode, "fan_only") == "Fan only"
    assert formatting.format_value(mode, "<b>own word</b>") == "<b>own word</b>"
    i18n.set_language("zh_CN")
    assert formatting.format_value(mode, "heat") == "制热"
    i18n.set_language("en")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(3, "just now"), (40, "40 s ago"), (14 * 60, "14 min ago"), (7200, "2 h ago"), (86400 * 3, "3 days ago")],
)
def test_the_past_is_told_in_the_largest_unit_that_fits(app: object, seconds: int, shown: str) -> None:
    assert formatting.format_age(1_000_000_000, 1_000_000_000 + seconds * 1000) == shown


def test_a_clock_that_was_set_back_does_not_show_the_future(app: object) -> None:
    assert formatting.format_age(2_000_000, 1_000_000) == "just now"


def test_the_language_that_the_command_line_names_goes_before_the_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qapp: QApplication
) -> None:
    """A window follows its setting where none is named."""
    monkeypatch.setattr(startup.style, "apply_theme", lambda app, theme: None)
    settings = Settings.load(tmp_path)
    settings.change("language", "en")
    try:
        request_language("zh_CN")
        startup.apply_appearance(qapp, settings)
        assert current_language() == "zh_CN"
        request_language("")
        startup.apply_appearance(qapp, settings)
        assert current_language() == "en"
    finally:
        request_language("")
        i18n.set_language("en", "°C")
