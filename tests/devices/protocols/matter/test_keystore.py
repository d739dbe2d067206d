"""The key file is the home: whole or not at all, for the owner only, never silently new."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from devices.protocols.matter.keystore import BACKUP, DAMAGED, FILE, DamagedError, commit, guard, whole

KEYS = {"sdk-config": {"f/1/k": "c2VjcmV0"}, "repl-config": {"fabricAdmins": {"1": {}}}}


def test_a_new_home_has_nothing_to_guard(tmp_path: Path) -> None:
    assert not guard(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_whole_file_gets_a_backup_that_only_the_owner_reads(tmp_path: Path) -> None:
    commit(str(tmp_path / FILE), KEYS)
    assert not guard(tmp_path)
    assert json.loads((tmp_path / BACKUP).read_text()) == KEYS
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in (FILE, BACKUP)} == {0o600}


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"sdk-config": 1}', '{"sdk-config": {}}', "\udcff\udcfe"])
def test_a_damaged_file_gives_way_to_its_backup_and_is_kept_aside(tmp_path: Path, damage: str) -> None:
    commit(str(tmp_path / FILE), KEYS)
    guard(tmp_path)
    (tmp_path / FILE).write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert guard(tmp_path)
    assert json.loads((tmp_path / FILE).read_text()) == KEYS
    assert (tmp_path / DAMAGED).read_bytes() == damage.encode("utf-8", "surrogateescape")


def test_a_lost_file_comes_back_from_its_backup(tmp_path: Path) -> None:
    commit(str(tmp_path / BACKUP), KEYS)
    assert guard(tmp_path)
    assert whole(tmp_path / FILE)


def test_damage_without_a_backup_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"sdk-config": {"f/1/k"')
    with pytest.raises(DamagedError):
        guard(tmp_path)
    assert (tmp_path / FILE).read_text() == '{"sdk-config": {"f/1/k"'


def test_a_good_backup_is_never_overwritten_by_damage(tmp_path: Path) -> None:
    commit(str(tmp_path / FILE), KEYS)
    guard(tmp_path)
    (tmp_path / FILE).write_text("{")
    guard(tmp_path)
    assert json.loads((tmp_path / BACKUP).read_text()) == KEYS


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(str(tmp_path / FILE), KEYS)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        commit(str(tmp_path / FILE), {"sdk-config": {}, "repl-config": {}})
    assert json.loads((tmp_path / FILE).read_text()) == KEYS


def test_a_stack_without_a_file_keeps_nothing(tmp_path: Path) -> None:
    commit(None, KEYS)
    assert not list(tmp_path.iterdir())
