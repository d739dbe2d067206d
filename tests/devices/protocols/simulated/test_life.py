"""The simulated devices' own sense of time."""

from __future__ import annotations

from devices.protocols.simulated.blueprint import load_blueprint
from devices.protocols.simulated.simulator import Simulator

NOW_MS = 1_763_894_400_000


def test_a_clock_that_is_set_back_silences_no_device() -> None:
    life = Simulator(load_blueprint("home"), NOW_MS)
    everybody = {spoken[0] for spoken in life.advance(NOW_MS)}
    back = NOW_MS - 2 * 3_600_000
    heard = {spoken[0] for s in range(0, 620, 20) for spoken in life.advance(back + s * 1000)}
    assert heard >= everybody
