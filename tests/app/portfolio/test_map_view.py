"""The map of sites: all of them are on it, none is cut at the edge of the maps, and distances are true."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.portfolio.map_view import KM_PER_DEG, STEPS_DEG, fitted_map, land

PLACES = st.lists(st.tuples(st.floats(-85, 85), st.floats(-180, 180)), min_size=1, max_size=12)


@given(PLACES, st.integers(120, 2000), st.integers(120, 1500))
def test_every_site_is_on_the_map(places: list[tuple[float, float]], width: int, height: int) -> None:
    view = fitted_map(places, width, height)
    for latitude, longitude in places:
        x, y = view.place(latitude, longitude)
        assert -0.5 <= x <= width + 0.5
        assert -0.5 <= y <= height + 0.5


def test_sites_on_both_sides_of_the_date_line_are_neighbours() -> None:
    view = fitted_map([(-17.0, 179.5), (-17.0, -179.5)], 400, 300)
    (left, _), (right, _) = view.place(-17.0, 179.5), view.place(-17.0, -179.5)
    assert left < right
    assert view.span_deg < 3


def test_north_is_up_and_east_is_right() -> None:
    view = fitted_map([(50.0, 8.0), (52.0, 13.0)], 400, 300)
    (x_west, y_south), (x_east, y_north) = view.place(50.0, 8.0), view.place(52.0, 13.0)
    assert x_west < x_east
    assert y_north < y_south


@given(PLACES)
def test_the_graticule_has_few_lines_and_the_scale_bar_fits(places: list[tuple[float, float]]) -> None:
    view = fitted_map(places, 500, 400)
    _, parallels, step = view.graticule()
    assert len(parallels) <= 7
    assert step in STEPS_DEG
    km, pixels = view.scale(90)
    assert 15 <= pixels <= 90
    assert km == pytest.approx(pixels / view.pixels_per_deg * KM_PER_DEG)


def test_one_site_has_a_map_of_its_surroundings_and_none_the_whole_earth() -> None:
    assert fitted_map([(51.3, 12.4)], 400, 300).span_deg == pytest.approx(0.02)
    assert fitted_map([], 720, 360).span_deg == pytest.approx(180)


def test_the_land_is_there_and_berlin_is_on_it() -> None:
    def inside(ring: tuple[tuple[float, float], ...], latitude: float, longitude: float) -> bool:
        crossings = 0
        for (lat_a, lon_a), (lat_b, lon_b) in pairwise(ring):
            if (lat_a > latitude) != (lat_b > latitude):
                crossings += lon_a + (latitude - lat_a) / (lat_b - lat_a) * (lon_b - lon_a) > longitude
        return crossings % 2 == 1

    assert sum(inside(ring, 52.5, 13.4) for ring in land()) == 1
    assert not any(inside(ring, 0.0, -30.0) for ring in land()), "that is the Atlantic"
