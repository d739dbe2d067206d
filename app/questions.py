"""Questions about the building: names of capabilities in the user's language, and texts of values in answers."""

from __future__ import annotations

from collections.abc import Iterable

from app.i18n import sentence, translate, translation
from app.i18n.numbers import format_significant
from twin.insight.question import AnswerRow, QuestionAnswer
from twin.insight.question_parser import folded
from twin.model.capability import CAPABILITIES, ValueType
from twin.model.quantity import Quantity

DIGITS = 4
MINUTE_MS = 60_000


def capability_titles() -> dict[str, str]:
    """Titles of capabilities in the current language (folded), and their ids."""
    found = ((folded(translation(row.title)), row.id) for row in CAPABILITIES.values())
    return {title: id for title, id in found if title}


def value_text(row: AnswerRow) -> str:
    """The value of a row with its unit, or its word; empty where it has none."""
    if row.value is None or row.capability not in CAPABILITIES:
        return ""
    capability = CAPABILITIES[row.capability]
    if capability.is_counter and capability.quantity is Quantity.ENERGY:
        return f"{format_significant(row.value / 1000, DIGITS)} kWh"
    if capability.type in (ValueType.BOOL, ValueType.ENUM) and capability.options:
        code = round(row.value)
        word = capability.options[code] if 0 <= code < len(capability.options) else ""
        return translation(word) or word.replace("_", " ")
    return f"{format_significant(row.value, DIGITS)} {capability.unit}".strip()


def duration_text(row: AnswerRow) -> str:
    """How long the condition of a row held; empty where that was not asked."""
    if row.duration_ms is None:
        return ""
    minutes = round(row.duration_ms / MINUTE_MS)
    if minutes < 60:
        return translate("ask.minutes", n=minutes)
    return translate("ask.hours", hours=minutes / 60)


def understood_text(answer: QuestionAnswer) -> str:
    """One line: how the question was understood."""
    return " · ".join(sentence(part) for part in answer.understood)


def note_texts(answer: QuestionAnswer) -> Iterable[str]:
    """What limits the answer, a sentence each."""
    return [sentence(note) for note in answer.notes]
