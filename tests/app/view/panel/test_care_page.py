"""The page of care: what it shows without and with a consent, what the person decides there, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_api import FakeDesk, done
from PySide6.QtCore import QRect
from turns import run_turns

from app.view.i18n import set_language
from app.view.panel.care_dialog import ConsentDialog, WithdrawDialog
from app.view.panel.care_page import CarePanel
from app.view.window import MainWindow
from twin.insight.care_sources import possible_sources
from twin.model.care import CareConsent, CareEvent, CareKind, CareQuestion, CareSetup, CareState, CareStatus
from twin.model.text import Text
from twin.rules.definition_body import definition_of
from twin.rules.notification import Recipient

HOUR_MS = 3_600_000


def status_of(api: FakeDesk, state: CareState = CareState.ASKING) -> CareStatus:
    """Anna is asked after twelve days."""
    sources = tuple(source for source, _ in possible_sources(api.twin))[:2]
    setup = CareSetup(person="Anna", sources=sources)
    return CareStatus(
        at_ms=1_764_500_000_000, state=state, consent=CareConsent(setup=setup, given_ms=1_763_400_000_000, recorded_by="Vera"),
        learned_days=12, last_sign_ms=1_764_456_800_000, silence_ms=12 * HOUR_MS, limit_ms=12 * HOUR_MS,
        question=CareQuestion(kind=CareKind.SILENCE, asked_ms=1_764_500_000_000) if state is CareState.ASKING else None,
        profile_ms=(12.0 * HOUR_MS,) * 48, longest_ms=(3.0 * HOUR_MS,) * 48, told=("Vera",),
        events=(CareEvent(time_ms=1_764_500_000_000, text=Text("care.asked", why=Text("care.kind.silence"))),),
    )  # fmt: skip


def page(window: MainWindow) -> CarePanel:
    window.trigger("care")
    found = window.panel("care")
    assert isinstance(found, CarePanel)
    for _ in range(3):
        run_turns(window)
        window.feed.tick()
    run_turns(window)
    return found


def test_without_a_consent_the_page_only_says_so_and_takes_one(window: MainWindow) -> None:
    shown = page(window)
    assert shown.state.text() == "Nobody has agreed to care: nothing is looked at"
    assert [one.isVisible() for one in (shown.agree, shown.withdraw, shown.clock, shown.well)] == [
        True,
        False,
        False,
        False,
    ]
    assert "no medical alarm" in shown.hint.text()


def test_a_question_is_shown_with_what_is_learned_and_can_be_answered(window: MainWindow, api: FakeDesk) -> None:
    api.answers["care"] = done((status_of(api),))
    shown = page(window)
    assert shown.state.text() == "Anna is asked whether all is well: nothing stirs"
    assert "Still learning: 12 of 28 days" in shown.more.text()
    assert "Vera" in shown.more.text()
    assert shown.clock.isVisible()
    shown.grab()
    shown.well.click()
    assert ("answer_care", ("Anna",)) in api.asked


def test_a_consent_is_recorded_only_with_a_name_and_the_tick(window: MainWindow, api: FakeDesk) -> None:
    shown = page(window)
    shown.agree.click()
    (dialog,) = shown.findChildren(ConsentDialog)
    assert not dialog.record.isEnabled()
    dialog.person.setText(" Anna ")
    assert not dialog.record.isEnabled()
    dialog.agreed.setChecked(True)
    dialog.kinds[CareKind.NIGHT].setChecked(False)
    assert dialog.record.isEnabled()
    dialog.record.click()
    ((_, (setup,)),) = [one for one in api.asked if one[0] == "agree_to_care"]
    assert isinstance(setup, CareSetup)
    assert (setup.person, CareKind.NIGHT in setup.kinds, CareKind.SILENCE in setup.kinds) == ("Anna", False, True)
    assert {one.point for one in setup.sources} == {source.point for source, on in possible_sources(api.twin) if on}


@pytest.mark.parametrize("spoken", ["en", "zh_CN"])
def test_the_consent_fits_in_a_small_screen_with_its_buttons_however_much_is_offered(
    window: MainWindow, api: FakeDesk, spoken: str
) -> None:
    set_language(spoken)
    told = tuple(definition_of(Recipient(id=f"r{number}", title=f"Recipient {number}")) for number in range(12))
    twin = replace(api.twin, definitions=replace(api.twin.definitions, recipients=told))
    dialog = ConsentDialog(window, twin, None, lambda _: None)
    dialog.open()
    run_turns(window)
    assert len(dialog.contacts) == 12
    assert dialog.height() <= 620, "a screen of 720 px has a bar and a title"
    for part in (dialog.agreed, dialog.cancel, dialog.record):
        assert part.isVisible()
        assert dialog.rect().contains(QRect(part.mapTo(dialog, part.rect().topLeft()), part.size()))


def test_a_withdrawal_asks_first_and_leaves_recordings_unless_ticked(window: MainWindow, api: FakeDesk) -> None:
    api.answers["care"] = done((status_of(api, CareState.WELL),))
    shown = page(window)
    for ticked in (False, True):
        shown.withdraw.click()
        dialog = shown.findChildren(WithdrawDialog)[-1]
        dialog.recordings.setChecked(ticked)
        dialog.withdraw.click()
    assert [one[1] for one in api.asked if one[0] == "withdraw_care"] == [("Anna", False), ("Anna", True)]


def test_a_pause_can_be_ended(window: MainWindow, api: FakeDesk) -> None:
    api.answers["care"] = done((status_of(api, CareState.PAUSED),))
    shown = page(window)
    assert [one.isVisible() for one in (shown.pause, shown.resume)] == [False, True]
    shown.resume.click()
    assert ("pause_care", (0, "Anna")) in api.asked


@pytest.mark.parametrize("spoken", ["en", "zh_CN"])
def test_nothing_on_the_page_is_wider_than_it(window: MainWindow, api: FakeDesk, spoken: str) -> None:
    api.answers["care"] = done((status_of(api),))
    shown = page(window)
    set_language(spoken)
    window.resize(1280, 800)
    run_turns(window)
    assert shown.list.minimumSizeHint().width() <= shown.area.viewport().width()


def test_of_two_persons_one_is_chosen_and_only_that_one_is_decided_for(window: MainWindow, api: FakeDesk) -> None:
    anna = status_of(api, CareState.WELL)
    assert anna.consent is not None
    ben_setup = replace(anna.consent.setup, person="Ben")
    ben = replace(anna, consent=replace(anna.consent, setup=ben_setup, key="Ben"), common=(ben_setup.sources[0].point,))
    api.answers["care"] = done((anna, ben))
    shown = page(window)
    assert [shown.person.itemText(at) for at in range(shown.person.count())] == ["Anna", "Ben"]
    assert shown.state.text() == "Anna: all as usual"
    shown.person.setCurrentIndex(1)
    assert shown.state.text() == "Ben: all as usual"
    assert "1 of 2 sensors are of several persons in care" in shown.more.text()
    assert "(common)" in shown.watched.text()
    shown.pause.click()
    assert next(args for what, args in api.asked if what == "pause_care")[1] == "Ben"
    shown.add.click()
    (dialog,) = shown.findChildren(ConsentDialog)
    assert dialog.person.text() == ""
    assert any("(common)" in box.text() for box, _ in dialog.sources.values())


def test_the_sensors_that_were_agreed_to_stand_first_in_the_dialog(window: MainWindow, api: FakeDesk) -> None:
    status = status_of(api, CareState.WELL)
    assert status.consent is not None
    last = [one for one, _ in possible_sources(api.twin)][-1]
    setup = replace(status.consent.setup, sources=(last,))
    api.answers["care"] = done((replace(status, consent=replace(status.consent, setup=setup)),))
    shown = page(window)
    shown.agree.click()
    (dialog,) = shown.findChildren(ConsentDialog)
    assert next(iter(dialog.sources)) == last.point
    assert dialog.setup().sources == (last,)
