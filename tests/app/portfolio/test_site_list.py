"""The portfolio file: what is read, kept, refused, and never written over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.portfolio.site_list import FORMAT_KEY, MOST_BYTES, add_site, find_site, new_site, read_sites, remove_site
from twin.model.problem import ProblemError


def written(file: Path, *sites: object, **more: object) -> Path:
    file.write_text(json.dumps({FORMAT_KEY: 1, "sites": sites, **more}), encoding="utf-8")
    return file


def refusal(file: Path) -> str:
    with pytest.raises(ProblemError) as caught:
        read_sites(file)
    return caught.value.problems[0].code


def test_a_site_is_added_changed_found_by_name_and_removed(tmp_path: Path) -> None:
    file = tmp_path / "portfolio.json"
    assert read_sites(file) == ()
    add_site(file, new_site("https://[::1]", name="School", latitude=51.3, longitude=12.4))
    add_site(file, new_site(str(tmp_path / "cottage")))
    add_site(file, new_site("https://[::1]:8443", name="School", place="Leipzig"))
    school, cottage = read_sites(file)
    assert (school.at, school.place, school.latitude, school.far) == ("https://[::1]:8443", "Leipzig", 51.3, True)
    assert (cottage.at, cottage.title, cottage.far) == (str(tmp_path / "cottage.oikos"), "cottage", False)
    assert json.loads(file.read_text())["sites"][1] == {"at": "cottage.oikos"}, "it can be moved with its folder"
    assert find_site(read_sites(file), "COTTAGE") == cottage
    assert remove_site(file, "school") == school
    assert [one.at for one in read_sites(file)] == [cottage.at]


def test_what_another_program_wrote_beside_a_site_is_kept(tmp_path: Path) -> None:
    file = written(tmp_path / "portfolio.json", {"at": "a.oikos", "tags": ["x"]}, {"at": "b.oikos"})
    remove_site(file, "b")
    assert json.loads(file.read_text())["sites"] == [{"at": "a.oikos", "tags": ["x"]}]


def test_a_site_that_is_added_again_keeps_what_is_not_given_anew(tmp_path: Path) -> None:
    """A file that is dropped a second time names nothing but its address."""
    known = {"at": "a.oikos", "name": "Mill", "place": "Ulm", "latitude": 48.4, "longitude": 10.0, "tags": ["x"]}
    file = written(tmp_path / "portfolio.json", known, groups={"south": ["a.oikos"]})
    add_site(file, new_site(str(tmp_path / "a.oikos")))
    assert json.loads(file.read_text()) == {FORMAT_KEY: 1, "sites": [known], "groups": {"south": ["a.oikos"]}}
    add_site(file, new_site(str(tmp_path / "a.oikos"), place="Neu-Ulm", latitude=48.39, longitude=10.01))
    assert json.loads(file.read_text())["sites"] == [
        {**known, "place": "Neu-Ulm", "latitude": 48.39, "longitude": 10.01}
    ]
    remove_site(file, "Mill")
    add_site(file, new_site(str(tmp_path / "a.oikos")))
    assert json.loads(file.read_text()) == {
        FORMAT_KEY: 1, "sites": [{"at": "a.oikos"}], "groups": {"south": ["a.oikos"]}
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"oikos-portfolio": 2, "sites": []}', '{"oikos-portfolio": 1, "sites": 3}', "[" * 100_000,
     '{"oikos-portfolio": 1, "sites": [{"name": "no address"}]}', '{"oikos-portfolio": 1, "sites": [7]}',
     '{"oikos-portfolio": 1, "sites": [{"at": "a", "latitude": "north"}]}', " " * (MOST_BYTES + 1)],
)  # fmt: skip
def test_a_damaged_list_is_told_and_never_written_over(tmp_path: Path, text: str) -> None:
    file = tmp_path / "portfolio.json"
    file.write_text(text, encoding="utf-8")
    assert refusal(file) == "portfolio.damaged"
    with pytest.raises(ProblemError):
        add_site(file, new_site("a.oikos"))
    assert file.read_text(encoding="utf-8") == text


def test_a_latitude_of_400_digits_is_no_coordinate(tmp_path: Path) -> None:
    file = written(tmp_path / "portfolio.json", {"at": "a.oikos", "latitude": 10**400, "longitude": 0})
    assert refusal(file) == "portfolio.coordinates"


def test_a_list_that_is_no_file_is_not_opened(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "portfolio.unreadable"


@pytest.mark.parametrize(
    "numbers", [(91.0, 0.0), (10**400, 0.0), (0.0, 181.0), (float("nan"), 0.0), (1.0, None), (None, 1.0)]
)
def test_coordinates_are_degrees_and_both_or_none(numbers: tuple[float | None, float | None]) -> None:
    with pytest.raises(ProblemError) as caught:
        new_site("a.oikos", latitude=numbers[0], longitude=numbers[1])
    assert caught.value.problems[0].code == "portfolio.coordinates"


@pytest.mark.parametrize("at", ["", "  ", "https://", "https://host/path", "https://user@host", "https://host:99999"])
def test_what_is_no_address_of_a_site_is_refused(at: str) -> None:
    with pytest.raises(ProblemError) as caught:
        new_site(at)
    assert caught.value.problems[0].code in ("portfolio.no_site", "attach.url")


def test_a_name_of_two_sites_or_of_none_removes_nothing(tmp_path: Path) -> None:
    file = written(tmp_path / "portfolio.json", {"at": "a.oikos", "name": "House"}, {"at": "b.oikos", "name": "House"})
    for wanted, code in (("house", "portfolio.ambiguous"), ("castle", "portfolio.unknown")):
        with pytest.raises(ProblemError) as caught:
            remove_site(file, wanted)
        assert caught.value.problems[0].code == code
    assert len(read_sites(file)) == 2
