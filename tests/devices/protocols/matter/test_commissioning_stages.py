"""The stages that users see follow the steps of the server: what was not reached is not said to be done."""

from __future__ import annotations

import pytest

from devices.protocols.matter.pairing import STAGES, CommissioningStages, failure
from twin.model.candidate import CommissioningStage

UNTIL_CERTIFICATE = ("Found", "SecurePairing", "ReadCommissioningInfo", "ArmFailsafe", "SendAttestationRequest")
"""chip-core's steps up to the check of a device's certificate."""


def told(*steps: str, failed: str = "") -> list[tuple[str, str]]:
    """The last state of each stage, in their order."""
    stages: list[CommissioningStage] = []
    following = CommissioningStages(stages.append, lambda: 0.0)
    following.begin("find")
    for step in steps:
        following.step(step)
    if failed:
        following.failed(failure(failed))
    else:
        following.done()
    return list({one.stage: (one.stage, str(one.state)) for one in stages}.values())


@pytest.mark.parametrize(
    ("steps", "reached"),
    [
        (UNTIL_CERTIFICATE, "trust"),
        ((*UNTIL_CERTIFICATE, "SendOpCertSigningRequest", "SendNOC"), "join"),
    ],
    ids=["the certificate is not trusted", "the network does not take it in"],
)
def test_a_server_that_cleans_up_after_a_failure_has_reached_no_further_stage(
    steps: tuple[str, ...], reached: str
) -> None:
    at = STAGES.index(reached)
    assert told(*steps, "Cleanup", failed="not_trusted: refused") == [
        *((stage, "done") for stage in STAGES[:at]),
        (reached, "failed"),
    ]


def test_a_device_that_is_in_has_passed_every_stage() -> None:
    steps = (*UNTIL_CERTIFICATE, "SendOpCertSigningRequest", "SendNOC", "SendComplete", "Cleanup")
    assert told(*steps) == [(stage, "done") for stage in STAGES]
