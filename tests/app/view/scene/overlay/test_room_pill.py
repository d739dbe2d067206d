"""Names in the picture: none covers another, a badge, or what has its fixed place; the value goes before the name."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from app.view.scene.overlay.legend import compass_box, scale_box
from app.view.scene.overlay.room_pill import HEIGHT_PX, OccupiedAreas, PillRequest, RoomPill, RoomPills, place_pills
from app.view.scene.view import TwinView
from app.view.theme import LIGHT

WIDTH, HEIGHT = 640, 480
type Box = tuple[float, float, float, float]
spots = st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT))
whole = st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT))


@st.composite
def wish(draw: st.DrawFn) -> PillRequest:
    name, value = (
        draw(st.sampled_from(("Bath", "Living room", "会议室", "Office 319"))),
        draw(st.sampled_from(("", "21.5°"))),
    )
    strong = draw(st.booleans())
    forms = tuple(dict.fromkeys((RoomPill(name, value, (9, 9, 9), strong), RoomPill(name, "", (9, 9, 9), strong))))
    return PillRequest(str(draw(st.integers())), forms, draw(spots), draw(st.floats(10, 900)), draw(st.floats(0, 1e6)))


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def edges(box: QRectF) -> Box:
    return box.left(), box.top(), box.right(), box.bottom()


@pytest.mark.usefixtures("qapp")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(wish(), max_size=40), st.lists(spots, max_size=40), st.floats(5, 300))
def test_names_cover_neither_each_other_nor_badges_nor_the_furniture(
    wishes: list[PillRequest], badges: list[tuple[float, float]], px_per_m: float
) -> None:
    pills, taken = RoomPills(LIGHT), OccupiedAreas()
    fixed = [edges(compass_box(WIDTH, HEIGHT)), edges(scale_box(WIDTH, HEIGHT, px_per_m))]
    fixed += [(x - 13, y - 13, x + 13, y + 13) for x, y in badges]
    for box in fixed:
        taken.take(box)
    placed = place_pills(wishes, pills, taken, QRectF(0, 0, WIDTH, HEIGHT), beside=OccupiedAreas())
    boxes: list[Box] = []
    for _, pill, at in placed:
        half = pills.width(pill) / 2
        boxes.append((at.x() - half, at.y() - HEIGHT_PX / 2, at.x() + half, at.y() + HEIGHT_PX / 2))
    for i, box in enumerate(boxes):
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[2] <= WIDTH
        assert box[3] <= HEIGHT
        assert not any(overlap(box, other) for other in (*boxes[:i], *fixed))


def test_a_name_never_goes_before_its_value(view: TwinView) -> None:
    names, scene = view.overlay.names, view.scene
    for row in scene.shown_rooms().tolist():
        forms = names.forms(row, strong=False)
        assert all(pill.name for pill in forms)
        assert not forms[-1].value


def test_the_tools_in_the_picture_are_kept_clear(view: TwinView) -> None:
    overlay, scene = view.overlay, view.scene
    projection = scene.projections.at(view.width(), view.height())
    fixed = overlay._fixed(projection, overlay._key(), view.width(), view.height())
    assert QRectF(view.cutbar.geometry()) in fixed
    assert compass_box(view.width(), view.height()) in fixed


def test_the_glow_of_a_lamp_has_no_bands(qapp: object) -> None:
    from app.view.scene.overlay.badge import _HALO_PX, _halo

    image = _halo("#ffd080").toImage()
    row = [image.pixelColor(x, _HALO_PX // 2).alpha() for x in range(_HALO_PX // 2, _HALO_PX)]
    runs = [1]
    for left, right in pairwise(row):
        runs = [*runs[:-1], runs[-1] + 1] if left == right else [*runs, 1]
    assert max(runs[:-1]) <= 6
    assert max(abs(a - b) for a, b in pairwise(row)) <= 12


def _nearest_free(wish: PillRequest, half: float, taken: list[Box], beside: list[Box]) -> tuple[float, float] | None:
    """Every shift after the other, each compared with everything: what `place_pills` must answer."""
    shifts = sorted(
        ((x, y) for x in (0.0, 0.14, -0.14, 0.28, -0.28) for y in (0, 14, -14, 26, -26, 40, -40, 56, -56)),
        key=lambda shift: abs(shift[0]) * 120 + abs(shift[1]),
    )
    for avoided in ([*taken, *beside], taken):
        for across, down in shifts:
            x, y = wish.at[0] + across * min(wish.room_px, 300.0), wish.at[1] + down
            box = (x - half, y - HEIGHT_PX / 2 - 2, x + half, y + HEIGHT_PX / 2 + 2)
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH and box[3] <= HEIGHT
            if inside and abs(down) <= 0.32 * wish.room_px + 2 and not any(overlap(box, one) for one in avoided):
                return x, y
    return None


@pytest.mark.usefixtures("qapp")
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wish(), st.lists(whole, max_size=25), st.lists(whole, max_size=25))
def test_a_name_stands_at_the_nearest_place_that_is_free(
    wanted: PillRequest, fixed: list[tuple[int, int]], marks: list[tuple[int, int]]
) -> None:
    pills, taken, beside = RoomPills(LIGHT), OccupiedAreas(), OccupiedAreas()
    x, y = wanted.at
    wanted = replace(wanted, at=(round(x), round(y)), room_px=round(wanted.room_px))  # whole ones add up exactly
    boxes = [[(x - 21, y - 9, x + 21, y + 9) for x, y in some] for some in (fixed, marks)]
    for areas, some in zip((taken, beside), boxes, strict=True):
        for box in some:
            areas.take(box)
    placed = place_pills([wanted], pills, taken, QRectF(0, 0, WIDTH, HEIGHT), beside=beside)
    for pill in wanted.forms:
        width = pills.width(pill)
        fits = width <= wanted.room_px * (1.35 if pill.value else 1.7) + 16 or pill.strong
        spot = _nearest_free(wanted, width / 2 + 2, *boxes) if fits else None
        if spot is not None:
            assert [(form, (at.x(), at.y())) for _, form, at in placed] == [(pill, spot)]
            return
    assert not placed
