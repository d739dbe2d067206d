"""What a computer keeps of engines on other machines, and how it is deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine.machine_secrets import open_secrets
from app.server.door_address import PROTOCOL, DoorAddress
from app.server.known_engines import FILE, cache_folder, forget_engine, keep_engine, known_engine
from twin.model.problem import ProblemError

URL, PIN = "https://[2001:db8::1]:8443", ":".join(["AB"] * 32)


def test_forgetting_an_engine_deletes_its_token_and_its_building(tmp_path: Path) -> None:
    keep_engine(DoorAddress(protocol=PROTOCOL, url=URL, pin=PIN, secret="token"), tmp_path, open_secrets)
    assert known_engine(URL, tmp_path, open_secrets).secret == "token"
    kept = cache_folder(tmp_path, URL)
    kept.mkdir(parents=True)
    (kept / "building").write_bytes(b"rooms")
    assert forget_engine(URL, tmp_path, open_secrets)
    assert not kept.exists()
    assert not forget_engine(URL, tmp_path, open_secrets)
    with pytest.raises(ProblemError):
        known_engine(URL, tmp_path, open_secrets)


def test_a_damaged_list_of_engines_is_told_and_never_written_over(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"https://a:8443": ', encoding="utf-8")
    address = DoorAddress(protocol=PROTOCOL, url=URL, pin=PIN, secret="token")
    for change in (
        lambda: keep_engine(address, tmp_path, open_secrets),
        lambda: forget_engine(URL, tmp_path, open_secrets),
    ):
        with pytest.raises(ProblemError) as told:
            change()
        assert [problem.code for problem in told.value.problems] == ["attach.damaged"]
    assert (tmp_path / FILE).read_text(encoding="utf-8") == '{"https://a:8443": '
