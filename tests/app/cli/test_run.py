"""`oikos run` and links that are not there: a recorder that recorded nothing says so, with exit code 1."""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest

from app.cli.framework.verb import Outcome
from app.cli.run import recorded, with_reports
from app.i18n import what
from tests.app.conftest import Desk, PretendAdapter
from twin.model.problem import Severity


def run(api: Desk, time_s: float = 0.05) -> Outcome:
    counts, problems = recorded(api.engine, time_s)
    return Outcome(counts, (), problems)


def add(api: Desk, address: str = "pretend://house", *, settled: bool = True) -> None:
    """A link, though its peer may be away."""
    link = PretendAdapter(api.world).link(address)

    async def keep() -> None:
        await api.engine.session.edits.add_link(link)

    api.engine.context.loop.submit(keep(), name="add").result(60)
    if settled:
        api.until(lambda: standing(api))


def standing(api: Desk) -> list[str]:
    """The links' states."""
    return [runner.state.value for runner in api.engine.session.links.running]


def test_a_link_that_works_is_no_problem(api: Desk) -> None:
    add(api)
    api.until(lambda: standing(api) == ["online"])
    outcome = run(api)
    assert (outcome.exit_code, outcome.problems) == (0, ())


def test_a_link_that_was_never_online_ends_in_one_problem_with_its_reason(api: Desk) -> None:
    api.world.alive = False
    add(api)
    outcome = run(api)
    (problem,) = outcome.problems
    assert outcome.exit_code == 1
    assert (problem.code, problem.where) == ("link.unreachable", "pretend://house")
    assert "nobody there" in what(problem)


def test_a_link_that_wants_another_password_ends_in_a_problem(api: Desk) -> None:
    api.world.password = "secret"
    add(api)
    outcome = run(api)
    assert [problem.code for problem in outcome.problems] == ["link.login"]
    assert outcome.exit_code == 1


def test_a_link_that_was_lost_and_did_not_come_back_ends_in_a_problem_and_one_that_came_back_does_not(
    api: Desk,
) -> None:
    add(api)
    api.until(lambda: standing(api) == ["online"])
    api.world.die()
    api.until(lambda: standing(api) == ["waiting"])
    assert [problem.code for problem in run(api).problems] == ["link.unreachable"]
    api.world.alive = True
    api.until(lambda: standing(api) == ["online"])
    assert run(api).problems == ()


def test_a_protocol_that_is_missing_is_one_error(api: Desk) -> None:
    api.engine.context.adapters = {}  # type: ignore[misc]
    add(api, settled=False)
    api.until(lambda: api.engine.session.last_problem)
    (problem,) = run(api).problems
    assert (problem.code, problem.severity) == ("link.protocol", Severity.ERROR)


def test_what_comes_while_the_links_end_is_counted_as_it_is_recorded(api: Desk) -> None:
    add(api)
    api.until(lambda: standing(api) == ["online"])
    counts, problems = recorded(api.engine, 0.05)
    session = api.engine.session
    kept = session.ingest.counts.kept
    for n in range(300):
        api.world.report("t", float(n % 90))
    api.until(lambda: session.ingest.counts.kept == kept + 300)
    assert api.engine.stop() == ()
    counts, problems = with_reports(session, counts, problems)
    assert problems == ()
    assert (counts["reports"], counts["waiting"], counts["merged"]) == (session.ingest.counts.reports, 0, 0)
    assert counts["committed"] == counts["kept"] == kept + 300


@contextmanager
def black_hole() -> Generator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.blocks
def test_a_broker_that_says_nothing_and_one_that_is_not_there_end_in_problems(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.link.OPEN_S", 0.5)
    from devices.protocol_registry import adapters

    api = make_desk()
    api.engine.context.adapters = adapters()  # type: ignore[misc]
    api.engine.new_project(str(api.path)).result(60)
    with black_hole() as port, socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]
        closed.close()
        mqtt: Any = adapters()["mqtt"]

        async def keep() -> None:
            for one in (port, nobody):
                await api.engine.session.edits.add_link(mqtt.link(f"mqtt://127.0.0.1:{one}"))

        api.engine.context.loop.submit(keep(), name="add").result(60)
        api.until(lambda: len(standing(api)) == 2)
        outcome = run(api, 0.1)
    assert outcome.exit_code == 1
    assert {problem.where.rpartition(":")[2] for problem in outcome.problems} == {str(port), str(nobody)}
