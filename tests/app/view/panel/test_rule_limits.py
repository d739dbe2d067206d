"""A limit of a rule begins with the usual one of its quantity and side, and stays what the user made it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app.view.panel.rule_rows import BecameFields, DoFields
from app.view.panel.rule_subjects import RuleSubject
from twin.model.capability import CAPABILITIES
from twin.rules.automation import Became
from twin.rules.selector import of_point


def subject(capability: str, *verbs: str, low: float | None = None, high: float | None = None) -> RuleSubject:
    row = CAPABILITIES[capability]
    return RuleSubject(of_point(capability), capability, row, (), verbs, low, high)


@pytest.mark.parametrize(
    ("capability", "above", "below"),
    [
        ("temperature", 26.0, 20.0),
        ("humidity", 60.0, 30.0),
        ("co2", 800.0, 800.0),
        ("power", 10.0, 10.0),
        ("pressure", 101_300, 101_300),
    ],
)
def test_it_begins_with_the_usual_one_of_its_side(
    app: QApplication, capability: str, above: float, below: float
) -> None:
    fields = BecameFields((subject(capability),))
    fields.subject.setCurrentIndex(0)
    assert fields.value.value() == pytest.approx(above)
    fields.compare.setCurrentIndex(fields.compare.findData("below"))
    assert fields.value.value() == pytest.approx(below)


def test_what_was_chosen_or_saved_stays_when_the_side_changes(app: QApplication) -> None:
    fields = BecameFields((subject("temperature"),))
    fields.subject.setCurrentIndex(0)
    fields.value.number.setValue(23.0)
    fields.compare.setCurrentIndex(fields.compare.findData("below"))
    assert fields.value.value() == 23.0
    saved = BecameFields((subject("temperature"),))
    assert saved.show_part(Became(selector=of_point("temperature"), above=26.0))
    saved.compare.setCurrentIndex(saved.compare.findData("below"))
    assert saved.value.value() == 26.0


def test_a_set_point_begins_within_the_range_of_its_device(app: QApplication) -> None:
    fields = DoFields(
        (subject("setpoint_heat", "set", low=5.0, high=19.0), subject("level", "set", low=0.0, high=100.0))
    )
    fields.subject.setCurrentIndex(0)
    assert fields.value.value() == 19.0
    fields.subject.setCurrentIndex(1)
    assert fields.value.value() == 50.0
