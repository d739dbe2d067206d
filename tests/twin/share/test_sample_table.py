"""Samples as CSV."""

from __future__ import annotations

import csv
import io
import math

from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, PointId
from twin.model.observation import Quality, StringTable
from twin.model.twin import Twin
from twin.share import sample_table


def test_every_sample_is_a_row_and_no_name_is_a_formula() -> None:
    link = Link(id=LinkId("l"), protocol="test", address="here")
    points = (PointInfo(key="t", capability="temperature"), PointInfo(key="on", capability="on_off"))
    device = device_from_description(DeviceInfo(uid="u", name='=cmd|"x", "y"', points=points), link)
    samples: dict[PointId, list[sample_table.Sample]] = {
        device.points[0].id: [(1_763_894_400_000 + n, 20.5 + n, 0, None, False) for n in range(sample_table.CHUNK + 5)],
        device.points[1].id: [
            (1_763_894_400_000, 1.0, 0, None, False),
            (1_763_894_400_500, math.nan, int(Quality.OFFLINE), 2.5, True),
        ],
    }
    out = "".join(
        sample_table.rows(Twin(devices=(device,), links=(link,)), lambda point: samples[point], StringTable())
    )
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert len(rows) == sample_table.CHUNK + 7
    assert rows[0]["time"] == "2025-11-23T10:40:00.000Z"
    assert rows[0]["value"] == "20.5"
    assert rows[0]["name"].startswith("'=")
    assert (rows[0]["counted"], rows[0]["estimated"]) == ("", "")
    assert (rows[-1]["counted"], rows[-1]["estimated"]) == ("2.5", "estimated")
    assert (rows[-2]["value"], rows[-1]["value"], rows[-1]["quality"]) == ("1", "", "offline")
