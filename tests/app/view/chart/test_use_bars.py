"""Labels below the bars of use."""

from __future__ import annotations

import numpy as np
import pytest

from app.view.chart.use_bars import BarValues, UseBars


def shown(labels: list[str], bar_px: float) -> list[str]:
    bars, n = UseBars(), len(labels)
    bars.resize(round(bar_px * n), 150)
    zeros = np.zeros(n)
    bars.values = BarValues(
        amounts=zeros, rest=zeros, elapsed=np.ones(n, dtype=bool), labels=labels, tips=labels, highest=""
    )
    return [text for _, text in bars.labels_at(bar_px)]


@pytest.mark.usefixtures("app")
def test_labels_that_do_not_all_fit_are_left_out_evenly() -> None:
    days = [f"{day} Monday" for day in range(1, 8)]
    assert shown(days, 400.0) == days
    assert shown(days, 50.0) == days[::2]
    assert shown(days, 1.0) == days[:1]
    assert shown(["", "a", "", "b"], 40.0) == ["a", "b"]
