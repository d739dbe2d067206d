"""Logs keep no secrets."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from app import log


@pytest.mark.parametrize(
    "line",
    [
        "mqtt://anna:hunter22@broker:1883 refused",
        "password=hunter22 user=anna",
        '{"password": "hunter22"}',
        "pairing MT:HUNTER22-AB.C1",
        "code 3497-011-2332 was wrong",
        "code 34970112332 was wrong",
    ],
)
def test_what_looks_like_a_secret_is_starred(line: str) -> None:
    shown = log.without_secrets(line)
    assert "***" in shown
    for secret in ("hunter22", "HUNTER22", "3497-011", "34970112332"):
        assert secret not in shown


def test_times_and_addresses_are_left_alone() -> None:
    line = "at 1763894400000 from fe80::1%eth0 192.168.1.20:1883 point 6f0b3c1e-7a55-5d0e-9a57-6f696b6f7300.on_off"
    assert log.without_secrets(line) == line


@pytest.mark.expects_log
def test_warnings_go_to_the_file_without_secrets_and_debug_topics_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.start(tmp_path, ["links"])
    try:
        log.topic("links").debug("hello links")
        log.topic("engine").debug("hello engine")
        log.topic("engine").warning("token=abcdef was refused")
    finally:
        for handler in [h for h in logging.getLogger().handlers if getattr(h, "oikos", False)]:
            logging.getLogger().removeHandler(handler)
            handler.close()
        log.topic("links").setLevel(logging.NOTSET)
    said = capsys.readouterr().err
    assert "hello links" in said
    assert "hello engine" not in said
    text = (tmp_path / "log" / "oikos.log").read_text(encoding="utf-8")
    assert "was refused" in text
    assert "abcdef" not in text
