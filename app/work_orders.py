"""Work orders made from alarms and early warnings, and those of a project in their order."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

from twin.model.alarm import AlarmStatus
from twin.model.definition import DefinitionKind, Definitions
from twin.model.early_warning import EarlyWarning
from twin.model.problem import ProblemError
from twin.rules.definition_body import read_body
from twin.rules.work_order import OriginKind, WorkOrder, WorkOrigin, listed_first

MOST_TITLE = 200
"""Longest title made from a sentence, characters."""


def order_of_alarm(id: str, alarm: AlarmStatus, title: str, what_to_do: str, now_ms: int, who: str) -> WorkOrder:
    """A new work order for an alarm: its title, instruction, priority and place."""
    return WorkOrder(
        id=id, title=title, priority=alarm.priority, created_ms=now_ms, created_by=who, description=what_to_do,
        origin=WorkOrigin(kind=OriginKind.ALARM, id=alarm.id, text=title),
        room=alarm.room or "", device=alarm.device or "",
    )  # fmt: skip


def order_of_warning(id: str, warning: EarlyWarning, title: str, what_to_do: str, now_ms: int) -> WorkOrder:
    """A new work order for an early warning: its sentence, instruction and place."""
    return WorkOrder(
        id=id, title=title[:MOST_TITLE], created_ms=now_ms, description=f"{title}\n{what_to_do}",
        origin=WorkOrigin(kind=OriginKind.WARNING, id=warning.id, text=title),
        room=warning.room or "", device=warning.device,
    )  # fmt: skip


def readable_orders(definitions: Definitions) -> list[WorkOrder]:
    """The work orders of a project that can be read, what is left to do first."""
    found: list[WorkOrder] = []
    for one in definitions.work_orders:
        with suppress(ProblemError):
            found.append(cast("WorkOrder", read_body(DefinitionKind.WORK_ORDER, one)))
    return sorted(found, key=listed_first)
