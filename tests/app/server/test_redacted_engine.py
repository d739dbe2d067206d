"""Persons on other machines who may not change who is notified see names of recipients, no addresses; and nobody but an admin
is told in which folder of the engine's machine the project lies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from app.engine.clock import utc_ms
from app.inbox import Inbox
from app.server.network_engine import NetworkEngine
from app.server.redacted_engine import HIDDEN, RedactedEngine, without_addresses
from app.server.roles import Role
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_network_door import Far
from twin.model.change import ProblemRaised, ProblemsSolved, ProjectOpened, ProjectOpenFailed, TwinChanged
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind, Definitions
from twin.model.notification_status import NotificationStatus, WaitingDelivery
from twin.model.problem import Problem
from twin.model.rule_status import RunLogEntry
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.definition_body import definition_of, read_rules
from twin.rules.notification import ChannelKind, ChannelUse, NotificationChannel, Recipient

pytestmark = pytest.mark.timeout(300)

SECRETS = ("bob@example.org", "smtp.example.org", "login-name", "sender@example.org", "secret-topic")
CHANNEL = NotificationChannel(
    id="mail", title="Mail", kind=ChannelKind.EMAIL, address="smtp.example.org:587", user="login-name",
    sender="sender@example.org", topic="secret-topic",
)  # fmt: skip
RECIPIENT = Recipient(id="bob", title="Bob", uses=(ChannelUse(channel="mail", to="bob@example.org"),), priority=2)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _holds_none(value: object) -> bool:
    return not any(secret in _text(value) for secret in SECRETS)


@pytest.fixture
def told(door: OpenDoor) -> Far:
    """An engine that tells Bob of alarms by mail."""
    far = Far(door)
    edits = [
        DefinitionEdit(DefinitionKind.CHANNEL, "mail", definition_of(CHANNEL)),
        DefinitionEdit(DefinitionKind.RECIPIENT, "bob", definition_of(RECIPIENT)),
    ]
    far.engine.change_definitions(edits).result(60)
    return far


@pytest.fixture
def attach() -> Iterator[Callable[[Far, str], NetworkEngine]]:
    """Attaches windows of other machines by token; each is detached at the end."""
    made: list[NetworkEngine] = []

    def one(far: Far, token: str) -> NetworkEngine:
        made.append(NetworkEngine.at(far.address(token), utc_ms))
        made[-1].start().result(60)
        return made[-1]

    yield one
    for remote in made:
        remote.stop()


@pytest.mark.parametrize(
    ("role", "sees"), [("viewer", False), ("operator", False), ("installer", True), ("admin", True)]
)
def test_addresses_of_recipients_are_for_those_who_may_change_them(
    told: Far,
    attach: Callable[[Far, str], NetworkEngine],
    role: str,
    sees: bool,
) -> None:
    remote = attach(told, told.grant("Vera", role).token)
    rules = read_rules(remote.twin.definitions)
    assert rules.problems == ()
    assert (rules.recipients["bob"].title, rules.recipients["bob"].priority) == ("Bob", 2)
    assert (rules.channels["mail"].title, rules.channels["mail"].kind) == ("Mail", ChannelKind.EMAIL)
    assert [secret in _text(remote.twin.definitions) for secret in SECRETS] == [sees] * len(SECRETS)
    told.engine.rename(told.engine.twin.devices[0].id, "Another name").result(60)
    told.door.desk.until(lambda: remote.twin.devices[0].name == "Another name", "the edit")
    assert (SECRETS[0] in _text(remote.twin.definitions)) is sees, "also after an edit"


@pytest.mark.parametrize(("role", "sees"), [("viewer", False), ("installer", True)])
def test_the_command_line_from_another_machine_shows_no_more(told: Far, role: str, sees: bool) -> None:
    token = told.grant("Vera", role).token
    body: dict[str, object] = {"words": ["notify", told.url, "--json"], "given": {}}
    lines = _lines(told, token, body)
    assert "Bob" in lines
    assert (SECRETS[0] in lines, SECRETS[1] in lines) == (sees, sees)


def _lines(far: Far, token: str, body: object) -> str:
    from app.server.network_client import PinnedConnection

    wire = PinnedConnection(far.address(token))
    try:
        wire.request("POST", "/verb", json.dumps(body).encode(), {"Authorization": f"Bearer {token}"})
        return wire.getresponse().read().decode()
    finally:
        wire.close()


@pytest.mark.parametrize("role", ["viewer", "operator", "installer", "admin"])
def test_only_an_admin_is_told_the_folder_of_the_project(
    told: Far,
    attach: Callable[[Far, str], NetworkEngine],
    role: str,
) -> None:
    token, path = told.grant("Vera", role).token, told.engine.project()
    expected = path if role == "admin" else Path(path).name
    assert told.ask(token, "GET", "/hello")[1]["project"] == expected
    assert told.ask(token, "GET", "/api/project")[1] == expected
    remote = attach(told, token)
    changes = [remote.inbox.drain()[1]]
    opened = [one.path for drained in changes for one in drained if isinstance(one, ProjectOpened)]
    assert all(one == expected for one in opened)
    assert remote._project == expected  # pyright: ignore[reportPrivateUsage] - what came over the network


def test_the_own_user_is_told_the_folder(door: OpenDoor) -> None:
    assert door.ask("GET", "/hello")[1]["project"] == str(door.desk.path)


def _engine(host: object, *, addresses: bool = False) -> RedactedEngine:
    return RedactedEngine(cast("Any", host), Role.INSTALLER if addresses else Role.OPERATOR)


def _given[T](value: T) -> Callable[..., Future[T]]:
    def answer(*args: object) -> Future[T]:
        del args
        future: Future[T] = Future()
        future.set_result(value)
        return future

    return answer


def _row(time_ms: int, rule: str, reason: Text) -> RunLogEntry:
    return RunLogEntry(time_ms=time_ms, rule=rule, run=0, reason=reason)


def test_what_waits_and_what_was_delivered_is_told_without_addresses() -> None:
    waiting = WaitingDelivery(id="1", title="Fire", recipient="bob", channel="mail", to=SECRETS[0], due_ms=1)
    why = Text("notify.bad_address", address=SECRETS[0])
    log = (
        _row(
            1,
            "notify",
            Text("notify.failed", title="Fire", alarm_id="smoke:k", who="Bob", way="Mail", to=SECRETS[0], why=why),
        ),
        _row(2, "rule", Text("rule.done", to="on")),
    )
    host = SimpleNamespace(
        twin=Twin(),
        notifications=_given(NotificationStatus(waiting=(waiting,))),
        run_log=_given(log),
        withheld_points=frozenset,
    )
    engine = _engine(host)
    assert _holds_none(engine.notifications().result(60))
    rows = engine.run_log(0, 9).result(60)
    assert _holds_none(rows)
    assert rows[0].reason.args["why"]["code"] == "notify.bad_address"
    assert rows[1] == log[1], "a rule's own values are no addresses"
    whole = _engine(host, addresses=True)
    assert whole.notifications().result(60).waiting[0].to == SECRETS[0]
    assert whole.run_log(0, 9).result(60) == log


def test_news_are_told_without_addresses_and_a_solved_problem_is_still_the_raised_one() -> None:
    inbox, sinks = Inbox(), list[Any]()
    host = SimpleNamespace(attach=sinks.append, project=lambda: "/home/anna/house.oikos", withheld_points=frozenset)
    _engine(host).attach(inbox)
    problem = Problem(
        code="notify.not_sent",
        args={"way": SECRETS[1], "why": Text("notify.refused", text=SECRETS[0])},
        where=SECRETS[1],
        detail=f"550 <{SECRETS[0]}> unknown",
    )
    definitions = Definitions(channels=(definition_of(CHANNEL),), recipients=(definition_of(RECIPIENT),))
    for change in (
        TwinChanged(Twin(definitions=definitions)),
        ProblemRaised(problem),
        ProblemsSolved((problem,)),
        ProjectOpenFailed("/home/anna/old.oikos", (Problem(code="project.damaged", where="/home/anna/old.oikos"),)),
        ProblemRaised(Problem(code="project.full", where="/home/anna/house.oikos")),
    ):
        sinks[0].put_change(change)
    changes: list[Any] = [*inbox.drain()[1]]
    assert _holds_none(changes[0].twin.definitions)
    assert all(_holds_none(one) for one in changes[1:])
    assert not any("anna" in _text(one) for one in changes[1:])
    raised, solved = changes[1].problem, changes[2].problems[0]
    assert raised == solved
    assert raised.args["way"] == HIDDEN


def test_an_unreadable_definition_shows_nothing_of_its_body() -> None:
    broken = Definition("bob", "Bob", True, f'{{"uses": [{{"to": "{SECRETS[0]}"')
    odd = Definition("eve", "Eve", True, f'{{"id": "eve", "uses": "{SECRETS[0]}"}}')
    shown = without_addresses(Definitions(recipients=(broken, odd)))
    assert _holds_none(shown)
    assert [one.title for one in shown.recipients] == ["Bob", "Eve"]


def test_a_twin_without_recipients_is_the_same_for_everyone() -> None:
    whole = Twin()
    engine = _engine(SimpleNamespace(twin=whole))
    assert engine.twin is whole
    with_one = Twin(definitions=Definitions(recipients=(definition_of(RECIPIENT),)))
    engine = _engine(SimpleNamespace(twin=with_one))
    assert engine.twin is engine.twin, "made once for a snapshot"


@pytest.mark.parametrize(("role", "may"), [("operator", False), ("installer", True), ("admin", True)])
def test_a_window_knows_what_its_role_allows(
    told: Far, attach: Callable[[Far, str], NetworkEngine], role: str, may: bool
) -> None:
    remote = attach(told, told.grant("Vera", role).token)
    assert remote.may("require_approval") is may
    assert remote.may("command")
    assert remote.may("grants") is (role == "admin")
    assert told.engine.may("grants")
