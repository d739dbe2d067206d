"""A question typed into the palette is answered in a dialog: sentence, rows that fly, what is shown in 3D and charted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import pytest
from fake_api import FakeDesk
from turns import run_turns

from app.i18n import in_language, sentence
from app.view.panel.answer_dialog import AnswerDialog
from app.view.window import MainWindow
from twin.insight.question import QuestionAnswer
from twin.model.observation import Quality
from twin.model.text import Text


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    made = make_window(api)
    made.feed.tick()
    return made


class Asked:
    """A dialog whose flights, selections and charts are kept."""

    def __init__(self, window: MainWindow, text: str) -> None:
        self.flown: list[str] = []
        self.only: list[object] = []
        self.charted: list[str] = []
        self.dialog = AnswerDialog(
            window.feed, window, go=self.flown.append, only=self.only.append, chart=self.charted.append
        )
        self.dialog.ask(text)
        for _ in range(5):
            window.feed.tick()

    @property
    def rows(self) -> list[list[str]]:
        items = [self.dialog.rows.topLevelItem(at) for at in range(self.dialog.rows.topLevelItemCount())]
        return [[item.text(at) for at in range(self.dialog.rows.columnCount())] for item in items if item is not None]


def report(window: MainWindow, api: FakeDesk, values: dict[str, float]) -> None:
    """Values by the name of a device and its capability, as the engine would deliver them."""
    for name, value in values.items():
        point = api.twin.find_point(name)
        assert point is not None
        at = window.feed.live.index(point.id)
        assert at is not None
        window.feed.live.value[at], window.feed.live.quality[at] = value, Quality.GOOD


def test_an_answer_has_a_sentence_and_rows_that_fly(window: MainWindow, api: FakeDesk) -> None:
    lights = [one for one in api.twin.devices if one.kind in ("light", "lamp") and one.point("on_off")]
    lamp = lights[0]
    report(window, api, {f"{one.name}/on_off": float(one is lamp) for one in lights})
    asked = Asked(window, "which lights are on")
    assert asked.dialog.said.text() == "1 device"
    assert asked.rows[0][0] == lamp.name
    asked.dialog.rows.itemClicked.emit(asked.dialog.rows.topLevelItem(0), 0)
    assert asked.flown == [lamp.id]
    asked.dialog.places.click()
    assert asked.only == [frozenset({lamp.id})]
    asked.dialog.charts.click()
    assert asked.charted == [str(lamp.point("on_off").id)]  # type: ignore[union-attr]


def test_a_question_about_the_past_reads_the_history_once(window: MainWindow, api: FakeDesk) -> None:
    asked = Asked(window, "which rooms were above 15° yesterday")
    assert asked.dialog.answer is not None
    assert "yesterday" in asked.dialog.understood.text()
    assert asked.dialog.said.text()


def test_a_question_that_is_not_understood_says_what_could_be_asked(window: MainWindow) -> None:
    asked = Asked(window, "tell me a joke")
    assert "not understood" in asked.dialog.said.text()
    assert "lights" in asked.dialog.notes.text()
    assert not asked.dialog.places.isEnabled()
    asked.dialog.ask("")
    assert asked.dialog.said.text() == ""


def test_energy_asks_for_the_meters_first(window: MainWindow) -> None:
    asked = Asked(window, "how much energy was used last week")
    assert asked.dialog.answer is not None


def test_energy_without_a_time_is_said_to_be_that_of_a_day(window: MainWindow) -> None:
    asked = Asked(window, "how much energy was used")
    assert "last 24 hours" in asked.dialog.understood.text()


def test_a_kind_of_devices_is_not_called_like_what_sensors_measure() -> None:
    kinds = ("Light", "Lamp", "off")
    named = in_language("zh_CN", (sentence(Text("ask.kind", kind=one)) for one in kinds))
    assert list(named) == ["灯", "台灯", "关"]


def test_answers_are_made_off_the_screen_s_thread(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    works: list[Callable[[], object]] = []

    def kept(work: Callable[[], object]) -> Future[object]:
        works.append(work)
        return Future()

    monkeypatch.setattr(api, "compute", kept)
    for text in ("which lights are on", "which rooms were above 15° yesterday", "energy yesterday"):
        asked = Asked(window, text)
        assert asked.dialog.answer is None, text
    assert [type(work()) for work in works] == [QuestionAnswer] * 3


def test_the_palette_offers_to_ask_what_it_does_not_find(window: MainWindow) -> None:
    from app.view.panel.palette import CommandPalette

    asked: list[str] = []
    palette = CommandPalette([], window, "hint", asked.append)
    palette.field.setText("which lights are on")
    assert palette.list.count() == 1
    palette._do(0)
    assert asked == ["which lights are on"]


def test_one_word_is_a_search_and_no_question(window: MainWindow) -> None:
    from app.view.panel.palette import CommandPalette

    palette = CommandPalette([], window, "hint", lambda _: None)
    palette.field.setText("lights")
    assert "Nothing found" in palette.list.item(0).text()
    palette.field.setText("哪些灯开着")
    assert palette.list.item(0).text() == "哪些灯开着"
    palette.close()


def test_the_action_opens_the_dialog(window: MainWindow) -> None:
    window.actions_by_id["ask"].trigger()
    run_turns(window)
    assert window.findChildren(AnswerDialog)
