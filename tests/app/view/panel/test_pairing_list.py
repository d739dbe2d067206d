"""The page that pairs many devices from a list: what is asked, and what is told of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fake_api import FakeDesk, room_id
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from turns import run_turns

from app.view.i18n import set_language
from app.view.panel.pairing_list import SHOWN, PairingListPanel
from app.view.window import MainWindow
from tests.english import plain, words
from twin.model.change import PairingJobsChanged, TwinChanged
from twin.model.ids import PlaceholderId, StoreyId
from twin.model.pairing_job import PairingJob, PairingRequest, PairingState
from twin.model.space import Placeholder


def opened(window: MainWindow) -> PairingListPanel:
    window.show_activity("install")
    run_turns(window)
    press(window.panel("install").list, window)  # type: ignore[attr-defined]
    found = window.panel("pairing")
    assert isinstance(found, PairingListPanel)
    return found


def press(button: QPushButton, window: MainWindow) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    run_turns(window)
    for _ in range(2):  # the list is read, then its devices are asked for
        window.feed.tick()
        run_turns(window)


def show(window: MainWindow, api: FakeDesk, *jobs: PairingJob) -> None:
    api.jobs = jobs
    api.inbox.put_change(PairingJobsChanged(jobs))
    window.feed.tick()
    run_turns(window)


def test_a_pasted_list_is_paired_as_it_says(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    assert not panel.start.isEnabled()
    panel.text.setPlainText("3497-011-2332, Desk lamp, Kitchen\n34970112333\n")
    press(panel.start, window)
    asked = [args[0] for what, args in api.asked if what == "pair_many"]
    assert asked == [
        (
            PairingRequest(code="3497-011-2332", name="Desk lamp", room=room_id("Kitchen")),
            PairingRequest(code="34970112333"),
        )
    ]
    assert panel.text.toPlainText() == ""
    assert [card.name.text() for card in panel.cards.values()] == ["Desk lamp · Kitchen", "Code 2"]


def test_a_list_that_is_too_long_stays_and_is_told(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    text = "\n".join(f"{n:04d}-123-4567, Lamp {n}" for n in range(620))
    panel.text.setPlainText(text)
    press(panel.start, window)
    assert panel.reason.isVisible()
    assert panel.text.toPlainText() == text
    assert not [what for what, _ in api.asked if what == "pair_many"]


def test_a_list_without_codes_stays_and_is_told(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    panel.text.setPlainText("Desk lamp")
    press(panel.start, window)
    assert panel.reason.isVisible()
    assert panel.text.toPlainText() == "Desk lamp"
    assert not [what for what, _ in api.asked if what == "pair_many"]


def test_each_job_tells_its_stage_or_reason_and_can_be_tried_again_or_cancelled(
    window: MainWindow, api: FakeDesk
) -> None:
    panel = opened(window)
    wrong = plain("Nothing answered", "Hold it nearer", code="pair.not_found")
    show(
        window,
        api,
        PairingJob(id="1", name="Done", state=PairingState.DONE),
        PairingJob(id="2", name="Waits"),
        PairingJob(id="3", name="Runs", state=PairingState.RUNNING, stage=words("Looking")),
        PairingJob(id="4", name="Lost", state=PairingState.FAILED, problem=wrong),
    )
    order = [panel.list.itemAt(n).widget() for n in range(panel.list.count())]
    assert [card.name.text() for card in order] == ["Runs", "Lost", "Waits", "Done"]  # type: ignore[union-attr]
    assert (panel.cards["3"].state.text(), panel.cards["3"].reason.text()) == ("Pairing", "Looking")
    assert "Nothing answered" in panel.cards["4"].reason.text()
    assert panel.summary.text() == "1 done, 1 failed, 2 waiting"
    press(panel.cards["4"].button, window)
    press(panel.cards["2"].button, window)
    assert not panel.cards["3"].button.isVisible()
    press(panel.again, window)
    press(panel.clear, window)
    asked = [(what, args[0]) for what, args in api.asked if what.endswith("_pairing")]
    assert asked == [
        ("retry_pairing", ("4",)),
        ("cancel_pairing", ("2",)),
        ("retry_pairing", ("4",)),
        ("forget_pairing", ("1", "4")),
    ]
    assert set(panel.cards) == {"2", "3"}


def test_planned_devices_are_lines_to_be_completed(window: MainWindow, api: FakeDesk) -> None:
    place = Placeholder(
        id=PlaceholderId("p"), name="Stairs lamp", kind="light", storey=StoreyId("ground"), room=room_id("Hall")
    )
    panel = opened(window)
    assert not panel.planned.isVisible()
    api.twin = replace(api.twin, placeholders=(place,))
    api.inbox.put_change(TwinChanged(api.twin))
    window.feed.tick()
    press(panel.planned, window)
    assert panel.text.toPlainText().strip() == ', "Stairs lamp", "Hall"'
    panel.text.setPlainText('34970112332, "Stairs lamp", "Hall"\n, "Attic lamp"')
    press(panel.start, window)
    assert panel.text.toPlainText() == ', "Attic lamp"'  # its code comes later
    (asked,) = [args[0] for what, args in api.asked if what == "pair_many"]
    assert [one.place for one in asked] == ["p"]


def test_a_long_list_shows_what_failed_and_counts_the_rest(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    jobs = [PairingJob(id=str(n), name=f"Lamp {n}", state=PairingState.DONE) for n in range(200)]
    jobs[150] = replace(jobs[150], state=PairingState.FAILED)
    show(window, api, *jobs)
    assert len(panel.cards) == SHOWN
    assert "150" in panel.cards
    assert panel.more.text() == "and 140 more"


def test_a_file_is_read_into_the_list_and_one_that_is_not_there_is_told(
    window: MainWindow, api: FakeDesk, tmp_path: Path
) -> None:
    panel = opened(window)
    (tmp_path / "list.csv").write_text("code,name,room\n34970112332,灯,Hall\n", encoding="utf-8-sig")
    panel.read_file(str(tmp_path / "list.csv"))
    window.feed.tick()
    assert panel.text.toPlainText().startswith("code,name,room")
    panel.read_file(str(tmp_path / "nothing.csv"))
    window.feed.tick()
    assert panel.reason.isVisible()


def test_the_page_follows_the_language(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    show(window, api, PairingJob(id="1", name="台灯", state=PairingState.FAILED))
    set_language("zh_CN", "°C")
    panel.retranslate()
    assert panel.start.text() == "全部配对"
    assert panel.cards["1"].button.text() == "重试"
