"""The event log: rows come in order, none is lost, and a byte that is changed anywhere is found."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from tests.twin.store.worlds import T0
from twin.model.ids import PointId
from twin.model.observation import Observation
from twin.model.problem import ProblemError, mistake
from twin.store import database
from twin.store.database import HISTORY
from twin.store.history import History, event_log
from twin.store.history.event_log import EventLog, LoggedEvent, append, append_to, check, trim
from twin.store.history.write_queue import QueuedJob, done_within, flushable
from twin.store.history.writer import WriterPace

COLUMNS = ("ts", "who", "origin", "kind", "body", "hash")


def event(number: int) -> LoggedEvent:
    return LoggedEvent(
        time_ms=T0 + number, who=("Vera", "Ölga", "automation")[number % 3], origin=("", "192.0.2.7", "2001:db8::1")[number % 3],
        kind=("command", "edit", "refused")[number % 3], body=f'{{"point": "lamp.{number}", "result": "confirmed"}}',
    )  # fmt: skip


@pytest.fixture
def thousand(tmp_path: Path) -> Path:
    """A history with 1,000 rows in its event log."""
    path = tmp_path / "house.oikos-history"
    with History.open(path, now_ms=lambda: T0, lived_ms=None) as history:
        for number in range(1000):
            history.events.add(event(number))
    return path


def test_rows_are_in_order_and_whole_after_the_history_is_closed(thousand: Path) -> None:
    append_to(thousand, [event(1000)])
    with History.open(thousand, readonly=True) as history:
        found = history.events.check()
        assert (found.rows, found.broken) == (1001, None)
        assert [*reversed(history.events.rows(0, T0 + 2000, 2000))] == [event(number) for number in range(1001)]
        assert history.events.rows(T0 + 5, T0 + 10, 2) == [event(9), event(8)]


def test_rows_of_one_kind_are_not_crowded_out_by_others(thousand: Path) -> None:
    with History.open(thousand, readonly=True) as history:
        assert history.events.rows(0, T0 + 2000, 2, kind="refused") == [event(998), event(995)]
        assert history.events.rows(T0 + 3, T0 + 8, kind="refused") == [event(5)]
        assert history.events.rows(0, T0 + 2000, kind="other") == []


def test_one_byte_changed_anywhere_names_the_first_row(thousand: Path) -> None:
    chance = random.Random(20261129)
    with closing(sqlite3.connect(thousand, isolation_level=None)) as db:
        for _ in range(300):
            row, column = chance.randint(1, 1000), chance.choice(COLUMNS)
            (before,) = db.execute(f"select {column} from event_log where id = ?", (row,)).fetchone()
            db.execute("begin")
            db.execute(f"update event_log set {column} = ? where id = ?", (_changed(before, chance), row))
            assert check(db).broken == row, (row, column, before)
            db.execute("rollback")
        assert check(db).broken is None


def _changed(value: object, chance: random.Random) -> object:
    """The value with one bit of one byte changed, which may leave text that is no UTF-8."""
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(20))
    data = bytearray(value if isinstance(value, bytes) else str(value).encode() or b"\x00")
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def test_rows_that_were_taken_out_put_in_or_swapped_are_found(thousand: Path) -> None:
    changes = {
        "delete from event_log where id = 400": 401,
        "delete from event_log where id < 3": 3,
        "update event_log set id = -5 where id = 7": -5,
        "insert into event_log select 0, ts, who, origin, kind, body, hash from event_log where id = 1": 0,
        "update event_log set id = 5000 where id = 20": 21,
    }
    with closing(sqlite3.connect(thousand, isolation_level=None)) as db:
        head = check(db).head
        for sql, first in changes.items():
            db.execute("begin")
            db.execute(sql)
            assert check(db).broken == first, sql
            db.execute("rollback")
        db.execute("delete from event_log where id > 990")
        assert check(db).broken is None
        assert check(db).head != head, "what was cut off is seen by who kept the last hash"


def test_rows_that_the_disk_did_not_take_are_written_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / "h"
    database.create(path, HISTORY)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        full = [True]

        def write(job: object) -> Future[None]:
            done: Future[None] = Future()
            try:
                if full[0]:
                    db.execute("pragma query_only = 1")
                job(db)  # type: ignore[operator]
            except sqlite3.Error as error:
                done.set_exception(error)
                if db.in_transaction:
                    db.execute("rollback")
            return done

        log = EventLog(write, lambda: closing(db))
        log.add(event(0))
        log.add(event(1))
        full[0] = False
        db.execute("pragma query_only = 0")
        log.add(event(2))
        assert [who for (who,) in db.execute("select body from event_log order by id")] == [
            event(number).body for number in range(3)
        ]
        assert check(db).broken is None


def test_a_full_disk_is_a_problem_and_rows_are_written_once_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "h.oikos-history"
    big = LoggedEvent(time_ms=T0, who="Vera", origin="", kind="edit", body="x" * 100_000)
    with History.open(path, now_ms=lambda: T0, lived_ms=None) as history:
        history.events.add(event(0))
        _limit(history, full=True)
        history.events.add(big)
        history._writes.call(lambda _: None).result(60)
        assert history.events.failing is not None
        assert history.events.unwritten == 1
        assert history.failing is not None, "the engine raises it"
        _limit(history, full=False)
        history.events.retry()
        history._writes.call(lambda _: None).result(60)
        assert (history.events.failing, history.events.unwritten, history.events.check().rows) == (None, 0, 2)


def _limit(history: History, *, full: bool) -> None:
    """Makes the file as large as it may be, or takes the limit back."""

    def job(db: sqlite3.Connection) -> None:
        pages = db.execute("pragma page_count").fetchone()[0]
        db.execute(f"pragma max_page_count = {pages if full else 1 << 30}")

    history._writes.call(job).result(60)


def test_rows_that_are_lost_at_the_end_are_counted(tmp_path: Path) -> None:
    history = History.open(tmp_path / "h.oikos-history", now_ms=lambda: T0, lived_ms=None)
    _limit(history, full=True)
    for number in range(3):
        history.events.add(LoggedEvent(time_ms=T0, who="", origin="", kind="edit", body="x" * 100_000 + str(number)))
    with pytest.raises(ProblemError) as lost:
        history.close()
    assert ("history.events_unwritten", 3) in [(one.code, one.args.get("n")) for one in lost.value.problems]


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "MOST_WAITING", 5)
    log = EventLog(lambda job: Future(), lambda: closing(sqlite3.connect(tmp_path / "none")))
    log.add(*map(event, range(3)))
    log.add(*map(event, range(4)))
    assert (len(log._waiting), log.unwritten) == (5, 7)


def test_text_that_is_no_unicode_does_not_block_the_log(tmp_path: Path) -> None:
    with History.open(tmp_path / "h.oikos-history", now_ms=lambda: T0, lived_ms=None) as history:
        history.events.add(LoggedEvent(time_ms=T0, who="\ud800", origin="", kind="edit", body="a\ud800b"))
        history.events.add(event(1))
        history._writes.call(lambda _: None).result(60)
        assert [one.body for one in history.events.rows(0, T0 + 9)] == [event(1).body, "a\\ud800b"]
        assert (history.events.check().rows, history.events.check().broken) == (2, None)


def test_what_waits_is_written_together_and_an_empty_log_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "h"
    database.create(path, HISTORY)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert (check(db).rows, check(db).broken, check(db).head) == (0, None, "")
        jobs: list[object] = []

        def write(job: object) -> Future[None]:
            jobs.append(job)
            return Future()

        log = EventLog(write, lambda: closing(db))
        for number in range(2000):
            log.add(event(number))
        assert len(jobs) == 1
        jobs[0](db)  # type: ignore[operator]
        assert check(db).rows == 2000
        append(db, [])
        assert check(db).rows == 2000


def test_patient_rows_wait_for_the_next_observations_and_stay_in_order(tmp_path: Path) -> None:
    path = tmp_path / "h"
    database.create(path, HISTORY)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        soon: list[object] = []
        later: list[object] = []

        def write(job: object) -> Future[None]:
            soon.append(job)
            return Future()

        def write_later(job: object) -> Future[None]:
            later.append(job)
            return Future()

        log = EventLog(write, lambda: closing(db), write_later)
        log.add(event(0), patient=True)
        log.add(event(1), patient=True)
        assert (len(soon), len(later), log.unwritten) == (0, 1, 2)
        log.add(event(2))
        log.add(event(3), patient=True)
        assert (len(soon), len(later)) == (1, 1), "they go with the one that is written at once"
        for job in (*soon, *later):
            job(db)  # type: ignore[operator]
        assert [body for (body,) in db.execute("select body from event_log order by id")] == [
            event(number).body for number in range(4)
        ]
        log.add(event(4), patient=True)
        assert (len(later), check(db).broken) == (2, None)


def test_patient_rows_are_on_disk_with_the_observations_before_a_read_and_at_the_end(tmp_path: Path) -> None:
    path, never = tmp_path / "h.oikos-history", WriterPace(flush_s=3600.0)

    def on_disk() -> int:
        with closing(sqlite3.connect(path)) as db:
            return check(db).rows

    with History.open(path, now_ms=lambda: T0, lived_ms=None, pace=never) as history:
        history.events.add(event(0), patient=True)
        assert history.events.unwritten == 1
        history.put([Observation(PointId("p"), T0, 1.0)])
        history.flush()
        assert on_disk() == 1
        history.events.add(event(1), patient=True)
        assert [one.body for one in history.events.rows(0, T0 + 9)] == [event(1).body, event(0).body]
        history.events.add(event(2), patient=True)
        assert history.events.check().rows == 3
        history.events.add(event(3), patient=True)
        history.backup(tmp_path / "copy")
        assert on_disk() == 4
        history.events.add(event(4), patient=True)
    assert on_disk() == 5


def test_rows_of_commands_and_the_observations_around_them_are_one_transaction(tmp_path: Path) -> None:
    path, done = tmp_path / "h.oikos-history", list[str]()
    with History.open(path, now_ms=lambda: T0, lived_ms=None, pace=WriterPace(flush_s=3600.0)) as history:
        history.put([Observation(PointId("p"), T0, 0.0)])
        history.flush()
        history._writes.call(lambda db: db.set_trace_callback(done.append)).result(60)
        for number in range(5):
            history.put([Observation(PointId("p"), T0 + 10 + number, 1.0)])
            history.events.add(event(number), patient=True)
        history.flush()
        history._writes.call(lambda db: db.set_trace_callback(None)).result(60)
        assert [sql.casefold() for sql in done].count("commit") == 1
        assert (history.events.unwritten, history.events.check().rows) == (0, 5)


def test_a_row_that_cannot_be_written_costs_no_observation_and_is_written_later(tmp_path: Path) -> None:
    path = tmp_path / "h.oikos-history"
    with History.open(path, now_ms=lambda: T0, lived_ms=None, pace=WriterPace(flush_s=3600.0)) as history:
        refuse = "create trigger broken before insert on event_log begin select raise(abort, 'broken'); end"
        history._writes.call(lambda db: db.execute(refuse) and None).result(60)
        history.put([Observation(PointId("p"), T0, 1.0)])
        history.events.add(event(0), patient=True)
        history._writes.flush()
        history._writes.call(lambda _: None).result(60)
        assert (history.counts.written, history.events.unwritten) == (1, 1)
        assert history.events.failing is not None
        history._writes.call(lambda db: db.execute("drop trigger broken") and None).result(60)
        history.events.add(event(1), patient=True)
        assert [one.body for one in history.events.rows(0, T0 + 9)] == [event(1).body, event(0).body]
        assert history.events.check().broken is None


def test_rows_wait_for_room_with_their_observations_and_are_written_once(tmp_path: Path) -> None:
    path = tmp_path / "h.oikos-history"
    with History.open(path, now_ms=lambda: T0, lived_ms=None, pace=WriterPace(flush_s=0.01)) as history:
        history.put([Observation(PointId("p"), T0, 0.0)])
        history.flush()
        history._writes.call(lambda db: db.execute("pragma query_only = 1") and None).result(60)
        for number in range(3):
            history.put([Observation(PointId("p"), T0 + 10 + number, 1.0)])
            history.events.add(event(number), patient=True)
        with pytest.raises(ProblemError):
            history.flush()
        assert history.events.unwritten == 3
        history._writes.call(lambda db: db.execute("pragma query_only = 0") and None).result(60)
        history.events.retry()
        history._writes.call(lambda _: None).result(60)
        history.flush()
        assert (history.counts.written, history.events.check().rows, history.events.unwritten) == (4, 3, 0)


class StepwiseWriter:
    """A writer whose turns a test decides: patient jobs at the head of the queue are one transaction, as in a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db, self.queue = db, list[QueuedJob]()
        self.log = EventLog(
            lambda job: self.ask(job, patient=False), lambda: nullcontext(db), lambda job: self.ask(job, patient=True)
        )

    def ask(self, job: Callable[[sqlite3.Connection], int], *, patient: bool) -> Future[int]:
        self.queue.append(QueuedJob(job, Future(), patient))
        return self.queue[-1].future

    def flush(self, before_commit: Callable[[], object] = lambda: None, *, full: bool = False) -> None:
        """Runs the patient jobs at the head of the queue. On a full disk all of it is rolled back, and they stay."""
        jobs = flushable(self.queue, lambda _: True)[1]
        self.db.execute("begin immediate")
        ended = [done_within(self.db, job, lambda error: ProblemError(mistake(error, "job"))) for job in jobs]
        before_commit()
        self.db.execute("rollback" if full else "commit")
        if not full:
            del self.queue[: len(jobs)]
            for end in ended:
                end()

    def job(self, before_commit: Callable[[], object] = lambda: None) -> None:
        """Runs the job at the head of the queue, which has a transaction of its own."""
        job = self.queue.pop(0)
        self.db.set_authorizer(_at_commit(before_commit))
        job.future.set_result(job.work(self.db))
        self.db.set_authorizer(None)

    def bodies(self) -> list[str]:
        return [body for (body,) in self.db.execute("select body from event_log order by id")]


