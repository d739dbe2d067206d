"""Words of the protocols' own enumerations, such as the state of a car charger, are said in every language."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from app import i18n
from app.cli.framework.output import in_words
from devices.protocols.knx.datapoint_codec import MODES
from devices.protocols.matter import attribute_table as matter
from devices.protocols.matter.clusters import FAN_WORDS
from devices.protocols.modbus.sunspec_models import CHARGE_STATES, STATES, STATES_701
from tests.app.i18n.source_texts import trees

TABLES = (
    *FAN_WORDS, *(tuple(words.values()) for words in (*MODES.values(), STATES, STATES_701, CHARGE_STATES)),
    matter.CHARGER_STATES, matter.AIR_QUALITY, matter.SYSTEM_MODES, matter.FAN_MODES,
)  # fmt: skip


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    i18n.set_language("zh_CN")
    yield
    i18n.set_language("en")


def in_rows() -> Iterator[str]:
    """The words in the argument `options` of the rows of a protocol's tables, and those to which an enumeration is read."""
    for file, tree in trees().items():
        for call in ast.walk(tree) if file.startswith("devices/protocols/") else ():
            if not isinstance(call, ast.Call):
                continue
            given = [one.value for one in call.keywords if one.arg == "options" and isinstance(one.value, ast.Tuple)]
            for words in given:
                yield from (one.value for one in words.elts if isinstance(one, ast.Constant))  # type: ignore[misc]


def test_every_word_of_a_protocols_enumerations_is_translated() -> None:
    words = {word for table in TABLES for word in table if word} | set(in_rows())
    assert {"no demand", "purifying", "standby"} < words
    assert not sorted(word for word in words if not i18n.translation(word))


@pytest.mark.parametrize(
    ("capability", "word", "shown"),
    [("raw_enum", "charging", "充电中"), ("raw_enum", "no demand", "无需充电"), ("hvac_action", "heating", "制热中")],
)
def test_the_command_line_says_them_in_the_language_in_force(capability: str, word: str, shown: str) -> None:
    point = {"capability": capability, "value": word}
    assert in_words(point) == shown
    i18n.set_language("en")
    assert in_words(point) == word


def test_what_a_device_names_itself_stays() -> None:
    assert in_words({"capability": "raw_enum", "value": "Turbo 3"}) == "Turbo 3"
    assert in_words({"capability": "raw_text", "value": "charging"}) == "charging"
