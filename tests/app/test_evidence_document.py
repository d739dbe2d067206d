"""The evidence of a complaint as a file: the words of the page, of the room itself, with progress, and told where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pypdfium2  # pyright: ignore[reportMissingTypeStubs]
import pytest

from app.engine.reports import report_writing
from tests.app.conftest import Desk
from tests.app.test_comfort_line import BEGIN_MS, HOUR, MIN
from tests.app.test_comfort_line import house as house
from twin.model.building_report import REPORT_JOB
from twin.model.change import Progress
from twin.model.ids import RoomId
from twin.model.problem import ProblemError
from twin.model.room_comfort import ComfortAssumptions
from twin.share.report_document import ReportDocument

COMPLAINT_MS = BEGIN_MS + 33 * HOUR + 20 * MIN
ASSUMED = ComfortAssumptions(clo=0.9)


@pytest.fixture
def office(make_desk: Callable[..., Desk], house: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An engine with the kitchen of two days open."""
    monkeypatch.setenv("TZ", "UTC")
    made = make_desk()
    made.engine.open(house).result(60)
    return made


def kitchen(office: Desk) -> RoomId:
    found = office.engine.twin.find_room("Kitchen")
    assert found is not None
    return found.id


def words(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as pdf:
        return " ".join("".join(page.get_textpage().get_text_range() for page in pdf).split())


def test_the_file_has_the_values_the_day_who_set_what_and_what_is_assumed(office: Desk, tmp_path: Path) -> None:
    out = tmp_path / "kitchen.pdf"
    made = office.engine.write_comfort_evidence(kitchen(office), COMPLAINT_MS, ASSUMED, str(out), "en").result(60)
    assert (made.name, made.size) == ("kitchen.pdf", out.stat().st_size)
    found = words(out)
    for part in (
        "Evidence of Kitchen", "5 Mar 2024 09:20", "16.0 °C", "45 %RH", "1,500 ppm", "Outdoor temperature unknown",
        "Too cold 25 %", "by Anna (confirmed)", "0.90 clo", "What was not recorded is shown as unknown",
    ):  # fmt: skip
        assert part in found, (part, found)
    assert "Ben" not in found, "he set something elsewhere"
    assert office.seen(Progress)[-1].done


def test_it_is_written_in_the_language_of_who_asks_and_as_a_workbook_by_its_suffix(
    office: Desk, tmp_path: Path
) -> None:
    room, engine = kitchen(office), office.engine
    engine.write_comfort_evidence(room, COMPLAINT_MS, ASSUMED, str(tmp_path / "a.pdf"), "zh_CN").result(60)
    assert "Anna" in (found := words(tmp_path / "a.pdf"))
    assert "当时" in found
    assert engine.write_comfort_evidence(room, COMPLAINT_MS, ASSUMED, str(tmp_path / "a.xlsx")).result(60).size > 1000


@pytest.mark.parametrize(
    ("name", "code"),
    [("none/a.pdf", "export.unwritable"), ("a.doc", "report.format"), ("diary.pdf", "write.other_kind")],
)
def test_a_file_that_cannot_be_written_is_a_problem_and_what_was_there_stays(
    office: Desk, tmp_path: Path, name: str, code: str
) -> None:
    (tmp_path / "diary.pdf").write_text("my diary", encoding="utf-8")
    asked = office.engine.write_comfort_evidence(kitchen(office), COMPLAINT_MS, ASSUMED, str(tmp_path / name))
    with pytest.raises(ProblemError) as error:
        asked.result(60)
    assert [one.code for one in error.value.problems] == [code]
    assert (tmp_path / "diary.pdf").read_text(encoding="utf-8") == "my diary"
    assert not office.engine.jobs.runs(REPORT_JOB)


def test_of_a_day_without_recordings_and_an_unknown_room_that_is_said(office: Desk, tmp_path: Path) -> None:
    engine, out = office.engine, tmp_path / "a.pdf"
    engine.write_comfort_evidence(kitchen(office), BEGIN_MS - 9 * HOUR, ASSUMED, str(out), "en").result(60)
    assert "Temperature unknown" in (found := words(out))
    assert "Nothing was set in this room." in found
    with pytest.raises(ProblemError, match=r"unknown\.room"):
        engine.write_comfort_evidence(RoomId("cellar"), COMPLAINT_MS, ASSUMED, str(out)).result(60)


def test_it_can_be_called_off_and_leaves_no_file(office: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go, write = Event(), Event(), report_writing.write_pdf

    def held(document: ReportDocument, out: Path, **options: object) -> None:
        begun.set()
        go.wait(60)
        write(document, out, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(report_writing, "write_pdf", held)
    out = tmp_path / "a.pdf"
    asked = office.engine.write_comfort_evidence(kitchen(office), COMPLAINT_MS, ASSUMED, str(out))
    assert begun.wait(60)
    office.engine.cancel(REPORT_JOB)
    go.set()
    with pytest.raises(ProblemError, match=r"report\.dropped"):
        asked.result(60)
    assert not out.exists()
