"""Order, filters and search of sites, and distances between them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.portfolio.site_list import PortfolioSite
from app.portfolio.site_status import STALE_MS, SiteFilter, SiteOrder, SiteRank, SiteStatus, distance_km, shown_sites
from twin.model.problem import Problem
from twin.model.site_digest import SiteDigest


def status(name: str, *, live: bool = True, **figures: object) -> SiteStatus:
    digest = SiteDigest(time_ms=10 * STALE_MS, **figures)  # type: ignore[arg-type]
    problem = None if live else Problem(code="engine.gone")
    return SiteStatus(site=PortfolioSite(at=f"/{name}.oikos", name=name), digest=digest, problem=problem, asked=True)


SITES = (
    status("fine", power_w=20.0),
    status("cold", rooms=4, rooms_outside=1),
    status("dark", devices=9, offline=2),
    status("gone", live=False, alarms=(5, 0, 0, 0)),
    status("burning", alarms=(1, 0, 0, 0)),
    status("worse", alarms=(2, 0, 0, 0)),
    status("low", alarms=(0, 0, 0, 3)),
    status("old", newest_ms=8 * STALE_MS),
)


def names(sites: list[SiteStatus]) -> list[str]:
    return [one.title for one in sites]


def test_the_worst_come_first_and_old_figures_of_a_lost_site_do_not_count() -> None:
    order = ["worse", "burning", "gone", "low", "dark", "old", "cold", "fine"]
    assert names(shown_sites(SITES, order=SiteOrder.WORST)) == order
    assert SITES[3].rank is SiteRank.UNREACHED


def test_filters_show_what_they_are_named_after() -> None:
    found = {only: names(shown_sites(SITES, order=SiteOrder.NAME, only=only)) for only in SiteFilter}
    assert found == {
        SiteFilter.ALL: sorted(one.title for one in SITES),
        SiteFilter.ALARMS: ["burning", "low", "worse"],
        SiteFilter.UNREACHED: ["gone"],
        SiteFilter.OFFLINE: ["dark"],
        SiteFilter.COMFORT: ["cold"],
    }


def test_sites_without_a_figure_come_last_in_its_order() -> None:
    assert names(shown_sites(SITES, order=SiteOrder.POWER))[0] == "fine"


def test_a_search_finds_every_word_in_name_place_or_address() -> None:
    assert names(shown_sites(SITES, order=SiteOrder.NAME, text="OIKOS bur")) == ["burning"]
    assert shown_sites(SITES, order=SiteOrder.NAME, text="bur nothing") == []


def test_a_site_that_was_not_asked_yet_is_neither_lost_nor_live() -> None:
    one = SiteStatus(site=PortfolioSite(at="/a.oikos"))
    assert (one.live, one.rank) == (False, SiteRank.FINE)


def test_data_of_a_site_that_does_not_answer_grow_old() -> None:
    one = replace(status("gone", live=False, newest_ms=0), received_ms=5_000_000)
    assert one.data_age_ms is not None
    assert one.data_age_at(5_000_000) == one.data_age_ms
    assert one.data_age_at(5_000_000 + 3_600_000) == one.data_age_ms + 3_600_000
    assert one.data_age_at(0) == one.data_age_ms, "a clock that was set back makes nothing younger"


def test_distances_are_those_of_known_cities() -> None:
    berlin, beijing = (52.52, 13.405), (39.904, 116.407)
    assert distance_km(berlin, beijing) == pytest.approx(7356, rel=0.005)


PLACES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(PLACES, PLACES)
def test_a_distance_is_the_same_both_ways_and_at_most_half_the_earth(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    there, back = distance_km(a, b), distance_km(b, a)
    assert there == pytest.approx(back)
    assert 0 <= there <= 20_016


@given(st.permutations(SITES), st.sampled_from(SiteOrder))
def test_the_order_does_not_depend_on_the_order_of_the_file(sites: list[SiteStatus], order: SiteOrder) -> None:
    assert shown_sites(sites, order=order) == shown_sites(SITES, order=order)
    ranks = [one.rank for one in shown_sites(sites, order=SiteOrder.WORST)]
    assert all(a <= b for a, b in pairwise(ranks))
