"""Negative numbers that people read have the minus sign in every language, and zero has none; tables for programs keep the hyphen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.framework.output import columns
from app.i18n.language import set_language
from app.i18n.numbers import (
    MINUS,
    format_decimal,
    format_degree_days,
    format_per_degree,
    format_significant,
    format_temperature,
    format_temperature_difference,
)
from app.i18n.radio_texts import quality_text
from app.i18n.sentences import sentence
from app.view.formatting import format_number
from app.view.panel.energy_amounts import amount
from app.view.plan.dimension_text import metres
from tests.app.i18n.source_texts import LANGUAGES
from twin.model.capability import CAPABILITIES
from twin.model.radio_map import Radio, RadioLink
from twin.model.text import Text

FORMATS: tuple[Callable[[float], str], ...] = (
    *(lambda value, digits=digits: format_decimal(value, digits) for digits in (0, 1, 3)),
    format_significant, format_temperature, format_temperature_difference, format_degree_days, format_per_degree, metres,
    lambda value: amount(value, "kWh"), lambda value: columns([(value,)], ("name",))[-1],
    lambda value: sentence(Text("comfort.vote", pmv=value)),
    *(lambda value, row=row: format_number(row, value) for row in CAPABILITIES.values()),
)  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
@given(value=st.floats(-1e9, 1e9), form=st.sampled_from(FORMATS))
def test_a_negative_number_has_a_minus_sign_and_one_that_rounds_to_zero_has_none(
    code: str, value: float, form: Callable[[float], str]
) -> None:
    set_language(code)
    text = form(value)
    assert "-" not in text
    of_others = form(1.0).count(MINUS)  # a scale that the sentence names
    if value >= 0:
        assert text.replace("e" + MINUS, "").count(MINUS) == of_others
    if not any(digit in text for digit in "123456789"):
        assert MINUS not in text


def test_a_signal_strength_has_a_minus_sign() -> None:
    link = RadioLink(radio=Radio.WIFI, start="a", end="b", heard_ms=None, rssi_dbm=-90)
    assert quality_text(link) == f"{MINUS}90 dBm"
