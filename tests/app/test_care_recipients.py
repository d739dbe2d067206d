"""Who is told of care, and who changes that: those whom the consent names, and only the person and administrators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from typing import cast

import pytest

from app.__main__ import main
from app.author import acting_for
from app.cli.framework import project_access
from app.engine.engine import Engine
from app.inbox import Inbox
from app.server.calls import REFUSALS, Host
from app.server.redacted_engine import redacted
from app.server.roles import NEED, Caller, Role
from app.server.undo_need import EDITED_BY, need_of
from tests.app.conftest import Desk
from tests.app.test_care_from_afar import ASKED
from tests.app.test_care_watch import asked, look, moves
from tests.app.test_care_watch import house as house
from twin.insight.care_sources import proposed_sources
from twin.model.care import CareKind, CareSetup
from twin.model.change import ProblemRaised
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.grant import Grant
from twin.model.problem import ProblemError
from twin.rules.automation import Alarmed, Automation, Notify
from twin.rules.care_alarms import care_alarms
from twin.rules.definition_body import RuleValue, definition_of
from twin.rules.notification import ChannelKind, ChannelUse, NotificationChannel, Recipient
from twin.rules.work_order import OriginKind, WorkOrder, WorkOrigin
from twin.store.project.rows import TABLES

type Named = tuple[DefinitionKind, RuleValue]


def way(address: str, title: str = "Way") -> Named:
    return DefinitionKind.CHANNEL, NotificationChannel(id="way", title=title, kind=ChannelKind.WEBHOOK, address=address)


def recipient(id: str, title: str, to: str = "", classes: tuple[str, ...] = ()) -> Named:
    return DefinitionKind.RECIPIENT, Recipient(
        id=id, title=title, uses=(ChannelUse(channel="way", to=to),), classes=classes
    )


def rule(id: str, *to: str) -> Named:
    text = "Look after her"
    return DefinitionKind.AUTOMATION, Automation(
        id=id, title=id, triggers=(Alarmed(alarm=ASKED),), actions=(Notify(text=text, to=to),)
    )


def visit(title: str) -> Named:
    origin = WorkOrigin(kind=OriginKind.ALARM, id=ASKED, text="Are you well?")
    return DefinitionKind.WORK_ORDER, WorkOrder(id="visit", title=title, origin=origin)


def edits(values: Sequence[Named]) -> list[DefinitionEdit]:
    return [DefinitionEdit(kind, one.id, definition_of(one)) for kind, one in values]


NOBODY = "http://127.0.0.1:9/nobody"
KIN = recipient("eva", "Eva", classes=("care",))


def agreed(house: Desk, *contacts: str) -> None:
    """Anna agrees; Eva gets alarms of the class care, Zoe those of property."""
    house.engine.change_definitions(edits([way(NOBODY), KIN, recipient("zoe", "Zoe", classes=("property",))])).result(
        60
    )
    sources = proposed_sources(house.engine.twin)
    house.engine.agree_to_care(
        CareSetup(person="Anna", sources=sources, kinds=(CareKind.SILENCE,), contacts=contacts)
    ).result(60)


def far(house: Desk, name: str, role: str) -> Host:
    return redacted(cast("Host", house.engine), Caller.of(Grant(id=name, name=name, role=role), "192.168.1.9"))


ATTEMPTS = {
    "herself for all classes": (False, edits([recipient("vera", "Vera")])),
    "herself for the class care": (False, edits([recipient("vera", "Vera", classes=("care",))])),
    "the class care to one who is there": (False, edits([recipient("zoe", "Zoe", classes=("care",))])),
    "her address for another's": (True, edits([recipient("eva", "Eva", to="vera", classes=("care",))])),
    "another server": (True, edits([way("http://vera.example/")])),
    "nobody is told": (True, [DefinitionEdit(DefinitionKind.RECIPIENT, "eva")]),
    "the alarm for herself": (True, edits([(DefinitionKind.ALARM, care_alarms((), "key1", ("vera",))[0])])),
    "a rule that tells": (True, edits([rule("tells")])),
}
"""What an installer tries, and whether it also is one where the consent names Eva."""


@pytest.mark.parametrize("contacts", [(), ("eva",)])
def test_only_the_person_and_administrators_change_who_is_told_of_care(house: Desk, contacts: tuple[str, ...]) -> None:
    agreed(house, *contacts)
    told, before = look(house).told, house.engine.twin.definitions
    for what, (named_too, tried) in ATTEMPTS.items():
        if contacts and not named_too:
            continue
        with pytest.raises(ProblemError, match=r"care\.(recipients|private)"):
            far(house, "Vera", "installer").change_definitions(tried).result(60)
        assert (house.engine.twin.definitions, look(house).told) == (before, told), what
    for name, role in (("Anna", "installer"), ("Boss", "admin")):
        for what, (_, tried) in ATTEMPTS.items():
            with acting_for(name, origin="192.168.1.9"):
                far(house, name, role).change_definitions(tried).result(60)
            assert house.engine.twin.definitions != before, what
            house.engine.undo(others=True).result(60)


@pytest.mark.parametrize("contacts", [(), ("eva",)])
@pytest.mark.parametrize("role", ["installer", "admin"])
@pytest.mark.parametrize("name", ["Anna", "Vera"])
def test_who_could_not_make_an_edit_neither_undoes_nor_redoes_it(
    house: Desk, name: str, role: str, contacts: tuple[str, ...]
) -> None:
    agreed(house, *contacts)
    harmless = edits([recipient("zoe", "Zoe", classes=("comfort",))])
    for what, tried in {**{one: found for one, (_, found) in ATTEMPTS.items()}, "harmless": harmless}.items():
        before = house.engine.twin.definitions
        back = [DefinitionEdit(one.kind, one.id, before.find(one.kind, one.id)) for one in tried]
        house.engine.change_definitions(tried).result(60)
        host = far(house, name, role)
        with acting_for(name, origin="192.168.1.9"):
            may_back = made(lambda host=host, back=back: host.change_definitions(back))
            if may_back:
                house.engine.undo(others=True).result(60)  # the edit back
            may_undo = made(lambda host=host: host.undo(others=True))
            assert may_undo == may_back, what
            assert (house.engine.twin.definitions == before) is may_undo, what
        if not may_undo:
            house.engine.undo(others=True).result(60)
        with acting_for(name, origin="192.168.1.9"):
            may_again = made(lambda host=host, tried=tried: host.change_definitions(tried))
            if may_again:
                house.engine.undo(others=True).result(60)  # the edit made again; now it is what redo makes
            assert made(host.redo) == may_again, what
        if may_again:
            house.engine.undo(others=True).result(60)
        assert house.engine.twin.definitions == before, what


def made[T](edit: Callable[[], Future[T]]) -> bool:
    try:
        edit().result(60)
    except ProblemError as error:
        if error.problems[0].code not in REFUSALS:
            raise
        return False
    return True


def test_undo_needs_the_role_of_each_edit_that_it_takes_back() -> None:
    assert EDITED_BY.keys() == TABLES.keys(), "every kind of step names its edit"
    for role in Role:
        for table, method in EDITED_BY.items():
            may = role >= max(NEED[method], NEED["undo"])
            assert may == (role >= need_of([table])), (role, table)
    assert need_of(TABLES) <= Role.ADMIN


def test_an_installer_changes_recipients_and_servers_that_care_does_not_use(house: Desk) -> None:
    agreed(house, "eva")
    vera = far(house, "Vera", "installer")
    for named in (
        recipient("vera", "Vera"),
        way(NOBODY, "Renamed"),
        recipient("eva", "Aunt Eva", classes=("property",)),
    ):
        vera.change_definitions(edits([named])).result(60)
    assert look(house).told == ("Aunt Eva",)


def waiting(host: Host) -> set[tuple[str, str]]:
    return {(one.recipient, one.title) for one in host.notifications().result(60).waiting}


@pytest.mark.parametrize(("to", "told"), [((), {"eva"}), (("zoe",), set[str]()), (("eva", "zoe"), {"eva"})])
def test_a_rule_of_a_care_alarm_tells_only_those_who_are_told_of_care(
    house: Desk, to: tuple[str, ...], told: set[str]
) -> None:
    agreed(house)
    house.engine.change_definitions(edits([rule("tells", *to)])).result(60)
    boxes = {name: Inbox() for name in ("Vera", "Anna")}
    ends = [far(house, name, "operator").attach(box).result(60) for name, box in boxes.items()]
    moves(house)
    look(house, 12 * 60 + 2)
    host = cast("Host", house.engine)
    house.until(
        lambda: any(row.reason.code == "run.finished" for row in host.run_log(0, 1 << 60, 200, "tells").result(60))
    )
    assert {who for who, title in waiting(host) if title == "tells"} == told
    heard = {
        name: any(isinstance(one, ProblemRaised) and one.problem.code == "rules.notice" for one in box.drain()[1])
        for name, box in boxes.items()
    }
    assert heard == {"Vera": False, "Anna": True}
    assert "tells" not in str(waiting(far(house, "Vera", "installer")))
    for end in ends:
        end()


def test_a_rule_of_a_care_alarm_is_shown_to_those_who_see_care(house: Desk) -> None:
    agreed(house)
    house.engine.change_definitions(edits([rule("tells")])).result(60)

    def seen_by(name: str, role: str) -> list[bool]:
        host = far(house, name, role)
        found = host.twin.definitions.automations, host.rules().result(60)
        return ["tells" in str(one) for one in found]

    assert seen_by("Vera", "installer") == [False, False]
    assert seen_by("Anna", "viewer") == seen_by("Boss", "admin") == [True, True]
    label = far(house, "Vera", "installer").undo_labels()[0]
    assert label is not None
    assert "tells" not in str(label.args)


def test_the_undo_label_of_a_work_order_made_from_a_care_alarm_has_no_title(house: Desk) -> None:
    asked(house)
    for change in (
        edits([visit("Visit Anna")]),
        edits([visit("See Anna")]),
        [DefinitionEdit(DefinitionKind.WORK_ORDER, "visit")],
    ):
        house.engine.change_work_orders(change).result(60)
        label = house.engine.undo_labels()[0]
        assert label is not None
        assert "Anna" not in str(label.args)
    with pytest.raises(ProblemError, match=r"care\.private"):
        far(house, "Vera", "operator").change_work_orders(edits([visit("Spy")]))


def test_a_name_that_has_not_agreed_is_told_with_those_who_have_to_those_who_may_know(house: Desk) -> None:
    agreed(house)
    with pytest.raises(ProblemError) as told:
        house.engine.pause_care(1, "Carl").result(60)
    assert (told.value.problems[0].code, told.value.problems[0].args) == (
        "care.not_agreed", {"person": "Carl", "names": ["Anna"]},
    )  # fmt: skip
    with acting_for("Carl", origin="192.168.1.9"), pytest.raises(ProblemError) as refused:
        far(house, "Carl", "viewer").pause_care(1).result(60)
    assert (refused.value.problems[0].code, refused.value.problems[0].args) == (
        "care.not_agreed_alone", {"person": "Carl"},
    )  # fmt: skip


def test_the_command_line_says_who_has_not_agreed_and_who_has(
    house: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(path: str, links: object) -> nullcontext[Engine]:
        return nullcontext(house.engine)

    monkeypatch.setattr(project_access, "working", here)
    agreed(house)
    path = str(house.path)
    assert main(["care", path, "--person", "Carl"]) == 1
    assert "Carl has not agreed to care. In care: Anna" in "".join(capsys.readouterr())
    assert main(["care", path, "--withdraw"]) == 0
    assert main(["care", path, "--person", "Carl"]) == 1
    assert "Nobody has agreed to care" in "".join(capsys.readouterr())


def test_from_afar_the_command_line_does_not_say_of_others_whether_they_have_agreed(
    house: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed(house)
    host = far(house, "Anna", "viewer")

    def there(path: str, links: object) -> nullcontext[Host]:
        return nullcontext(host)

    def may(method: str) -> bool:
        return NEED[method] <= Role.VIEWER

    monkeypatch.setattr(host, "may", may, raising=False)
    monkeypatch.setattr(project_access, "working", there)
    with acting_for("Anna", origin="192.168.1.9"):
        assert main(["care", str(house.path)]) == 0
        assert main(["care", str(house.path), "--person", "Ben"]) == 1
    assert "for that person and for administrators only" in capsys.readouterr().err
