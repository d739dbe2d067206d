"""Whom a link trusts: certificates that are unknown, for another name, expired, pinned, changed; names that move."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from devices import local_name
from devices.contract import AdapterContext, Secret, Service, ShowsCertificate
from devices.lab.mosquitto import Mosquitto, write_certificates
from devices.local_name import addresses_of
from devices.protocol_registry import adapters
from devices.protocols.mqtt import adapter as mqtt
from devices.tls import cleaned_fingerprint, fetched
from twin.model.problem import ProblemError

pytestmark = [pytest.mark.blocks]


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


async def code_of(url: str, secret: Secret, folder: Path) -> str:
    """Empty where a session opens, else the code of the problem."""
    adapter = adapters()["mqtt"]
    try:
        session = await adapter.open(adapter.link(url), secret, AdapterContext(folder=folder))
    except ProblemError as error:
        return error.problems[0].code
    await session.close()
    return ""


@pytest.mark.usefixtures("mosquitto")
async def test_unknown_wrong_name_pinned_and_changed_certificates_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def here(host: str) -> tuple[str, ...]:
        return ("127.0.0.1",)

    monkeypatch.setattr(mqtt, "addresses_of", here)
    broker = Mosquitto(tmp_path)
    facts = await broker.start()
    secret = Secret(user=facts.user, password=facts.password)
    ca, port = quote(facts.ca), facts.port
    try:
        assert await code_of(f"mqtts://localhost:{port}", secret, tmp_path) == "certificate.unknown"
        assert await code_of(f"mqtts://localhost:{port}?ca={ca}", secret, tmp_path) == ""
        assert await code_of(f"mqtts://oikos-lab.local:{port}?ca={ca}", secret, tmp_path) == ""
        assert await code_of(f"mqtts://elsewhere.local:{port}?ca={ca}", secret, tmp_path) == "certificate.name"
        assert await code_of(f"mqtts://localhost:{port}?ca={tmp_path}/none", secret, tmp_path) == "certificate.ca"

        adapter = adapters()["mqtt"]
        assert isinstance(adapter, ShowsCertificate)
        shown = await adapter.certificate(adapter.link(f"mqtts://elsewhere.local:{port}"))
        assert shown is not None
        assert (shown.name, shown.issuer, shown.self_signed) == ("Oikos lab broker", "Oikos lab CA", False)
        assert set(shown.names) == {"localhost", "oikos-lab.local", "127.0.0.1"}
        pinned = f"mqtts://elsewhere.local:{port}?pin={shown.fingerprint.replace(':', '').lower()}"
        assert await code_of(pinned, secret, tmp_path) == ""
        await broker.stop()
        write_certificates(tmp_path / "broker")
        await broker.restart()
        assert await code_of(pinned, secret, tmp_path) == "certificate.changed"
    finally:
        await broker.stop()


async def test_an_expired_and_an_early_certificate_have_their_own_words(tmp_path: Path) -> None:
    for age_d, code in ((40, "certificate.expired"), (-3, "certificate.early")):
        write_certificates(tmp_path, age_d=age_d)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
        server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        try:
            ca = quote(str(tmp_path / "ca.crt"))
            assert await code_of(f"mqtts://127.0.0.1:{port}?ca={ca}", Secret(), tmp_path) == code
        finally:
            server.close()
    assert await fetched(("127.0.0.1",), port, "127.0.0.1") is None


def test_a_broker_found_by_name_is_linked_by_name_and_by_address_only_where_it_has_none() -> None:
    adapter = adapters()["mqtt"]

    def found(host: str) -> str:
        service = Service(type="_secure-mqtt._tcp", name="Hub", host=host, port=8883, addresses=("192.168.1.7",))
        candidate = adapter.claim(service)
        assert candidate is not None
        return adapter.link(candidate).address

    assert found("Hub.local.") == "mqtts://hub.local:8883"
    assert found("") == "mqtts://192.168.1.7:8883"


async def test_a_local_name_is_followed_to_its_new_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_name, "interfaces_from_environment", lambda: ("127.0.0.1",))
    monkeypatch.setattr(local_name, "usable", lambda text: True)
    zeroconf = AsyncZeroconf(interfaces=["127.0.0.1"])
    try:
        for address in ("127.0.0.1", "127.0.0.9"):
            info = ServiceInfo(
                "_secure-mqtt._tcp.local.", "Moving._secure-mqtt._tcp.local.", port=8883,
                parsed_addresses=[address, "::1"], server="moving-hub.local.",
            )  # fmt: skip
            await (await zeroconf.async_register_service(info))
            assert (await addresses_of("moving-hub.local"))[0] == address
            await (await zeroconf.async_unregister_service(info))
    finally:
        await zeroconf.async_close()
    assert await addresses_of("broker.lan") == ("broker.lan",)


def test_fingerprints_are_taken_as_people_copy_them() -> None:
    plain = "ab" * 32
    wanted = ":".join(["AB"] * 32)
    for text in (plain, wanted, f"SHA256:{wanted.lower()}", f" {' '.join(['ab'] * 32)} "):
        assert cleaned_fingerprint(text) == wanted
    for text in ("", "ab", "zz" * 32, plain + "ab"):
        assert cleaned_fingerprint(text) == ""
