"""Without a GPU the first frame after a change that shows much furniture lacks it; at rest all of it is there."""

from __future__ import annotations

import pytest

from app.view.scene.structure.drawn_parts import LIT, StoreyMode
from app.view.scene.view import TwinView
from app.view.scene.viewport import resolution_governor as governing


def shows_furniture(view: TwinView) -> bool:
    """Whether the frame painted last has furniture in every furnished storey that is drawn cut."""
    levels = view.scene.storey_stack.levels
    furnished = [level for level in levels if level.show is StoreyMode.CUT and len(level.source.soft)]
    assert furnished
    return all(
        any(level.actors[name].GetVisibility() for name in ("soft", f"{LIT}soft") if name in level.actors)
        for level in furnished
    )


def test_a_house_that_is_pulled_apart_shows_the_furniture_of_all_storeys_when_it_rests(
    view: TwinView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(governing, "MOST_OPTIONAL", view.scene.storey_stack.furniture_triangles())
    monkeypatch.setattr(governing, "LONGEST_MS", 0.0)  # every frame takes too long
    view.governor.touch()
    view.surface.render_now()
    assert shows_furniture(view)
    view.set_exploded(True)
    view.surface.render_now()
    assert not shows_furniture(view)
    view.flight.land()
    view.governor.rest()
    view.surface.render_now()
    assert shows_furniture(view)
