"""A page of a PDF becomes a picture; what is broken, locked or empty is said."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from app.i18n import remedy
from twin.building.page_reader import read_page
from twin.model.problem import ProblemError

LOCKED = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj
4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>endobj
trailer<</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[<00><00>]>>
%%%%EOF""" % (b"ab" * 32, b"cd" * 32)


def paper(path: Path, *sizes: tuple[float, float]) -> Path:
    """A document with blank pages of these sizes in points."""
    document = pypdfium2.PdfDocument.new()
    for size in sizes:
        document.new_page(*size)
    document.save(path)
    return path


def test_an_a4_page_is_drawn_white_and_knows_its_size_on_paper(tmp_path: Path) -> None:
    page = read_page(paper(tmp_path / "plan.pdf", (595.0, 842.0), (842.0, 595.0)))
    assert page.pages == 2
    assert page.height_px * page.m_per_px == pytest.approx(0.297, abs=0.001)
    assert page.width_px * page.m_per_px == pytest.approx(0.210, abs=0.001)
    assert set(page.rgb) == {255}


def test_a_page_beyond_the_last_is_the_last(tmp_path: Path) -> None:
    page = read_page(paper(tmp_path / "plan.pdf", (595.0, 842.0), (842.0, 595.0)), 9)
    assert page.width_px > page.height_px


def test_a_huge_page_stays_a_picture_of_bounded_size(tmp_path: Path) -> None:
    page = read_page(paper(tmp_path / "plan.pdf", (14_000.0, 9_000.0)))
    assert max(page.width_px, page.height_px) <= 4_000


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("broken.pdf", b"%PDF-1.7 nonsense", "page.broken"),
        ("empty.pdf", b"", "page.broken"),
        ("locked.pdf", LOCKED, "page.locked"),
    ],
)
def test_what_cannot_be_drawn_is_said(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ProblemError) as error:
        read_page(tmp_path / name)
    assert error.value.problems[0].code == code
    assert remedy(error.value.problems[0])


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProblemError):
        read_page(tmp_path / "none.pdf")
