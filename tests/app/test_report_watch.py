"""Scheduled reports of a running engine: once per period, made up for after a pause, tried again, told and mailed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from app.engine import report_delivery
from app.engine.report_due import last_due, next_due, period_code, reported_ms
from app.engine.report_watch import AGAIN_MS, ReportWatch
from app.engine.reports import report_writing
from app.engine.reports.availability_document import availability_document
from app.server.calls import Host
from app.server.redacted_engine import redacted
from app.server.roles import Caller
from app.settings import REPORTS_FOLDER
from tests.app.conftest import Desk
from tests.app.test_notifications import MailServer
from tests.app.test_notifications import loop as loop
from tests.app.test_notifications import mail as mail
from twin.insight.calendar_span import span_at
from twin.model.building_report import ReportFormat, ReportKind
from twin.model.change import ProblemRaised
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.energy import EnergySpan
from twin.model.grant import Grant
from twin.model.problem import ProblemError
from twin.rules.definition_body import definition_of
from twin.rules.notification import NotificationChannel
from twin.rules.report_schedule import ReportMail, ReportSchedule

BERLIN = ZoneInfo("Europe/Berlin")
DAY_MS = 86_400_000


def at(text: str) -> int:
    """UTC ms of a UTC time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("schedule", "now", "last", "following", "about"),
    [
        (ReportSchedule(id="r", every=EnergySpan.WEEK), "2026-11-30T05:59", "2026-11-23T06:00", "2026-11-30T06:00", "2026-W48"),
        (ReportSchedule(id="r", every=EnergySpan.WEEK), "2026-11-30T06:00", "2026-11-30T06:00", "2026-12-07T06:00", "2026-W48"),
        (ReportSchedule(id="r", day=31), "2026-02-28T12:00", "2026-02-28T06:00", "2026-03-31T05:00", "2026-01"),
        (ReportSchedule(id="r", every=EnergySpan.YEAR, month=2, day=15), "2026-03-01T00:00", "2026-02-15T06:00", "2027-02-15T06:00", "2025"),
        (ReportSchedule(id="r", every=EnergySpan.DAY, minute=150), "2026-03-29T12:00", "2026-03-29T01:30", "2026-03-30T00:30", "2026-03-28"),
    ],
)  # fmt: skip
def test_a_report_is_due_on_the_clock_of_the_site_about_the_period_that_is_over(
    schedule: ReportSchedule, now: str, last: str, following: str, about: str
) -> None:
    now_ms = at(now)
    found = last_due(schedule, now_ms, BERLIN), next_due(schedule, now_ms, BERLIN)
    assert found == (at(last), at(following))
    period = span_at(schedule.every, reported_ms(schedule, now_ms, BERLIN), BERLIN)
    assert period_code(period) == about


@pytest.fixture
def daily(api: Desk, monkeypatch: pytest.MonkeyPatch) -> ReportSchedule:
    """A report of availability each day at 7, made by hand of `look`."""
    monkeypatch.setenv("TZ", "UTC")
    schedule = ReportSchedule(
        id="daily", title="Daily", report=ReportKind.AVAILABILITY, every=EnergySpan.DAY, since_ms=api.now[0],
        formats=(ReportFormat.XLSX,),
    )  # fmt: skip
    save(api, schedule)
    return schedule


def save(api: Desk, schedule: ReportSchedule) -> None:
    edit = DefinitionEdit(DefinitionKind.REPORT_SCHEDULE, schedule.id, definition_of(schedule))
    api.engine.change_definitions([edit]).result(60)


def watch(api: Desk) -> ReportWatch:
    return api.engine.context.loop.submit(api.engine.report_watch(), name="reports").result(60)


def look(api: Desk) -> None:
    api.engine.context.loop.submit(watch(api).look(), name="look").result(60)


def folder(api: Desk) -> Path:
    project = Path(api.engine.project())
    return project.with_name(f"{project.stem} reports")


def made(api: Desk) -> int:
    """How often a report was made, by the event log."""
    api.engine.session.history.flush()
    rows = api.engine.session.history.events.rows(0, 1 << 53, 1000)
    return sum(one.kind == "report" for one in rows)


def test_nothing_is_made_for_the_time_before_a_schedule_was_set_up(api: Desk, daily: ReportSchedule) -> None:
    look(api)
    assert not folder(api).exists()


