"""`oikos demo`: a home or office with simulated devices, without hardware or account."""

from __future__ import annotations

import argparse

from app.cli.framework.verb import Outcome, Verb


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: which demo, and whether in a window."""
    from app.cli.framework.parsing import seconds

    which = parser.add_mutually_exclusive_group()
    which.add_argument("--home", dest="name", action="store_const", const="home", help="a family home (the default)")
    which.add_argument("--office", dest="name", action="store_const", const="office", help="a small office")
    parser.set_defaults(name="home")
    parser.add_argument("--headless", action="store_true", help="without a window")
    parser.add_argument(
        "--for", dest="time_s", type=seconds, metavar="S", help="seconds that it lives without a window"
    )


def run(args: argparse.Namespace) -> Outcome:
    """Makes the demo on its first start, then opens it."""
    if not args.headless:
        from app.cli.framework.window_launch import show

        return show(None, opening=lambda engine: engine.open_demo(args.name))
    return _headless(args.name, args.time_s)


def _headless(name: str, time_s: float | None) -> Outcome:
    from app.cli.framework.project_access import reading, working
    from app.cli.info import lines, stamped
    from app.cli.run import recorded, with_reports
    from app.engine.clock import utc_ms

    with working(None) as engine:
        engine.open_demo(name).result()
        path = engine.project()
        counts, problems = recorded(engine, 0.0 if time_s is None else time_s)
        session = engine.session
    counts, problems = with_reports(session, counts, problems)
    with reading(path) as project:
        document = project.info(utc_ms())
    stamped(document)
    return Outcome({"project": path, **document, "counts": counts}, tuple(lines(document)), problems)


VERB = Verb(sentence="a furnished demo with living devices, no hardware needed", arguments=arguments, run=run)
