"""Texts behind the codes of text points: only new ones are written, and none is lost with a write that failed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine.history_recorder import HistoryRecorder
from twin.model.observation import StringTable
from twin.store.history import History, WriterPace

T0 = 1_700_000_000_000


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History.open(
        tmp_path / "h.oikos-history", now_ms=lambda: T0, lived_ms=None, pace=WriterPace(flush_s=3600.0)
    ) as opened:
        yield opened


def _settled(history: History) -> None:
    history._writes.call(lambda _: None).result(60)  # pyright: ignore[reportPrivateUsage]


def _pragma(history: History, sql: str) -> None:
    def job(db: sqlite3.Connection) -> None:
        db.execute(sql)

    history._writes.call(job).result(60)  # pyright: ignore[reportPrivateUsage]


def test_a_new_text_writes_one_row_however_many_texts_there_are(history: History) -> None:
    strings, done = StringTable(), list[str]()
    recorder = HistoryRecorder(history, strings)
    for number in range(3000):
        strings.code(f"text {number}")
    recorder.put([])
    _settled(history)
    writer = history._writes  # pyright: ignore[reportPrivateUsage]
    writer.call(lambda db: db.set_trace_callback(done.append)).result(60)
    for number in range(3):
        strings.code(f"new {number}")
        recorder.put([])
        recorder.put([])
    _settled(history)
    writer.call(lambda db: db.set_trace_callback(None)).result(60)
    assert len([sql for sql in done if "into word" in sql]) == 3
    assert not [sql for sql in done if sql.casefold().startswith("select") and "word" in sql]
    assert history.strings() == strings.texts


def test_texts_that_the_disk_did_not_take_are_written_with_the_next_observations(history: History) -> None:
    strings = StringTable()
    recorder = HistoryRecorder(history, strings)
    strings.code("first")
    recorder.put([])
    _settled(history)
    _pragma(history, "pragma query_only = 1")
    for text in ("second", "third"):
        strings.code(text)
        recorder.put([])
        _settled(history)
    _pragma(history, "pragma query_only = 0")
    recorder.put([])
    _settled(history)
    assert history.strings() == ("first", "second", "third")


def test_texts_of_an_opened_history_are_not_written_again_and_keep_their_codes(tmp_path: Path) -> None:
    path = tmp_path / "h.oikos-history"
    for added in ("one", "two"):
        with History.open(path, now_ms=lambda: T0, lived_ms=None) as opened:
            strings = StringTable(opened.strings())
            recorder = HistoryRecorder(opened, strings)
            strings.code(added)
            recorder.put([])
    with History.open(path, readonly=True) as opened:
        assert opened.strings() == ("one", "two")
