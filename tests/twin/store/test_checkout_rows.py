"""What was tested of a device: kept in the project, one undo step, gone and back with its device, refused where it contradicts."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from app.i18n import sentence
from tests.twin.store import old_files
from tests.twin.store.worlds import LINK, building, device
from twin.model.checkout import LONGEST_NOTE, Answer, CheckoutVerdict, DeviceCheckout
from twin.model.checkout_tally import next_untested, signed, tallies
from twin.model.ids import RoomId
from twin.model.problem import ProblemError
from twin.store import migrations
from twin.store.project import Project

LAMP, PLUG = device("lamp", name="Lamp"), device("plug", name="Plug")
KITCHEN = RoomId("r-Kitchen")
YES = DeviceCheckout(
    id=LAMP.id,
    seen=Answer.YES,
    plausible=Answer.YES,
    right_room=Answer.YES,
    verdict=CheckoutVerdict.PASSED,
    room=KITCHEN,
)
PHOTO = b"\xff\xd8\xff" + b"x" * 100
SHA = sha256(PHOTO).hexdigest()


@pytest.fixture
def project(tmp_path: Path):
    with Project.create(tmp_path / "p.oikos") as made:
        made.set_building(building("Kitchen", "Hall"))
        made.add_link(LINK)
        made.put_devices([LAMP, PLUG])
        made.bind(LAMP.id, KITCHEN)
        yield made


def test_a_result_is_one_undo_step_and_is_there_when_the_project_is_opened_again(project: Project) -> None:
    noted = replace(YES, note=" loose\x07 frame\n ", photo=SHA, time_ms=5, author="ann")
    assert project.check_out([noted], {SHA: PHOTO}).checkouts == (replace(noted, note="loose frame"),)
    assert project.checkout_photo(SHA) == PHOTO
    assert sentence(project.undo()) == "Check Lamp out"
    assert project.twin().checkouts == ()
    project.redo()
    project.close()
    with Project.open(project.path, readonly=True) as again:
        assert again.twin().checkouts == (replace(noted, note="loose frame"),)
        assert again.checkout_photo(SHA) == PHOTO
        assert again.check() == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("灯坏\u3000左边\u00a0x", "灯坏\u3000左边\u00a0x"),
        ("\U0001f469\u200d\U0001f527 \u200c\ufe0f", "\U0001f469\u200d\U0001f527 \u200c\ufe0f"),
        ("a\tb\r\nc\u2028d\x07\x9b", "a b\nc\nd"),
        ("\u202egpj.exe\u2069\ud800", "gpj.exe"),
        ("\u3000\n ", ""),
    ],
)
def test_a_note_keeps_the_spaces_and_joiners_of_every_script(project: Project, typed: str, kept: str) -> None:
    project.check_out([replace(YES, note=typed)])
    assert project.twin().checkouts[0].note == kept


def test_many_results_are_one_step_and_a_blank_one_deletes_the_devices(project: Project) -> None:
    project.check_out([YES, DeviceCheckout(id=PLUG.id, seen=Answer.NO, verdict=CheckoutVerdict.FAILED)])
    assert len(project.twin().checkouts) == 2
    project.check_out([DeviceCheckout(id=LAMP.id), DeviceCheckout(id=PLUG.id)])
    assert project.twin().checkouts == ()
    assert sentence(project.undo()) == "Check 2 devices out"
    assert len(project.twin().checkouts) == 2


def test_a_removed_device_takes_its_result_along_and_brings_it_back(project: Project) -> None:
    project.check_out([YES])
    project.remove_device(LAMP.id)
    assert project.twin().checkouts == ()
    project.undo()
    assert project.twin().checkouts == (YES,)
    project.remove_link(LINK.id)
    assert project.twin().checkouts == ()
    project.undo()
    assert project.twin().checkouts == (YES,)
    assert project.check() == []


def test_what_contradicts_itself_is_refused_and_changes_nothing(project: Project) -> None:
    project.check_out([replace(YES, note="x" * 9000)])
    assert len(project.twin().checkouts[0].note) == LONGEST_NOTE
    before = project.twin()
    for wrong, photos, code in (
        (replace(YES, seen=Answer.NO), {}, "checkout.not_all_yes"),
        (replace(YES, right_room=Answer.OPEN), {}, "checkout.not_all_yes"),
        (replace(YES, id=device("nobody").id), {}, "unknown.device"),
        (replace(YES, photo=SHA), {SHA: b"GIF89a"}, "checkout.no_photo"),
        (replace(YES, photo="0"), {"0": PHOTO}, "checkout.no_photo"),
    ):
        with pytest.raises(ProblemError) as refused:
            project.check_out([wrong], photos)
        assert refused.value.problems[0].code == code
    large = PHOTO + b"x" * 2_000_000
    with pytest.raises(ProblemError) as refused:
        project.check_out([YES], {sha256(large).hexdigest(): large})
    assert refused.value.problems[0].code == "checkout.photo_too_large"
    assert project.twin() is before


def test_a_device_that_was_moved_since_is_to_be_tested_again(project: Project) -> None:
    project.check_out([YES])
    (kitchen, loose) = tallies(project.twin())
    assert (kitchen.room, kitchen.expected, kitchen.found, kitchen.tested, kitchen.passed) == (KITCHEN, 2, 1, 1, 1)
    assert (loose.room, loose.expected, loose.tested) == (None, 1, 0)
    assert next_untested(project.twin()) == project.twin().device_of[PLUG.id]
    project.bind(LAMP.id, RoomId("r-Hall"))
    assert not any(one.tested for one in tallies(project.twin()))
    project.undo()
    assert tallies(project.twin())[0].tested == 1


@pytest.mark.parametrize(
    ("tested", "now", "holds"),
    [
        (("A1", "S1"), ("A1", "S1"), True),
        (("A1", "S1"), ("A1", "S2"), False),
        (("A1", "S1"), ("A2", "S1"), True),  # the same thing, named better
        (("A1", "S1"), ("A1", ""), True),  # described without its number
        (("A1", ""), ("A1", "S2"), True),  # its number came later
        (("A1", ""), ("A2", ""), False),
        (("", ""), ("A2", "S2"), True),  # tested by a version that did not keep it
    ],
)
def test_a_verdict_holds_for_the_product_that_was_tested(
    project: Project, tested: tuple[str, str], now: tuple[str, str], holds: bool
) -> None:
    def there(what: tuple[str, str]) -> None:
        project.put_devices([replace(project.twin().device_of[LAMP.id], model=what[0], serial=what[1])])

    there(tested)
    project.check_out(signed([replace(YES, note="by the door", photo=SHA)], project.twin(), 5, "ann"), {SHA: PHOTO})
    there(now)
    (kept,) = project.twin().checkouts
    lamp = project.twin().device_of[LAMP.id]
    assert kept.tests(lamp) is holds
    goes_on = kept.continued(lamp)
    assert (goes_on.verdict is CheckoutVerdict.PASSED, goes_on.note, goes_on.photo) == (
        holds,
        "by the door",
        SHA * holds,
    )
    assert project.check() == []


@pytest.mark.parametrize("version", range(1, migrations.newest("project") + 1))
def test_a_project_of_every_version_keeps_what_was_tested(tmp_path: Path, version: int) -> None:
    old_files.load(f"project_v{version}.sql", tmp_path / "old.oikos")
    with Project.open(tmp_path / "old.oikos") as project:
        project.check_out([replace(YES, id=old_files.LAMP.id)])
        assert project.check() == []
    with Project.open(tmp_path / "old.oikos") as project:
        assert [one.id for one in project.twin().checkouts] == [old_files.LAMP.id]
        assert project.check() == []


def test_a_result_from_before_the_product_was_kept_still_holds(tmp_path: Path) -> None:
    old_files.load("project_v19.sql", tmp_path / "old.oikos")
    with sqlite3.connect(tmp_path / "old.oikos") as db:
        columns = "id, seen, plausible, right_room, verdict, note, photo, room, time_ms, author"
        row = (old_files.LAMP.id, "yes", "yes", "yes", "passed", "fine", "", "r-Kitchen", 5, "ann")
        db.execute(f"insert into checkout({columns}) values({', '.join('?' * len(row))})", row)
    db.close()
    with Project.open(tmp_path / "old.oikos") as project:
        (kept,) = project.twin().checkouts
        assert (kept.product, kept.note) == ("", "fine")
        assert kept.tests(project.twin().device_of[old_files.LAMP.id])
        assert project.check() == []
