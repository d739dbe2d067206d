"""Link-local addresses that are announced with a zone, with that of loopback, or with none."""

from __future__ import annotations

import socket

import pytest

from devices.link_local import zoned


@pytest.fixture(autouse=True)
def interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {1: "lo", 2: "eth0", 3: "wlan0"}
    monkeypatch.setattr(socket, "if_nameindex", lambda: list(names.items()))
    monkeypatch.setattr(socket, "if_indextoname", names.__getitem__)


def test_a_zone_that_is_known_is_kept_and_none_is_guessed_then() -> None:
    assert zoned(["fe80::1", "fe80::1%2", "fd00::1", "192.0.2.1", "169.254.0.9"]) == (
        "fe80::1%2", "fd00::1", "192.0.2.1", "169.254.0.9",
    )  # fmt: skip


def test_without_a_zone_it_may_be_on_any_interface_but_loopback() -> None:
    assert zoned(["fe80::1"]) == ("fe80::1%2", "fe80::1%3")
    assert zoned(["fe80::1%1", "fe80::1%lo0", "::1"]) == ("::1", "fe80::1%2", "fe80::1%3")
