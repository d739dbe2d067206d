"""What the entities of an ESPHome device become, without a device."""

from __future__ import annotations

import aioesphomeapi as api
import pytest

from devices.protocols.esphome.entity_points import points_of


@pytest.mark.parametrize(("is_on", "percent"), [(True, 40.0), (False, 0.0)])
def test_a_light_or_fan_that_is_off_has_level_0_so_that_a_command_to_0_is_confirmed(
    *, is_on: bool, percent: float
) -> None:
    mode = int(api.LightColorCapability.ON_OFF | api.LightColorCapability.BRIGHTNESS)
    light = api.LightInfo(object_id="lamp", key=1, name="Lamp", supported_color_modes=[mode])
    fan = api.FanInfo(object_id="vent", key=2, name="Vent", supports_speed=True, supported_speed_count=5)
    lit = {
        point.info.capability: point.read(api.LightState(key=1, state=is_on, brightness=0.4))
        for point in points_of(light)
    }
    blown = {
        point.info.capability: point.read(api.FanState(key=2, state=is_on, speed_level=2)) for point in points_of(fan)
    }
    assert lit == {"on_off": is_on, "level": pytest.approx(percent)}
    assert blown == {"on_off": is_on, "fan_speed": pytest.approx(percent)}
