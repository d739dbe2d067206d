"""A session with a device made of a script: what it does with silence, refusals and notifications."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import pytest

from devices.contract import SkippedChanged
from devices.protocols.bacnet import bacnet_session, device_events, object_choice
from devices.protocols.bacnet.bacnet_client import BacnetClient, BacnetRefusedError, ObjectValues
from devices.protocols.bacnet.bacnet_options import OPTIONS, BacnetSettings
from devices.protocols.bacnet.bacnet_session import BacnetSession
from devices.protocols.bacnet.ede_file import EdeFile, from_csv
from devices.protocols.bacnet.event_notification import EventNotification
from devices.protocols.bacnet.event_summaries import EventSummary
from tests.devices.conftest import HandLoop
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.model.observation import Value
from twin.model.report_columns import ReportColumns
from twin.model.text import Text

GOOD, FAULTY = (False, False, False, False), (False, True, False, False)
LINK = Link(id=LinkId("link"), protocol="bacnet", address="bacnet://127.0.0.1:47808", title="")
SETTINGS = BacnetSettings(writable=True, priority=8, period_s=10.0, timeout_s=2.0, cov=True)


class ScriptedClient:
    """A device with analog inputs; `silent` answers nothing, `ignores` no subscription."""

    def __init__(self, count: int) -> None:
        self.values: ObjectValues = {
            f"analog-input,{n}": {"present-value": 20.0, "status-flags": GOOD} for n in range(count)
        }
        self.listed, self.unlisted = list(self.values), 0
        self.lists = True
        self.events: tuple[EventSummary, ...] | None = ()
        self.event_requests = 0
        self.silent, self.ignores = False, False
        self.subscriptions: list[str] = []
        self.reads: list[ObjectValues] = []
        self.before_answer: Callable[[], None] = lambda: None
        self.notify: Callable[[str, dict[str, Any]], None] = lambda _object, _values: None

    def set_listener(self, on_change: Callable[[str, dict[str, Any]], None]) -> None:
        self.notify = on_change

    def set_event_listener(self, on_event: Callable[[EventNotification], None]) -> None:
        self.notify_event = on_event

    def _answer(self) -> None:
        if self.silent:
            raise TimeoutError

    async def device(self) -> str:
        self._answer()
        return "device,1"

    async def object_list(self, device: str) -> tuple[list[str], int]:
        self._answer()
        if not self.lists:
            raise BacnetRefusedError(Text("bacnet.error", code="other"))
        return [device, *self.listed], self.unlisted

    async def read(self, objects: Iterable[str], properties: Iterable[str]) -> ObjectValues:
        self._answer()
        wanted = set(properties)
        found = {
            one: {key: value for key, value in self.values.get(one, {}).items() if key in wanted} for one in objects
        }
        self.reads.append(found)
        self.before_answer()
        return found

    async def event_summaries(self) -> tuple[EventSummary, ...]:
        self._answer()
        self.event_requests += 1
        if self.events is None:
            raise BacnetRefusedError(Text("bacnet.error", code="unrecognized-service"))
        return self.events

    async def subscribe(self, object: str, process: int) -> None:
        self.subscriptions.append(object)
        if self.silent or self.ignores:
            raise TimeoutError

    def close(self) -> None: ...


class Observed:
    """A session that is being read."""

    def __init__(self, client: ScriptedClient, ede: EdeFile | None = None) -> None:
        self.client = client
        self.session = BacnetSession(cast("BacnetClient", client), LINK, SETTINGS, ede=ede)
        self.last: dict[str, Value] = {}
        self.skipped_changes = 0

    async def run(self, until: Callable[[Observed], object]) -> None:
        """Describes and reads until it is so."""
        if not self.last:
            await self.session.describe()
        events = self.session.events()
        try:
            async for event in events:
                if isinstance(event, ReportColumns):
                    self.last |= {report.key: report.value for report in event}
                self.skipped_changes += isinstance(event, SkippedChanged)
                if until(self):
                    return
        finally:
            await events.aclose()  # type: ignore[attr-defined]


def run_by_hand(client: ScriptedClient, *steps: Callable[[Observed], object], ede: EdeFile | None = None) -> Observed:
    """Reads the device until each step is so, on a loop whose clock jumps."""
    loop = HandLoop()
    one = Observed(client, ede)
    reached = iter(steps)
    step = [next(reached)]

    def done(observed: Observed) -> bool:
        while step[0](observed):
            following = next(reached, None)
            if following is None:
                return True
            step[0] = following
        return False

    try:
        loop.run_until_complete(one.run(done))
    finally:
        loop.run_until_complete(one.session.close())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    return one


def test_a_device_that_ignores_subscriptions_stays_online_and_is_asked_for_a_few_only() -> None:
    client = ScriptedClient(20)
    client.ignores = True
    reads: list[int] = []

    def read_on(one: Observed) -> bool:
        reads.append(1)
        return len(reads) > 100

    run_by_hand(client, read_on)
    assert len(client.subscriptions) == bacnet_session.MAX_IGNORED


def test_a_device_that_falls_silent_is_no_device_that_ignores_subscriptions() -> None:
    client = ScriptedClient(20)

    def silenced(one: Observed) -> bool:
        client.silent = True
        return False

    with pytest.raises(TimeoutError):
        run_by_hand(client, silenced)


def test_a_notification_without_flags_leaves_a_fault_and_hides_the_value() -> None:
    client = ScriptedClient(1)
    client.values["analog-input,0"]["status-flags"] = FAULTY
    notified: list[bool] = []

    def faulty(one: Observed) -> bool:
        return one.last.get("fault") is True

    def notify(one: Observed) -> bool:
        client.notify("analog-input,0", {"present-value": 99.0})
        return True

    def once_more(one: Observed) -> bool:
        notified.append(one.session._described().objects["analog-input,0"].notifies)
        return notified[-1]

    one = run_by_hand(client, faulty, notify, once_more)
    assert one.last == {"analog-input.0": None, "fault": True}


def test_a_reading_that_was_asked_for_before_a_notification_came_leaves_the_newer_value() -> None:
    client = ScriptedClient(1)

    def overtake() -> None:
        client.before_answer = lambda: None
        client.reads.clear()
        client.values["analog-input,0"] = {"present-value": 23.5, "status-flags": GOOD}
        client.notify("analog-input,0", client.values["analog-input,0"])

    def first(one: Observed) -> bool:
        if one.last.get("analog-input.0") != 20.0:
            return False
        client.before_answer = overtake
        return True

    told: list[Value] = []

    def told_after(one: Observed) -> bool:
        told.append(one.last["analog-input.0"])
        return bool(client.reads)

    one = run_by_hand(client, first, lambda one: one.last["analog-input.0"] == 23.5, told_after)
    assert 20.0 not in told
    assert one.last["fault"] is False


def test_an_object_that_is_deleted_has_no_value_and_is_listed_until_it_is_back() -> None:
    client = ScriptedClient(2)
    kept = dict(client.values["analog-input,0"])

    def deleted(one: Observed) -> bool:
        client.values["analog-input,0"].clear()
        return one.last.get("analog-input.0") == 20.0

    def gone(one: Observed) -> bool:
        if one.skipped_changes == 0:
            return False
        assert one.last["analog-input.0"] is None
        assert [(s.where, s.reason) for s in one.session.skipped] == [("analog-input,0", Text("bacnet.no_value"))]
        client.values["analog-input,0"] |= kept
        return True

    def back(one: Observed) -> bool:
        return one.skipped_changes == 2

    one = run_by_hand(client, lambda one: one.last.get("analog-input.0") == 20.0, deleted, gone, back)
    assert one.last["analog-input.0"] == 20.0
    assert one.session.skipped == ()


def test_a_read_that_brings_nothing_does_not_tell_that_there_is_no_fault() -> None:
    client = ScriptedClient(1)
    client.values.clear()
    one = run_by_hand(client, lambda one: one.skipped_changes)
    assert one.last == {"analog-input.0": None}


def test_objects_beyond_the_most_are_counted_in_what_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_choice, "MAX_OBJECTS", 5)
    client = ScriptedClient(8)
    client.unlisted = 100
    one = run_by_hand(client, lambda one: one.last)
    (skipped,) = one.session.skipped
    assert skipped.reason == Text("bacnet.objects_beyond", count=103, most=5)


EDE = """K;1;T0;0;0;Supply;;;;;Y
K;1;T1;0;1;;;;;;N
K;1;Calendar;6;1
bad
K;2;Other;0;2"""


def test_a_device_that_does_not_list_its_objects_is_read_by_its_ede_file() -> None:
    client = ScriptedClient(2)
    client.lists = False
    one = run_by_hand(client, lambda one: len(one.last) > 2, ede=from_csv("site.csv", EDE))
    assert one.last == {"analog-input.0": 20.0, "analog-input.1": 20.0, "fault": False}
    assert [(skipped.where, skipped.reason.code) for skipped in one.session.skipped] == [
        ("calendar (1)", "bacnet.type"),
        ("site.csv:4", "bacnet.ede_row"),
    ]
    run_by_hand(client, lambda one: one.client.subscriptions, ede=from_csv("site.csv", EDE))
    assert set(client.subscriptions) == {"analog-input,0"}


def test_an_object_of_the_ede_file_that_the_device_has_not_is_there_without_a_value_and_the_others_are_named() -> None:
    client = ScriptedClient(3)
    del client.values["analog-input,1"]
    client.listed = ["analog-input,0", "analog-input,2"]
    one = run_by_hand(client, lambda one: one.skipped_changes, ede=from_csv("site.csv", EDE))
    assert (one.last["analog-input.0"], one.last["analog-input.1"]) == (20.0, None)
    told = {skipped.where: skipped.reason.code for skipped in one.session.skipped}
    assert told == {
        "analog-input (1)": "bacnet.not_in_ede",
        "analog-input,1": "bacnet.no_value",
        "site.csv:4": "bacnet.ede_row",
    }


SUMMARY = EventSummary(
    object="analog-input,0", state=3, acked=(False, True, True), priorities=(10, 10, 10), notify_type=0
)


def test_alarms_that_a_device_lists_are_known_until_it_lists_them_no_more() -> None:
    client = ScriptedClient(1)
    client.events = (SUMMARY,)
    one = run_by_hand(client, lambda one: one.session.device_alarms and one.last)
    assert [alarm.key for alarm in one.session.device_alarms["device-1"]] == ["analog-input.0"]
    client.events = ()
    one = run_by_hand(client, lambda one: one.session.device_alarms and one.last)
    assert one.session.device_alarms == {"device-1": ()}


def test_alarms_stay_known_while_a_device_that_listed_them_does_not_answer_for_them() -> None:
    client = ScriptedClient(1)
    client.events = (SUMMARY,)

    def refuses(one: Observed) -> bool:
        if one.session.device_alarms:
            client.events = None
        return client.event_requests > 2 * device_events.MAX_UNLISTED

    one = run_by_hand(client, refuses)
    assert [alarm.key for alarm in one.session.device_alarms["device-1"]] == ["analog-input.0"]


def test_a_device_that_lists_no_alarms_is_asked_a_few_times_and_nothing_is_known_of_them() -> None:
    client = ScriptedClient(1)
    client.events = None
    one = run_by_hand(client, lambda one: len(one.client.reads) > 20)
    assert (client.event_requests, one.session.device_alarms) == (device_events.MAX_UNLISTED, {})


def test_the_priority_that_the_standard_reserves_is_not_offered() -> None:
    (priority,) = [option for option in OPTIONS if option.name == "priority"]
    assert "6" not in priority.choices
