"""A name is found whole, however it is written, and in no other word."""

from __future__ import annotations

import json
import unicodedata

import pytest

from twin.model.definition import DefinitionKind
from twin.store.project.redaction import PersonRedaction
from twin.store.project.rows import Row

ALARM = "care_asked:care:key1"


def redacted(name: str, text: str) -> str:
    row: Row = {"id": "w", "title": text, "body": json.dumps({"alarm": ALARM, "description": text}, ensure_ascii=False)}
    rows = {**{kind: dict[str, Row]() for kind in DefinitionKind}, "work_order": {"w": row}}
    changed = PersonRedaction((ALARM,), name).changed(rows)["work_order", "w"]
    assert changed is not None
    assert json.loads(changed["body"])["description"] == changed["title"]
    return str(changed["title"])


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Annegret Müller-Wüst", "Visit ANNEGRET MÜLLER-WÜST", "Visit …"),
        ("Annegret Müller-Wüst", unicodedata.normalize("NFD", "Visit Annegret Müller-Wüst"), "Visit …"),
        (unicodedata.normalize("NFD", "Müller"), "Müller", "…"),
        ("Frau Weiß", "FRAU WEISS calls", "… calls"),
        ('Anna "Nan"', 'for Anna "Nan" now', "for … now"),
        ("Ann", "Annäherung, Anna, Ann’s", "Annäherung, Anna, …’s"),
        ("Özge", "Özgen and özge", "Özgen and …"),
        ("李娜", "请李娜回答", "请…回答"),
        ("Anna", "请Anna回答", "请…回答"),
        ("李", "行李检查", "行李检查"),
        ("李", "李", "…"),
        ("李", "打电话给 李，再看", "打电话给 …，再看"),
        ("", "nobody", "nobody"),
    ],
)  # fmt: skip
def test_a_name_is_found_whole_and_in_no_other_word(name: str, text: str, left: str) -> None:
    assert redacted(name, text) == left


def test_a_damaged_definition_loses_the_name_too() -> None:
    row: Row = {"id": "w", "title": "", "body": f'{{"alarm": "{ALARM}", "text": "Anna'}
    rows = {**{kind: dict[str, Row]() for kind in DefinitionKind}, "work_order": {"w": row}}
    changed = PersonRedaction((ALARM,), "Anna").changed(rows)["work_order", "w"]
    assert changed is not None
    assert "Anna" not in changed["body"]
