"""The legend: counts by band, a rule that is named, labels that do not touch."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.view.i18n import set_language
from app.view.scene.data.colour_scale import scale_of
from app.view.scene.overlay.legend import HEIGHT_PX, WIDTH_PX, ColourLegend, LegendEntry, _labels, count_entries
from app.view.theme import THEMES
from twin.model.aggregation import colours_rooms
from twin.model.capability import CAPABILITIES, ROWS

NAN = float("nan")


def said(id: str, values: list[float], **more) -> list[str]:
    them = np.array(values)
    return [entry.text for entry in count_entries(scale_of(CAPABILITIES[id], them, **more), them)]


def test_rooms_are_counted_by_band_and_those_without_data_apart() -> None:
    assert said("temperature", [21.0, 22.0, 19.0, 27.0, NAN, NAN]) == ["1 low", "2 good", "1 high", "2 no data"]
    assert said("co2", [450.0, 900.0, 1100.0, 3000.0]) == ["1 good", "1 fair", "1 high", "1 poor"]


def test_rooms_that_take_after_their_neighbours_are_counted_apart() -> None:
    them = np.array([21.0, NAN, NAN])
    made = count_entries(scale_of(CAPABILITIES["temperature"], them), them, reached=np.array([True, True, False]))
    assert [entry.text for entry in made] == ["1 good", "1 from next door", "1 no data"]


def test_power_is_added_up_and_what_has_no_bands_says_its_range() -> None:
    assert said("power", [40.0, 60.0]) == ["100 W in all"]
    assert said("pressure", [100_900.0, 101_300.0]) == ["1,009 hPa … 1,013 hPa"]


def test_words_and_truths_are_counted() -> None:
    assert said("contact", [0.0, 0.0, 1.0, NAN]) == ["2 Closed", "1 Open", "1 no data"]
    assert said("hvac_mode", [2.0, 2.0], options=("off", "heat", "cool")) == ["2 Cool"]
    assert said("hvac_mode", [NAN]) == ["1 no data"]


def test_without_rooms_nothing_is_counted() -> None:
    assert all(not said(row.id, []) for row in ROWS if colours_rooms(row) and row.type != "bool")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_capability_has_a_legend_whose_labels_do_not_touch(qapp, theme: str, language: str) -> None:
    set_language(language)
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    try:
        for row in ROWS:
            if not colours_rooms(row):
                continue
            values = np.array([0.0, 1.0, 1.0, NAN])
            scale = scale_of(row, values, options=row.options)
            made = ColourLegend(scale, count_entries(scale, values))
            image.fill(0)
            painter = QPainter(image)
            made.draw(painter, THEMES[theme], 300)
            painter.end()
            place = made.box(300)
            assert image.pixel(int(place.center().x()), int(place.top()) + 20) & 0xFFFFFF
            if row.type == "number":
                spots = [spot.adjusted(4, 0, -4, 0) for spot, _ in _labels(scale, QRectF(0, 0, WIDTH_PX - 28, 9))]
                assert len(spots) >= 2
                assert not any(a.intersects(b) for i, a in enumerate(spots) for b in spots[:i])
    finally:
        set_language("en")


def test_many_counts_take_more_lines_and_one_line_is_the_usual_height(qapp) -> None:
    scale = scale_of(CAPABILITIES["co2"], np.array([500.0]))
    one, two = (
        ColourLegend(scale, [LegendEntry("9 good", (1, 2, 3))]),
        ColourLegend(scale, [LegendEntry("123 somethings", (1, 2, 3))] * 4),
    )
    assert one.box(500).height() == HEIGHT_PX
    assert len(two.lines) >= 2
    assert two.box(500).bottom() == one.box(500).bottom()
