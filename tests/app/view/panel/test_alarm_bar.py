"""The bar of the gravest alarm: what, where, since when; shown, acknowledged, silenced, replayed from where one is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_api import NOW_MS, FakeDesk, refused
from PySide6.QtWidgets import QApplication
from turns import run_turns

from app.view.alarm_signals import AGAIN_MS, AlarmSignals, notification
from app.view.i18n import set_language
from app.view.panel.alarm_bar import AlarmBar
from app.view.panel.timeline import TimelinePanel
from app.view.window import MainWindow
from tests.english import words
from twin.model.alarm import AlarmOverlay, AlarmStatus
from twin.model.change import AlarmsChanged
from twin.model.problem import Problem
from twin.rules.alarm_act import Acknowledge

HOUR_MS = 3_600_000


def alarm(id: str, **more: object) -> AlarmStatus:
    fields = {
        "title": words(id.title()),
        "phase": "unack",
        "priority": 1,
        "since_ms": NOW_MS - 60_000,
        "raised_ms": NOW_MS - 120_000,
    } | more
    return AlarmStatus(id=id, **fields)  # type: ignore[arg-type]


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    made = make_window(api)
    made.show()
    made.feed.tick()
    return made


def tell(window: MainWindow, *alarms: AlarmStatus, whole: bool = False) -> None:
    window.feed.inbox.put_change(AlarmsChanged(alarms, (), whole))
    for _ in range(5):
        window.feed.tick()
    QApplication.processEvents()


def bar(window: MainWindow) -> AlarmBar:
    found = window.panel("alarm_bar")
    assert isinstance(found, AlarmBar)
    return found


def test_the_bar_has_the_devices_own_words(window: MainWindow) -> None:
    tell(window, alarm("limit", message="Too warm"))
    assert bar(window).what_to_do.isVisible()
    assert bar(window).what_to_do.text() == "The device says: Too warm"


def test_only_grave_alarms_that_wait_are_in_the_bar_the_gravest_first(window: MainWindow) -> None:
    assert not bar(window).isVisible()
    tell(window, alarm("co2", priority=3), alarm("hidden", overlay=AlarmOverlay.SHELVED), alarm("seen", phase="ack"))
    assert not bar(window).isVisible()
    tell(window, alarm("frost", priority=2), alarm("smoke", what_to_do=words("Leave the house")))
    assert bar(window).isVisible()
    assert "Smoke" in bar(window).title.text()
    assert bar(window).what_to_do.text() == "Leave the house"
    assert bar(window).more.text() == "1 more alarm"
    tell(window, alarm("smoke", phase="ack"))
    assert "Frost" in bar(window).title.text()
    assert not bar(window).more.isVisible()
    tell(window, alarm("frost", phase="normal"))
    assert not bar(window).isVisible()


def test_the_bar_acknowledges_once_and_shows_what_the_engine_says(window: MainWindow, api: FakeDesk) -> None:
    tell(window, alarm("smoke"))
    bar(window).acknowledge.click()
    assert ("act_on_alarms", (("smoke",), Acknowledge())) in [
        (name, (tuple(given[0]), given[1])) for name, given in api.asked if name == "act_on_alarms"
    ]
    assert bar(window).isVisible(), "it waits until the engine says that it is acknowledged"
    assert not bar(window).acknowledge.isEnabled()
    tell(window, alarm("smoke", phase="ack"))
    assert not bar(window).isVisible()


def test_a_refused_acknowledgement_is_a_problem_and_can_be_tried_again(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "act_on_alarms", lambda *_: refused(Problem(code="door.role")))
    tell(window, alarm("smoke"))
    bar(window).acknowledge.click()
    for _ in range(5):
        window.feed.tick()
    assert bar(window).acknowledge.isEnabled()
    assert any(problem.code == "door.role" for problem in window.feed.problems)


def test_the_bar_flies_to_the_place_and_plays_the_hour_before(window: MainWindow, api: FakeDesk) -> None:
    room = api.twin.rooms[0]
    tell(window, alarm("smoke", room=room.id))
    assert room.name in bar(window).title.text()
    bar(window).hour.click()
    timeline = window.panel("timeline")
    assert isinstance(timeline, TimelinePanel)
    assert timeline.playing
    raised = NOW_MS - 120_000
    assert window.feed.selection.state.moment_ms == raised - HOUR_MS
    flown: list[str] = []
    bar(window).flown.connect(flown.append)
    bar(window).show_place.click()
    assert flown == [str(room.id)]


def test_without_a_place_there_is_nothing_to_show(window: MainWindow) -> None:
    tell(window, alarm("smoke"))
    assert not bar(window).show_place.isVisible()


def test_the_bar_is_in_the_language_of_the_window(window: MainWindow) -> None:
    set_language("zh_CN")
    try:
        window.set_language("zh_CN")
        run_turns(window)
        tell(window, alarm("smoke"))
        assert bar(window).acknowledge.text() == "确认"
    finally:
        window.set_language("en")


class Signalled:
    """AlarmSignals of a window whose sounds and notifications are kept."""

    def __init__(self, window: MainWindow, *, in_front: bool = False) -> None:
        self.beeps = 0
        self.sent: list[str] = []
        self.signals = AlarmSignals(window.feed, window.settings, window, lambda: in_front, self._beep)
        self.signals.notifications = self  # type: ignore[assignment]

    def _beep(self) -> None:
        self.beeps += 1

    def send(self, asked: object) -> None:
        self.sent.append(asked.title)  # type: ignore[attr-defined]

    def close(self) -> None: ...

    @property
    def repeats(self) -> bool:
        return self.signals._again.isActive()


def test_new_alarms_sound_once_and_the_most_urgent_until_somebody_sees_to_it(window: MainWindow) -> None:
    made = Signalled(window)
    tell(window, alarm("frost", priority=2), alarm("co2", priority=4))
    made.signals.signal()
    assert (made.beeps, made.repeats) == (1, False)
    tell(window, alarm("smoke"))
    made.signals.signal()
    assert (made.beeps, made.repeats) == (2, True)
    assert made.signals._again.interval() == AGAIN_MS
    tell(window, alarm("smoke", phase="ack"))
    assert not made.repeats
    made.signals.signal()
    assert made.beeps == 2, "nothing is new"


def test_a_silenced_alarm_is_silent_until_another_one_comes(window: MainWindow) -> None:
    made = Signalled(window)
    tell(window, alarm("smoke"))
    made.signals.signal()
    made.signals.silence()
    assert not made.repeats
    tell(window, alarm("gas"))
    made.signals.signal()
    assert made.repeats


def test_an_alarm_that_latched_before_its_second_is_over_sounds_and_is_notified(window: MainWindow) -> None:
    made = Signalled(window)
    tell(window, alarm("break_in", priority=2))
    tell(window, alarm("break_in", priority=2, phase="latched_unack"))
    made.signals.signal()
    assert (made.beeps, len(made.sent)) == (1, 1)
    tell(window, alarm("break_in", priority=2, phase="latched_unack"), alarm("other", phase="normal"))
    made.signals.signal()
    assert made.beeps == 1, "it is the same"
    tell(window, alarm("break_in", priority=2, phase="latched_unack", raised_ms=NOW_MS))
    made.signals.signal()
    assert made.beeps == 2, "it was raised once more"


@pytest.mark.parametrize("over", ["rtn_unack", "latched_unack"])
def test_the_repeated_sound_goes_on_after_the_condition_until_it_is_acknowledged(window: MainWindow, over: str) -> None:
    made = Signalled(window)
    tell(window, alarm("smoke"))
    made.signals.signal()
    tell(window, alarm("smoke", phase=over))
    assert made.repeats
    tell(window, alarm("smoke", phase="latched_ack"))
    assert not made.repeats


def test_the_repeated_sound_ends_when_the_setting_is_switched_off(window: MainWindow) -> None:
    made = Signalled(window)
    tell(window, alarm("smoke"))
    made.signals.signal()
    made.signals._again.timeout.emit()
    assert (made.beeps, made.repeats) == (2, True)
    window.settings.change("alarm_sound", "off")
    made.signals._again.timeout.emit()
    assert (made.beeps, made.repeats) == (2, False)


def test_alarms_raised_while_the_engine_could_not_be_reached_are_new(window: MainWindow) -> None:
    made = Signalled(window)
    tell(window, alarm("frost", priority=2), whole=True)
    made.signals.signal()
    assert (made.beeps, made.sent) == (0, [])
    tell(window, alarm("frost", priority=2), alarm("flood", priority=2), whole=True)
    made.signals.signal()
    assert made.beeps == 1
    assert [title.split(" ")[0] for title in made.sent] == ["Flood"]
    window.feed.project_left.emit()
    tell(window, alarm("burglar", priority=2), whole=True)
    made.signals.signal()
    assert made.beeps == 1, "it was there when the next project was opened"


@pytest.mark.parametrize(("kind", "beeps"), [("off", 0), ("urgent", 1), ("all", 2)])
def test_which_alarms_sound_is_a_setting(window: MainWindow, kind: str, beeps: int) -> None:
    window.settings.change("alarm_sound", kind)
    made = Signalled(window)
    tell(window, alarm("co2", priority=4))
    made.signals.signal()
    tell(window, alarm("frost", priority=2))
    made.signals.signal()
    assert made.beeps == beeps


def test_alarms_that_were_there_when_the_project_was_opened_are_not_new_but_smoke_still_sounds(
    window: MainWindow,
) -> None:
    made = Signalled(window)
    tell(window, alarm("smoke"), alarm("frost", priority=2), whole=True)
    made.signals.signal()
    assert made.sent == []
    assert made.repeats


def test_the_desktop_is_told_only_while_the_window_is_not_in_front_and_only_where_wanted(window: MainWindow) -> None:
    behind, front = Signalled(window), Signalled(window, in_front=True)
    tell(window, alarm("smoke"), alarm("gas"))
    for made in (behind, front):
        made.signals.signal()
    assert len(behind.sent) == 1
    assert front.sent == []
    window.settings.change("alarm_notification", False)
    tell(window, alarm("frost"))
    behind.signals.signal()
    assert len(behind.sent) == 1


def test_a_notification_names_the_first_alarm_and_counts_the_others() -> None:
    made = notification([alarm("smoke", what_to_do=words("Leave the house")), alarm("gas")])
    assert made.title.startswith("Smoke")
    assert made.text == "Leave the house · 1 more alarm"
    assert made.urgent
