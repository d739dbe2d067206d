"""`oikos report`: energy, comfort, alarms and availability as PDF and workbook, and their schedules, on a real project."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2  # pyright: ignore[reportMissingTypeStubs]
import pytest

from app.__main__ import main
from app.engine.reports.report_parts import ReportSource
from app.i18n.numbers import set_temperature_unit
from tests.app.test_energy_line import BEGIN_MS, MIN, placed
from tests.app.test_energy_line import house as house
from tests.twin.store.worlds import QUIET, device
from twin.model.ids import RoomId
from twin.store.history import History
from twin.store.project import Project

type Line = Callable[..., tuple[int, Any]]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    """Runs a verb with --json in the time zone UTC: exit code and document."""
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TZ", "UTC")

    def run(*words: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def text_of(pdf: Path) -> str:
    """All text of a PDF, as a reader finds it."""
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def sheets_of(book: Path) -> str:
    """The XML of all sheets and shared texts of a workbook."""
    with zipfile.ZipFile(book) as parts:
        names = [name for name in parts.namelist() if name.startswith(("xl/worksheets/", "xl/shared", "xl/workbook"))]
        return "\n".join(parts.read(name).decode() for name in names)


def test_the_energy_of_a_week_is_a_pdf_that_says_what_is_known_and_what_is_not(
    line: Line, house: Path, tmp_path: Path
) -> None:
    code, found = line("report", "energy", house, "--period", "2024-W11", "-o", tmp_path / "e.pdf")
    assert (code, found["period"]) == (0, "11–17 Mar 2024")
    text = text_of(tmp_path / "e.pdf")
    assert "100.8 kWh" in text
    assert "Kitchen" in text
    assert "Not metered separately" in text
    assert "No tariff is set up: costs are unknown." in text
    assert "Page 1 of" in text


def test_a_workbook_has_numbers_as_numbers_and_names_never_as_formulas(line: Line, house: Path, tmp_path: Path) -> None:
    code, _ = line("report", "energy", house, "--period", "2024-03", "-o", tmp_path / "e.xlsx")
    assert code == 0
    sheets = sheets_of(tmp_path / "e.xlsx")
    assert "=Plug" in sheets, "the name of a device is there"
    assert "<f>" not in sheets, "but no formula"
    assert "unknown" in sheets


def test_a_report_speaks_chinese(line: Line, house: Path, tmp_path: Path) -> None:
    code, _ = line("report", "energy", house, "--period", "2024-03", "-o", tmp_path / "e.pdf", "--lang", "zh_CN")
    assert code == 0
    assert "能源报告" in text_of(tmp_path / "e.pdf")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("comfort", "No room with a temperature sensor was recorded in this period."),
        ("alarms", "The log of alarms is empty"),
        ("availability", "Devices of which nothing is known, as they were never recorded in this period: 2."),
    ],
)
def test_what_was_never_recorded_is_said(line: Line, house: Path, tmp_path: Path, kind: str, said: str) -> None:
    code, _ = line("report", kind, house, "--period", "2024-03-12", "-o", tmp_path / "r.pdf")
    assert code == 0
    assert said in " ".join(text_of(tmp_path / "r.pdf").split())


def test_a_report_replaces_a_report_and_nothing_else(line: Line, house: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.pdf"
    out.write_text("a letter")
    code, found = line("report", "energy", house, "-o", out)
    assert (code, found["problems"][0]["code"], out.read_text()) == (1, "write.other_kind", "a letter")
    assert line("report", "energy", house, "-o", out, "--force")[0] == 0
    assert line("report", "energy", house, "-o", out)[0] == 0
    code, found = line("report", "energy", house, "-o", tmp_path / "r.docx")
    assert (code, found["problems"][0]["code"]) == (1, "report.format")


def test_a_schedule_is_made_changed_run_and_removed(line: Line, house: Path) -> None:
    code, found = line(
        "report", "schedule", house, "add", "Monday", "--about", "energy", "--every", "week", "--on", "mon", "--at", "07:30",
        "--format", "pdf,xlsx",
    )  # fmt: skip
    assert code == 0
    (row,) = found["schedules"]
    assert (row["schedule"]["minute"], row["schedule"]["formats"], row["last"]) == (450, ["pdf", "xlsx"], None)
    code, made = line("report", "schedule", house, "run", "monday")
    assert (code, made["last_problems"]) == (0, [])
    folder = Path(found["folder"])
    assert folder == house.with_name("house reports")
    assert sorted(one["name"] for one in made["files"]) == sorted(path.name for path in folder.iterdir())
    assert line("report", "schedule", house, "off", "Monday")[1]["schedules"][0]["next"] is None
    assert line("undo", house)[0] == 0
    code, found = line("report", "schedule", house)
    assert found["schedules"][0]["next"] is not None
    assert found["schedules"][0]["files"] == made["files"], "what became of the last one is remembered"
    assert line("report", "schedule", house, "remove", "Monday")[1]["schedules"] == []
    with Project.open(house, readonly=True) as project:
        assert project.twin().definitions.report_schedules == ()


def test_a_folder_that_cannot_be_made_is_a_problem(line: Line, house: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    line("report", "schedule", house, "folder", tmp_path / "taken")
    line("report", "schedule", house, "add", "Monthly")
    code, found = line("report", "schedule", house, "run", "Monthly")
    assert (code, found["problems"][0]["code"]) == (1, "report.folder")
    (row,) = line("report", "schedule", house)[1]["schedules"]
    assert [one["code"] for one in row["last_problems"]] == ["report.folder"]


def test_json_tells_the_progress_beside_the_document(
    line: Line, house: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "energy", str(house), "--period", "2024-W11", "-o", str(tmp_path / "e.pdf"), "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["file"].endswith("e.pdf")
    steps = [json.loads(one) for one in told.err.splitlines()]
    assert {one["job"] for one in steps} == {"report"}
    shares = [one["progress"] for one in steps]
    assert shares == sorted(set(shares))
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(shares) > 2


@pytest.mark.parametrize("suffix", ["pdf", "xlsx"])
def test_ctrl_c_while_a_report_is_written_leaves_no_file(
    line: Line, house: Path, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, steps = tmp_path / "out", list[float]()
    folder.mkdir()

    def interrupted(self: ReportSource, share: float = 0.0) -> None:
        steps.append(share)
        if share == 0.0:  # only the writing does not say how far it is
            raise KeyboardInterrupt

    monkeypatch.setattr(ReportSource, "step", interrupted)
    code, found = line("report", "energy", house, "--period", "2024-W11", "-o", folder / f"e.{suffix}")
    assert (code, steps[-1]) == (1, 0.0)
    assert [one["code"] for one in found["problems"]] == ["oikos.interrupted"]
    assert list(folder.iterdir()) == []


def test_a_report_shows_temperatures_in_the_unit_of_the_settings(line: Line, house: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "settings.toml").write_text('temperature_unit = "°F"\n', encoding="utf-8")
    try:
        assert line("report", "comfort", house, "--period", "2024-W11", "-o", tmp_path / "c.pdf")[0] == 0
    finally:
        set_temperature_unit("°C")
    text = text_of(tmp_path / "c.pdf")
    assert "°F" in text
    assert "°C" not in text


def test_in_a_building_with_groups_reports_show_no_single_room(line: Line, house: Path, tmp_path: Path) -> None:
    with Project.open(house) as project:
        seen = [replace(device(f"{name} eye", "motion"), room=RoomId(f"room-{name}")) for name in ("Kitchen", "Hall")]
        project.put_devices(seen)
        heater = device("heater", "energy_import", name="Heater")
        project.put_devices([placed(heater, "plug", "Hall", project)])
    words = ("report", "energy", house, "--period", "2024-W11", "-o")
    assert line("privacy", house, "--shared", "--groups", "on", "--places", "Kitchen=2", "--places", "Hall=3")[0] == 0
    assert line(*words, tmp_path / "silent.pdf")[0] == 0
    assert "Kitchen" not in text_of(tmp_path / "silent.pdf"), "nothing is known of the hall: it would be the kitchen's"
    with History.open(house.with_name("house.oikos-history"), pace=QUIET) as store:
        store.declare(heater.points)
        times = BEGIN_MS + np.arange(14 * 24 * 60 + 1) * MIN
        store.bulk(heater.points[0].id, times, 1000 + 5 * np.arange(len(times), dtype=np.float64))
    assert line(*words, tmp_path / "groups.pdf")[0] == 0
    text = text_of(tmp_path / "groups.pdf")
    assert "Kitchen, Hall" in text
    assert "Rooms are joined until they are meant for five people" in " ".join(text.split())
    assert line("privacy", house, "--places", "Hall=1")[0] == 0
    assert line(*words, tmp_path / "few.pdf")[0] == 0
    assert "Kitchen" not in text_of(tmp_path / "few.pdf")
