"""Link-local addresses: announced with a zone, with that of loopback, or with none; kept by the name of their interface."""

from __future__ import annotations

import socket

import pytest

from devices import host_link
from devices.contract import Service
from devices.host_link import HostPlace, HostScheme, host_place
from devices.link_local import named, named_in_url, zoned
from devices.local_name import addresses_of
from twin.model.problem import ProblemError

SCHEME = HostScheme(protocol="wled", title="WLED", port=80)
UID = "112233445566"


@pytest.fixture(autouse=True)
def interfaces(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """The machine's interfaces, which a test may change."""
    names = {1: "lo", 2: "eth0", 3: "wlan0"}

    def name(index: int) -> str:
        if index not in names:
            raise OSError("no such interface")
        return names[index]

    monkeypatch.setattr(socket, "if_nameindex", lambda: list(names.items()))
    monkeypatch.setattr(socket, "if_indextoname", name)
    monkeypatch.setattr("sys.platform", "linux")
    return names


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[Service]:
    """What is announced on the network; nothing at first."""
    services = list[Service]()

    async def find(type: str, wanted: object, timeout_s: float = 0.0) -> Service | None:
        assert type == "_wled._tcp"
        assert callable(wanted)
        return next((one for one in services if wanted(one)), None)

    monkeypatch.setattr(host_link, "find_service", find)
    return services


def service(*addresses: str) -> Service:
    return Service(type="_wled._tcp", name="Shelf", host="shelf.local", port=80, addresses=addresses, txt={"mac": UID})


async def place(address: str) -> HostPlace:
    return await host_place(SCHEME.link(address), "_wled._tcp", lambda one: one.txt["mac"])


async def tried(where: HostPlace, *silent: str) -> list[str]:
    """The hosts at which a link looks, in order, while these do not answer."""
    seen = list[str]()

    async def visit(hosts: tuple[str, ...], port: int) -> None:
        assert port == 80
        seen.extend(hosts)
        if set(hosts) <= set(silent):
            raise ConnectionError(", ".join(hosts))

    await where.first(visit)
    return seen


def test_a_zone_that_is_known_is_kept_by_name_and_none_is_guessed_then() -> None:
    assert zoned(["fe80::1", "fe80::1%2", "fe80::9%wlan0", "fd00::1", "192.0.2.1", "169.254.0.9"]) == (
        "fe80::1%eth0", "fe80::9%wlan0", "fd00::1", "192.0.2.1", "169.254.0.9",
    )  # fmt: skip


def test_without_a_zone_it_may_be_on_any_interface_but_loopback() -> None:
    assert zoned(["fe80::1"]) == ("fe80::1%eth0", "fe80::1%wlan0")
    assert zoned(["fe80::1%1", "fe80::1%lo0", "::1"]) == ("::1", "fe80::1%eth0", "fe80::1%wlan0")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("wled://[fe80::1%3]:80/x", "wled://[fe80::1%wlan0]:80/x"),
        ("wled://[fe80::1%wlan0]", "wled://[fe80::1%wlan0]"),
        ("mqtts://user:a%3b@[fe80::1%2]:8883", "mqtts://user:a%3b@[fe80::1%eth0]:8883"),
        ("wled://[fe80::1%7]", "wled://[fe80::1%7]"),
        ("wled://[fe80::1%99999999999999999999]", "wled://[fe80::1%99999999999999999999]"),
        ("wled://[fe80::1%²]", "wled://[fe80::1%²]"),
        ("wled://192.0.2.1?password=[fe80::1%2]", "wled://192.0.2.1?password=[fe80::1%2]"),
        ("wled://[::1", "wled://[::1"),
    ],
)
def test_an_address_is_taken_in_with_the_interface_s_name(typed: str, kept: str) -> None:
    assert named_in_url(typed) == kept


def test_windows_knows_zones_as_numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert named("fe80::1%2") == "fe80::1%2"


async def test_an_address_on_an_interface_that_is_gone_is_a_problem_that_names_it(interfaces: dict[int, str]) -> None:
    assert await addresses_of("fe80::1%eth0") == ("fe80::1%eth0",)
    del interfaces[2]
    for host, zone in (("fe80::1%eth0", "eth0"), ("fe80::1%2", "2")):
        with pytest.raises(ProblemError) as error:
            await addresses_of(host)
        (problem,) = error.value.problems
        assert (problem.code, problem.args, problem.retry) == (
            "link.no_interface", {"host": host, "interface": zone}, True,
        )  # fmt: skip


async def test_a_kept_number_is_looked_up_anew_by_the_device_s_identity(announced: list[Service]) -> None:
    announced.append(service("fe80::1%wlan0"))
    assert await tried(await place(f"wled://[fe80::1%2]/{UID}")) == ["fe80::1%wlan0"]
    assert await tried(await place(f"wled://[fe80::1%eth0]/{UID}")) == ["fe80::1%eth0"], "a name is believed"
    assert await tried(await place("wled://[fe80::1%2]")) == ["fe80::1%2"], "nobody knows who it is"
    announced.clear()
    assert await tried(await place(f"wled://[fe80::1%2]/{UID}")) == ["fe80::1%2"], "it may not announce itself"


async def test_a_device_whose_interface_is_gone_is_looked_for_and_missed_with_one_problem(
    announced: list[Service], interfaces: dict[int, str]
) -> None:
    del interfaces[2]
    for zone in ("2", "eth0"):
        lost = await place(f"wled://[fe80::1%{zone}]/{UID}")
        announced.append(service("fe80::1%wlan0"))
        assert await tried(lost) == ["fe80::1%wlan0"]
        announced.clear()
        with pytest.raises(ProblemError) as error:
            await tried(lost)
        assert [one.code for one in error.value.problems] == ["link.no_interface"]
    with pytest.raises(ProblemError):
        await tried(await place("wled://[fe80::1%2]"))
