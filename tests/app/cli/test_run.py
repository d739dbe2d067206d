"""`oikos run` and links that are not there: a recorder that recorded nothing says so, with exit code 1."""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest

from app.cli.frame.verb import Outcome
from app.cli.run import recorded
from tests.app.conftest import Desk, PretendAdapter
from twin.model.problem import Severity


def run(desk: Desk, time_s: float = 0.05) -> Outcome:
    counts, problems = recorded(desk.engine, time_s)
    return Outcome(counts, (), problems)


def add(desk: Desk, address: str = "pretend://house", *, settled: bool = True) -> None:
    """A link, though its peer may be away."""
    link = PretendAdapter(desk.world).link(address)

    async def keep() -> None:
        await desk.engine.session.structure.add_link(link)

    desk.engine.ground.loop.submit(keep(), name="add").result(5)
    if settled:
        desk.until(lambda: standing(desk))


def standing(desk: Desk) -> list[str]:
    """The links' states."""
    return [runner.state.value for runner in desk.engine.session.links.running]


def test_a_link_that_works_is_no_problem(desk: Desk) -> None:
    add(desk)
    desk.until(lambda: standing(desk) == ["online"])
    outcome = run(desk)
    assert (outcome.exit_code, outcome.problems) == (0, ())


def test_a_link_that_was_never_online_ends_in_one_problem_with_its_reason(desk: Desk) -> None:
    desk.world.alive = False
    add(desk)
    outcome = run(desk)
    (problem,) = outcome.problems
    assert outcome.exit_code == 1
    assert (problem.code, problem.where) == ("link.unreachable", "pretend://house")
    assert "nobody there" in problem.what


def test_a_link_that_wants_another_password_ends_in_a_problem(desk: Desk) -> None:
    desk.world.password = "secret"
    add(desk)
    outcome = run(desk)
    assert [problem.code for problem in outcome.problems] == ["link.login"]
    assert outcome.exit_code == 1


def test_a_link_that_was_lost_and_did_not_come_back_ends_in_a_problem_and_one_that_came_back_does_not(
    desk: Desk,
) -> None:
    add(desk)
    desk.until(lambda: standing(desk) == ["online"])
    desk.world.die()
    desk.until(lambda: standing(desk) == ["waiting"])
    assert [problem.code for problem in run(desk).problems] == ["link.unreachable"]
    desk.world.alive = True
    desk.until(lambda: standing(desk) == ["online"])
    assert run(desk).problems == ()


def test_a_protocol_that_is_missing_is_one_error(desk: Desk) -> None:
    desk.engine.ground.adapters = {}  # type: ignore[misc]
    add(desk, settled=False)
    desk.until(lambda: desk.engine.session.last_problem)
    (problem,) = run(desk).problems
    assert (problem.code, problem.severity) == ("link.protocol", Severity.ERROR)


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

    desk = make_desk()
    desk.engine.ground.adapters = adapters()  # type: ignore[misc]
    desk.engine.new_project(str(desk.path)).result(10)
    with black_hole() as port, socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]
        closed.close()
        mqtt: Any = adapters()["mqtt"]

        async def keep() -> None:
            for one in (port, nobody):
                await desk.engine.session.structure.add_link(mqtt.link(f"mqtt://127.0.0.1:{one}"))

        desk.engine.ground.loop.submit(keep(), name="add").result(5)
        desk.until(lambda: len(standing(desk)) == 2)
        outcome = run(desk, 0.1)
    assert outcome.exit_code == 1
    assert {problem.where.rpartition(":")[2] for problem in outcome.problems} == {str(port), str(nobody)}
