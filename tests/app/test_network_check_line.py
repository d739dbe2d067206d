"""`oikos discover --check`: evidence, verdict and next step of each check; what is wrong is a problem."""

from __future__ import annotations

from typing import Any

import pytest

from twin.model.network_check import CheckVerdict, NetworkFinding
from twin.model.text import Text

from .test_cli import no_log_left_open, oikos

__all__ = ["no_log_left_open", "oikos"]

FOUND = (
    NetworkFinding(verdict=CheckVerdict.PASS, evidence=Text("network.interfaces.found", n=1, names=["eth0"])),
    NetworkFinding(verdict=CheckVerdict.FAIL, evidence=Text("network.ipv6.off"), interface="eth0"),
    NetworkFinding(verdict=CheckVerdict.UNKNOWN, evidence=Text("network.thread.none")),
)


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(now_ms: int, built_ms: int) -> tuple[NetworkFinding, ...]:
        assert now_ms > built_ms
        return FOUND

    monkeypatch.setattr("devices.network_check.check.check_network", found)


def test_what_is_wrong_is_a_problem_with_its_next_step_and_the_verb_ends_with_1(oikos: Any) -> None:
    document = oikos("discover", "--check", code=1)
    assert [(one["check"], one["verdict"], one["interface"]) for one in document["checks"]] == [
        ("interfaces", "pass", ""), ("ipv6", "fail", "eth0"), ("thread", "unknown", "")
    ]  # fmt: skip
    assert document["checks"][0]["found"] == "1 network interface that devices may hang on: eth0"
    assert [one["to_do"] == "" for one in document["checks"]] == [True, False, False]
    (problem,) = document["problems"]
    assert (problem["code"], problem["where"]) == ("network.ipv6.off", "eth0")
    assert problem["remedy"] == document["checks"][1]["to_do"]
