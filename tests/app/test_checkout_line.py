"""`oikos checkout`: lists what is expected, found and tested, and records results, beside an engine and without one."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage

from .test_cli import house, no_log_left_open, oikos

__all__ = ["house", "no_log_left_open", "oikos"]


def test_a_house_is_tested_device_by_device_and_goes_on_where_it_stopped(oikos: Any, house: Path) -> None:
    document = oikos("checkout", house)
    assert document["house"] | {"title": ""} == document["house"]
    assert [document["house"][name] for name in ("expected", "found", "tested", "failed")] == [1, 1, 0, 0]
    oikos("bind", house, "Lamp", "Kitchen")
    refused = oikos("checkout", house, "Lamp", "--right-room", "yes", "--pass", code=1)
    assert [problem["code"] for problem in refused["problems"]] == ["checkout.not_all_yes"]
    yes = ("--seen", "yes", "--plausible", "yes", "--right-room", "yes")
    (row,) = oikos("checkout", house, "Lamp", *yes, "--pass", "--note", "above the table")["devices"]
    assert (row["verdict"], row["note"], row["holds"]) == ("passed", "above the table", True)
    assert row["author"]
    assert row["time"]
    (room,) = oikos("checkout", house)["rooms"]
    assert (room["title"], room["tested"], room["passed"]) == ("Kitchen", 1, 1)
    (row,) = oikos("checkout", house, "Lamp", "--plausible", "no")["devices"]
    assert (row["verdict"], row["plausible"]) == ("open", "no")
    oikos("undo", house)
    assert oikos("checkout", house)["house"]["passed"] == 1
    oikos("checkout", house, "Lamp", "--reset")
    assert oikos("checkout", house)["house"]["tested"] == 0


def test_a_note_on_a_moved_device_tests_it_no_more(oikos: Any, house: Path) -> None:
    oikos("bind", house, "Lamp", "Kitchen")
    yes = ("--seen", "yes", "--plausible", "yes", "--right-room", "yes")
    oikos("checkout", house, "Lamp", *yes, "--pass")
    oikos("bind", house, "Lamp", "Hall")
    (row,) = oikos("checkout", house, "Lamp", "--note", "scratched")["devices"]
    assert (row["note"], row["verdict"], row["right_room"], row["holds"]) == ("scratched", "open", "open", False)
    (row,) = oikos("checkout", house, "Lamp", *yes, "--pass")["devices"]
    assert (row["verdict"], row["holds"]) == ("passed", True)


def test_a_photo_is_kept_and_something_else_is_refused(oikos: Any, house: Path, tmp_path: Path) -> None:
    photo, text, begins, kept = (tmp_path / name for name in ("lamp.jpg", "lamp.txt", "begins.jpg", "kept.jpg"))
    picture = QImage(2000, 1000, QImage.Format.Format_RGB32)
    picture.fill(0xFFFF0000)
    picture.save(str(photo))
    jpeg = photo.read_bytes()
    photo.write_bytes(jpeg[:2] + b"\xff\xe1\x00\x12Exif\x00\x00GPS52.39N" + jpeg[2:])
    text.write_text("lamp")
    begins.write_bytes(b"\xff\xd8\xff" + bytes(3000))
    problems = oikos("checkout", house, "Lamp", "--photo-out", kept, code=1)["problems"]
    assert [problem["code"] for problem in problems] == ["checkout.without_photo"]
    sha = oikos("checkout", house, "Lamp", "--fail", "--photo", photo)["devices"][0]["photo"]
    oikos("checkout", house, "Lamp", "--photo-out", kept)
    assert sha256(kept.read_bytes()).hexdigest() == sha
    assert b"Exif" not in kept.read_bytes()
    assert QImage(str(kept)).width() == 1600
    problems = oikos("checkout", house, "Lamp", "--photo-out", text, code=1)["problems"]
    assert [problem["code"] for problem in problems] == ["write.other_kind"]
    for wrong, code in (
        (text, "checkout.no_photo"),
        (begins, "checkout.no_photo"),
        (tmp_path / "none.jpg", "checkout.photo_unreadable"),
    ):
        problems = oikos("checkout", house, "Lamp", "--photo", wrong, code=1)["problems"]
        assert [problem["code"] for problem in problems] == [code]
    assert oikos("checkout", house, "Nobody", "--fail", code=1)["problems"][0]["code"] == "unknown.device"


def test_an_answer_without_a_device_is_a_usage_error(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from app.__main__ import main

    assert main(["checkout", str(house), "--fail"]) == 2
    assert "name the device" in capsys.readouterr().err


def test_the_hand_over_report_is_a_pdf_with_a_table_beside_it(oikos: Any, house: Path, tmp_path: Path) -> None:
    oikos("checkout", house, "Lamp", "--fail", "--note", "loose")
    document = oikos("report", "handover", house, "-o", tmp_path / "r")
    assert document["file"] == str(tmp_path / "r.pdf")
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")
    assert "loose" in (tmp_path / "r.csv").read_text(encoding="utf-8")
    assert (document["devices"], document["tested"], document["failed"]) == (1, 1, 1)
    (tmp_path / "mine.pdf").write_text("no PDF")
    refused = oikos("report", "handover", house, "-o", tmp_path / "mine.pdf", code=1)
    assert [problem["code"] for problem in refused["problems"]] == ["write.other_kind"]
