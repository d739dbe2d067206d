"""`oikos portfolio`: several sites at once, each asked of its own engine; the list of them."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

if TYPE_CHECKING:
    from app.portfolio.site_status import SiteStatus
    from twin.model.site_digest import SiteDigest

PRIORITIES = 4
WAIT_S = 12.0
"""How long (seconds) answers are waited for; one site is given up after ten."""
TURN_S = 0.02


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the action, the site, and what a new site is called and where it lies."""
    from app.cli.framework.parsing import seconds

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("action", nargs="?", choices=("list", "add", "remove"), default="list")
    parser.add_argument("site", nargs="?", help="a project file, or the URL of an engine; with remove also its name")
    parser.add_argument("--name", default="", help="what the site is called; the project's name without")
    parser.add_argument("--place", default="", help="town or address")
    parser.add_argument("--latitude", type=float, metavar="DEGREES", help="north of the equator, for the map")
    parser.add_argument("--longitude", type=float, metavar="DEGREES", help="east of Greenwich")
    parser.add_argument(
        "--secret-from", metavar="FILE", help="add: file with a token for that engine; - is standard input"
    )
    parser.add_argument("--trust", metavar="FINGERPRINT", help="SHA-256 of its certificate, as `oikos serve` says")
    parser.add_argument("--file", metavar="FILE", help="another list of sites than your own")
    parser.add_argument("--wait", dest="wait_s", type=seconds, default=WAIT_S, metavar="S", help="seconds to wait (12)")


def run(args: argparse.Namespace) -> Outcome:
    """Lists the sites with their newest figures, worst first, or changes the list. A site that does not answer is a
    problem."""
    from app.portfolio.site_list import FILE, add_site, new_site, remove_site
    from app.settings import home

    file = Path(args.file) if args.file else home() / FILE
    if args.action == "list":
        return _listed(file, args.wait_s)
    if not args.site:
        args.refuse(translate("cli.usage.portfolio_site"))
    if args.action == "remove":
        gone = remove_site(file, args.site)
        return Outcome({"removed": gone.at}, (translate("cli.portfolio.removed", name=gone.title),))
    site = new_site(args.site, name=args.name, place=args.place, latitude=args.latitude, longitude=args.longitude)
    if site.far and args.secret_from:
        from app.cli.attach import attached

        attached(site.at, args.secret_from, args.trust)
    add_site(file, site)
    return Outcome({"added": site.at}, (translate("cli.portfolio.added", name=site.title),))


def _listed(file: Path, wait_s: float) -> Outcome:
    from app.engine.clock import utc_ms
    from app.engine.machine_secrets import open_secrets
    from app.portfolio.portfolio_watch import PortfolioWatch
    from app.portfolio.site_status import SiteOrder, shown_sites
    from app.settings import home

    watch = PortfolioWatch(file, home(), utc_ms, open_secrets)
    try:
        watch.watch(True).result()
        pause = threading.Event()
        for _ in range(max(1, round(wait_s / TURN_S))):
            if all(one.asked for one in watch.statuses):
                break
            pause.wait(TURN_S)
        found = shown_sites(watch.statuses, order=SiteOrder.WORST)
    finally:
        watch.stop()
    now_ms = utc_ms()
    lines = _lines(found, now_ms) or [translate("cli.portfolio.none")]
    problems = tuple(one.problem for one in found if one.problem is not None)
    return Outcome({"sites": [_row(one, now_ms) for one in found]}, tuple(lines), problems)


def _row(one: SiteStatus, now_ms: int) -> dict[str, object]:
    from app.cli.framework.output import utc

    latitude, longitude = one.position or (None, None)
    row: dict[str, object] = {
        "name": one.title, "at": one.site.at, "place": one.place, "latitude": latitude, "longitude": longitude,
        "state": "live" if one.live else "unreached" if one.asked else "waiting", "received": utc(one.received_ms),
    }  # fmt: skip
    return row | {"digest": None if one.digest is None else _figures(one.digest, one.data_age_at(now_ms))}


def _figures(digest: SiteDigest, data_age_ms: int | None) -> dict[str, object]:
    from app.cli.framework.output import utc

    return {
        "time": utc(digest.time_ms), "partial": digest.partial, "version": digest.version,
        "alarms": dict(zip(("critical", "high", "medium", "low"), digest.alarms, strict=True)),
        "unacknowledged": digest.unacknowledged, "devices": digest.devices, "offline": digest.offline,
        "links": digest.links, "links_down": digest.links_down, "power_w": digest.power_w,
        "energy_today_wh": digest.energy_wh, "energy_estimated": digest.energy_estimated, "rooms": digest.rooms,
        "rooms_outside": digest.rooms_outside, "newest": utc(digest.newest_ms),
        "data_age_s": None if data_age_ms is None else data_age_ms / 1000,
    }  # fmt: skip


def _lines(found: Sequence[SiteStatus], now_ms: int) -> list[str]:
    from app.cli.framework.output import columns

    head = ("site", "place", "alarms", "offline", "power", "today", "uncomfortable", "data", "state")
    return columns([_cells(one, now_ms) for one in found], head)


def _cells(one: SiteStatus, now_ms: int) -> tuple[object, ...]:
    from app.i18n import format_age, sentence
    from twin.model.text import Text

    state = translate("cli.portfolio.live") if one.live else translate("cli.portfolio.waiting")
    if one.problem is not None:
        last = one.received_ms
        state = (
            translate("cli.portfolio.never")
            if last is None
            else translate("cli.portfolio.last", ago=format_age(last, now_ms))
        )
    if (digest := one.digest) is None:
        return one.title, one.place, *["–"] * 6, state
    words = {at: sentence(Text(f"alarm.priority.{at}")) for at in range(1, PRIORITIES + 1)}
    alarms = translate("text.between").join(
        f"{count} {words[at]}" for at, count in enumerate(digest.alarms, 1) if count
    )
    data_age_ms = one.data_age_at(now_ms)
    age = "–" if data_age_ms is None else format_age(now_ms - data_age_ms, now_ms)
    return (
        one.title, one.place, alarms or "–", f"{digest.offline} / {digest.devices}",
        "–" if digest.power_w is None else f"{digest.power_w / 1000:.2f} kW",
        "–" if digest.energy_wh is None else f"{digest.energy_wh / 1000:.1f} kWh",
        f"{digest.rooms_outside} / {digest.rooms}" if digest.rooms else "–", age, state,
    )  # fmt: skip


VERB = Verb(sentence="several sites at once: alarms, offline devices, power, comfort", arguments=arguments, run=run)
