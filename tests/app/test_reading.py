from app.engine.history_recorder import PRESENCE, LatestSample
from app.engine.reading import device_row
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, point_id
from twin.model.observation import Quality


def test_an_absent_device_tells_when_it_spoke_last_and_not_when_it_was_missed() -> None:
    link = Link(id=LinkId("l"), protocol="test", address="test:")
    device = device_from_description(
        DeviceInfo(uid="u", name="Lamp", points=(PointInfo(key="on_off", capability="on_off"),)), link
    )
    point = device.points[0].id
    known = {
        point: LatestSample(9_000, float("nan"), Quality.OFFLINE),
        point_id(device.id, PRESENCE): LatestSample(9_000, 0.0, Quality.GOOD),
    }
    row = device_row(device, known, {point: LatestSample(5_000, 1.0, Quality.GOOD)})
    assert row["online"] is False
    assert row["last_seen"] == 5_000