def _at_commit(call: Callable[[], object]) -> Callable[..., int]:
    def authorize(action: int, what: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_TRANSACTION and what == "COMMIT":
            call()
        return sqlite3.SQLITE_OK

    return authorize


@pytest.fixture
def stepwise(tmp_path: Path) -> Iterator[StepwiseWriter]:
    database.create(tmp_path / "h", HISTORY)
    with closing(sqlite3.connect(tmp_path / "h", isolation_level=None)) as db:
        db.execute("pragma synchronous = off")
        yield StepwiseWriter(db)


def test_two_patient_jobs_of_one_transaction_write_each_row_once(stepwise: StepwiseWriter) -> None:
    log = stepwise.log
    log.add(event(0), patient=True)
    log.add(event(1))
    stepwise.flush(before_commit=lambda: log.add(event(2), patient=True))
    stepwise.job(before_commit=lambda: log.add(event(3), patient=True))
    assert [one.patient for one in stepwise.queue] == [True, True]
    stepwise.flush()
    assert stepwise.bodies() == [event(number).body for number in range(4)]
    assert (log.unwritten, check(stepwise.db).broken) == (0, None)


def test_patient_jobs_of_a_transaction_that_was_rolled_back_write_their_rows_again(stepwise: StepwiseWriter) -> None:
    log = stepwise.log
    log.add(event(0), patient=True)
    stepwise.flush(before_commit=lambda: log.add(event(1), patient=True), full=True)
    assert [one.patient for one in stepwise.queue] == [True, True]
    stepwise.flush(full=True)
    assert (stepwise.bodies(), log.unwritten) == ([], 2)
    stepwise.flush()
    assert stepwise.bodies() == [event(number).body for number in range(2)]
    assert log.unwritten == 0


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_rows_turns_and_full_disks_writes_each_row_once(stepwise: StepwiseWriter, seed: int) -> None:
    chance, added = random.Random(seed), [0]

    def add() -> None:
        for _ in range(chance.randint(0, 3)):
            stepwise.log.add(event(added[0]), patient=chance.random() < 0.7)
            added[0] += 1

    for _ in range(100):
        add()
        if not stepwise.queue:
            continue
        if stepwise.queue[0].patient:
            stepwise.flush(before_commit=add, full=chance.random() < 0.2)
        else:
            stepwise.job(before_commit=add)
    while stepwise.queue:
        (stepwise.flush if stepwise.queue[0].patient else stepwise.job)()
    assert stepwise.bodies() == [event(number).body for number in range(added[0])]
    assert (stepwise.log.unwritten, check(stepwise.db).broken) == (0, None)


@pytest.mark.parametrize("threads", [1, 4])
def test_patient_and_other_rows_of_several_threads_are_written_once_and_in_order(tmp_path: Path, threads: int) -> None:
    path, each = tmp_path / "h.oikos-history", 1200 // threads
    with History.open(path, now_ms=lambda: T0, lived_ms=None, pace=WriterPace(flush_s=0.0)) as history:

        def add(thread: int) -> None:
            chance = random.Random(thread)
            for number in range(each):
                body = f"{thread} {number}"
                row = LoggedEvent(time_ms=T0, who="", origin="", kind="edit", body=body)
                history.events.add(row, patient=chance.random() < 0.9)
                if chance.random() < 0.3:
                    history.put([Observation(PointId(f"p{thread}"), T0 + number, 1.0)])

        with ThreadPoolExecutor(threads) as pool:
            [*pool.map(add, range(threads))]
        history.events.flush()
        found = [one.body for one in reversed(history.events.rows(0, T0 + 1, 5000))]
        assert (history.events.unwritten, history.events.failing, history.events.check().broken) == (0, None, None)
    for thread in range(threads):
        assert [body for body in found if body.startswith(f"{thread} ")] == [f"{thread} {n}" for n in range(each)]
    assert len(found) == threads * each


def test_a_history_that_an_engine_has_is_not_written_beside_it(thousand: Path) -> None:
    with History.open(thousand, now_ms=lambda: T0, lived_ms=None), pytest.raises(ProblemError):
        append_to(thousand, [event(0)])


def test_a_process_that_ends_while_it_deletes_old_rows_leaves_a_sound_log(
    thousand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "TRIM_STEP_MS", 0)
    with closing(sqlite3.connect(thousand, isolation_level=None)) as db:
        for kept_from in (300, 600):
            db.set_authorizer(_no_deletion)
            with pytest.raises(sqlite3.DatabaseError):
                trim(db, T0 + kept_from, T0 + 2000)
            db.rollback()  # as SQLite does at the next opening
            assert check(db).broken is None
            db.set_authorizer(None)
            trim(db, T0 + kept_from, T0 + 2000)
            found = check(db)
            assert (found.broken, found.trimmed) == (None, kept_from)


def _no_deletion(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_DELETE else sqlite3.SQLITE_OK
