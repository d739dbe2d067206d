"""The bar over the twin: what rooms can be coloured by, and how."""

from app.view.panel.bar import Bar
from app.view.window import Window
from twin.model.pooling import colours_rooms


def the_bar(window: Window) -> Bar:
    bar = window.parts["bar"]
    assert isinstance(bar, Bar)
    return bar


def test_colour_by_offers_all_that_devices_measure(window: Window) -> None:
    there = {point.capability for point in window.feed.twin.points if colours_rooms(point.capability)}
    offered = [action.text() for action in the_bar(window).colour.menu().actions()]
    assert {row.title for row in there if row.words or row.type != "enum"} <= set(offered)
    assert len(offered) == len(set(offered))


def test_smooth_can_be_chosen_where_it_means_something_and_is_kept_for_the_next_time(window: Window) -> None:
    bar, selection = the_bar(window), window.feed.selection
    selection.change(colour_by="temperature")
    assert bar.smooth.isEnabled()
    bar.smooth.trigger()
    assert selection.picked.smooth
    assert window.actions_by_id["smooth"].isChecked()
    assert window.settings["smooth"] is True
    selection.change(colour_by="battery")
    assert not bar.smooth.isEnabled()
    assert bar.smooth.isChecked()
    window.actions_by_id["smooth"].trigger()
    assert not selection.picked.smooth
    assert not bar.smooth.isChecked()