def test_days_that_were_missed_are_made_up_for_by_one_report_and_only_once(api: Desk, daily: ReportSchedule) -> None:
    api.now[0] += 5 * DAY_MS
    look(api)
    look(api)
    assert made(api) == 1
    (status,) = api.engine.report_schedules().result(60)
    assert [path.name for path in folder(api).iterdir()] == [one.name for one in status.files]
    assert (status.problems, status.last_ms) == ((), api.now[0])
    again = ReportWatch(api.engine.session)
    api.engine.context.loop.submit(again.look(), name="look").result(60)
    assert made(api) == 1, "after a new start, too"
    api.now[0] += DAY_MS
    look(api)
    assert made(api) == 2


def test_a_failure_is_told_once_and_tried_again_after_an_hour(api: Desk, daily: ReportSchedule, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    api.engine.change_engine_setting(REPORTS_FOLDER, str(tmp_path / "taken")).result(60)
    api.now[0] += 2 * DAY_MS
    look(api)
    look(api)
    assert made(api) == 1
    (status,) = api.engine.report_schedules().result(60)
    assert [(one.code, one.where) for one in status.problems] == [("report.folder", "taken")]
    raised = [one.problem.code for one in api.engine.inbox.drain()[1] if isinstance(one, ProblemRaised)]
    assert raised.count("report.folder") == 1
    api.engine.change_engine_setting(REPORTS_FOLDER, str(tmp_path / "free")).result(60)
    api.now[0] += AGAIN_MS
    look(api)
    assert len(list((tmp_path / "free").iterdir())) == 1
    assert api.engine.report_schedules().result(60)[0].problems == ()


def test_a_report_is_mailed_with_its_file_and_again_only_to_those_it_did_not_reach(
    api: Desk, daily: ReportSchedule, mail: MailServer, tmp_path: Path
) -> None:
    channel = NotificationChannel(
        id="mail", title="Mail", kind="email", address=f"localhost:{mail.port}", user="oikos",  # type: ignore[arg-type]
        sender="house@example.org", ca=str(tmp_path / "ca.crt"),
    )  # fmt: skip
    edit = DefinitionEdit(DefinitionKind.CHANNEL, "mail", definition_of(channel))
    api.engine.change_definitions([edit]).result(60)
    api.engine.keep_channel_password("mail", "right").result(60)
    mails = tuple(ReportMail(channel="mail", to=f"{who}@example.org") for who in ("owner", "full"))
    save(api, replace(daily, mails=mails))
    api.now[0] += 2 * DAY_MS
    look(api)
    assert mail.recipients == ["owner@example.org"]
    (attached,) = mail.mails[0].iter_attachments()
    assert attached.get_filename() == next(folder(api).iterdir()).name
    assert attached.get_content()[:2] == b"PK"
    (status,) = api.engine.report_schedules().result(60)
    assert [one.code for one in status.problems] == ["notify.report"]
    api.now[0] += AGAIN_MS
    look(api)
    assert mail.recipients == ["owner@example.org"], "who has it is not told twice"


def test_a_clock_that_was_ahead_silences_no_report(api: Desk, daily: ReportSchedule) -> None:
    began = api.now[0]
    api.now[0] += 400 * DAY_MS
    look(api)
    assert made(api) == 1
    api.now[0] = began + 3 * DAY_MS
    look(api)
    look(api)
    assert made(api) == 2


def test_an_undone_deletion_of_a_schedule_makes_no_report_again(api: Desk, daily: ReportSchedule) -> None:
    other = replace(daily, id="other", title="Other")
    save(api, other)
    api.now[0] += 2 * DAY_MS
    look(api)
    assert made(api) == 2
    api.engine.change_definitions([DefinitionEdit(DefinitionKind.REPORT_SCHEDULE, "daily")]).result(60)
    api.engine.run_report("other").result(60)
    api.engine.undo().result(60)
    look(api)
    assert made(api) == 3


def test_schedules_of_one_title_write_files_of_their_own_and_a_long_title_keeps_its_period(
    api: Desk, daily: ReportSchedule
) -> None:
    long = "x" * 200
    others = [
        replace(daily, title=long),
        replace(daily, id="comfort", title=long, report=ReportKind.COMFORT),
        replace(daily, id="german", title=long, language="zh_CN"),
        replace(daily, id="twice", title=long),
    ]
    for one in others:
        save(api, one)
    api.now[0] += 2 * DAY_MS
    look(api)
    names = [path.stem for path in folder(api).iterdir()]
    assert len(names) == 4
    assert all(re.search(r" \d{4}-\d\d-\d\d$", name) for name in names)


def mailed(api: Desk, daily: ReportSchedule, mail: MailServer, tmp_path: Path, *to: str) -> None:
    """The daily report is mailed to these."""
    channel = NotificationChannel(
        id="mail", title="Mail", kind="email", address=f"localhost:{mail.port}", user="oikos",  # type: ignore[arg-type]
        sender="house@example.org", ca=str(tmp_path / "ca.crt"),
    )  # fmt: skip
    edit = DefinitionEdit(DefinitionKind.CHANNEL, "mail", definition_of(channel))
    api.engine.change_definitions([edit]).result(60)
    api.engine.keep_channel_password("mail", "right").result(60)
    save(api, replace(daily, mails=tuple(ReportMail(channel="mail", to=f"{who}@example.org") for who in to)))


def test_a_report_that_is_too_large_for_a_mail_is_named_in_it(
    api: Desk, daily: ReportSchedule, mail: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_delivery, "LARGEST_MAIL", 100)
    mailed(api, daily, mail, tmp_path, "owner")
    api.now[0] += 2 * DAY_MS
    look(api)
    assert not list(mail.mails[0].iter_attachments())
    body = mail.mails[0].get_body()
    assert body is not None
    assert "too large for an e-mail" in body.get_content()


def test_a_report_whose_file_is_gone_is_not_sent_and_counts_as_unsent(
    api: Desk, daily: ReportSchedule, mail: MailServer, tmp_path: Path
) -> None:
    mailed(api, daily, mail, tmp_path, "full")
    api.now[0] += 2 * DAY_MS
    look(api)
    for path in folder(api).iterdir():
        path.unlink()
    sent = len(mail.mails)
    api.now[0] += AGAIN_MS
    look(api)
    (status,) = api.engine.report_schedules().result(60)
    assert ([one.code for one in status.problems], len(mail.mails)) == (["report.no_file"], sent)


def test_a_report_that_is_run_from_afar_tells_operators_no_address(
    api: Desk, daily: ReportSchedule, mail: MailServer, tmp_path: Path
) -> None:
    mailed(api, daily, mail, tmp_path, "full")
    for role, sees in (("operator", False), ("installer", True)):
        caller = Caller.of(Grant(id="vera", name="Vera", role=role), "192.168.1.9")
        status = redacted(cast("Host", api.engine), caller).run_report("daily").result(60)
        assert [one.code for one in status.problems] == ["notify.report"]
        assert ("full@example.org" in str(status)) is sees


def test_a_second_report_is_refused_while_one_is_written(
    api: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = Event()
    monkeypatch.setitem(report_writing.DOCUMENTS, ReportKind.AVAILABILITY, lambda source: (go.wait(60), availability_document(source))[1])  # type: ignore[arg-type]  # fmt: skip
    ask = ReportKind.AVAILABILITY, EnergySpan.DAY, api.now[0]
    first = api.engine.write_report(*ask, str(tmp_path / "one.pdf"))
    with pytest.raises(ProblemError, match=r"report\.running"):
        api.engine.write_report(*ask, str(tmp_path / "two.pdf")).result(60)
    go.set()
    assert first.result(60).name == "one.pdf"
    assert api.engine.write_report(*ask, str(tmp_path / "two.pdf")).result(60).name == "two.pdf"


def test_a_file_is_copied_by_its_name_only_where_a_schedule_made_it(
    api: Desk, daily: ReportSchedule, tmp_path: Path
) -> None:
    status = api.engine.run_report("daily").result(60)
    out = tmp_path / "mine.xlsx"
    assert api.engine.copy_report("daily", status.files[0].name, str(out)).result(60).size == out.stat().st_size
    with pytest.raises(ProblemError, match=r"report\.no_file"):
        api.engine.copy_report("daily", "../../secrets.bin", str(tmp_path / "x.pdf")).result(60)
    with pytest.raises(ProblemError, match=r"unknown\.report_schedule"):
        api.engine.run_report("nothing").result(60)
