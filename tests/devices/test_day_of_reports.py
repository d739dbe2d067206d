"""Ten protocols at once in one project: the short form of `day_of_reports`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.devices.day_of_reports import MESSAGES, DayOfReports
from tests.devices.recorded_controllers import TEN_WIRES

SHARE = 0.01


@pytest.mark.blocks
@pytest.mark.waits
@pytest.mark.timeout(600)
def test_what_ten_protocols_report_at_once_is_all_in_the_history_by_the_half_minute(
    shared_data: Path, tmp_path: Path
) -> None:
    day = DayOfReports(tmp_path, SHARE).run()
    assert day.messages.keys() == TEN_WIRES.keys() == MESSAGES.keys()
    assert day.reports > sum(day.messages.values()) > 2000
    assert day.unaccounted == day.merged == 0
    assert day.gaps == dict.fromkeys(TEN_WIRES, 0)
    assert day.rows >= sum(day.messages.values()) / 2
    assert day.runs > 0
    assert day.drained > 0
