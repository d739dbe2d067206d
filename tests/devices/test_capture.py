"""What is recorded plays back, and no secret is in it."""

from __future__ import annotations

from devices.capture import SessionRecorder
from devices.contract import Redescribed, Secret
from tests.captures.playback import Playback
from tests.devices.conftest import LAMP, FakeSession, spread
from tests.english import words
from twin.model.device import DeviceInfo, PointInfo
from twin.model.observation import Availability, Report


async def test_a_recorded_session_plays_back_the_same() -> None:
    session, lines = FakeSession((LAMP,)), list[str]()
    recorder = SessionRecorder(session, lines.append)
    said = [
        Report("lamp", "color", (0.3, 0.4)),
        Availability("lamp", online=False, reason=words("gone")),
        Redescribed(),
        Report("lamp", "level", 3.5, 7),
    ]
    for event in (*said, None):
        session.queue.put_nowait(event)
    await recorder.describe()
    assert [one async for event in recorder.events() for one in spread(event)] == said
    await recorder.send("lamp", "level", "set", 5.0)
    await recorder.close()
    assert session.closed == 1
    playback = Playback(lines)
    assert await playback.describe() == (LAMP,)
    assert [one async for event in playback.events() for one in spread(event)] == said
    assert await playback.describe() == (LAMP,)


async def test_no_secret_is_written() -> None:
    device = DeviceInfo(
        uid="u",
        name="of anna",
        address="mqtts://anna:s3cret@host:1",
        points=(PointInfo(key="text.wifi_password", capability="raw_text"), PointInfo(key="x", capability="raw_text")),
    )
    session, lines = FakeSession((device,)), list[str]()
    recorder = SessionRecorder(session, lines.append, Secret(user="anna", password="s3cret", table_password="t4ble"))
    for event in (Report("u", "text.wifi_password", "hunter2"), Report("u", "x", "the s3cret t4ble is out"), None):
        session.queue.put_nowait(event)
    await recorder.describe()
    assert len([event async for event in recorder.events()]) == 2
    await recorder.send("u", "text.wifi_password", "set", "hunter3")
    written = "\n".join(lines)
    for word in ("anna", "s3cret", "t4ble", "hunter2", "hunter3"):
        assert word not in written
