"""Where passwords are kept, and where they are not."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.i18n import remedy
from devices.contract import Secret
from devices.secrets import Secrets, SecretStorage, split_url
from tests.english import refused
from twin.model.ids import LinkId
from twin.model.problem import ProblemError

ONE, TWO = LinkId("one"), LinkId("two")
WORD = Secret(user="anna", password="s3cret-ü", data='{"k": 1}', table_password="third")


def test_the_file_keeps_secrets_encrypted_and_private(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, "a passphrase", keyring=False)
    assert secrets.kept is SecretStorage.FILE
    assert secrets.problem is None
    secrets.put(ONE, WORD)
    secrets.put(TWO, Secret(password="other"))
    file = tmp_path / "secrets.bin"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"s3cret" not in file.read_bytes()
    assert b"anna" not in file.read_bytes()
    again = Secrets(tmp_path, "a passphrase", keyring=False)
    assert again.get(ONE) == WORD
    again.delete(ONE)
    assert again.get(ONE) is None
    assert again.get(TWO) == Secret(password="other")


def test_what_is_typed_anew_replaces_only_itself() -> None:
    kept = Secret(user="ann", password="old", data="keys", table_password="table")
    assert Secret(user="bob", password="new").after(kept) == Secret(
        user="bob", password="new", data="keys", table_password="table"
    )
    assert Secret(table_password="other").after(kept) == Secret(
        user="ann", password="old", data="keys", table_password="other"
    )
    assert Secret(password="new", table_password="other").after(kept) == Secret(
        password="new", data="keys", table_password="other"
    )
    assert Secret(data="new keys").after(kept) == Secret(data="new keys")
    assert Secret(password="new").after(None) == Secret(password="new")
    assert Secret().after(Secret(password="old")) == Secret()


def test_a_wrong_passphrase_and_a_damaged_file_are_problems_and_change_nothing(tmp_path: Path) -> None:
    Secrets(tmp_path, "right", keyring=False).put(ONE, WORD)
    file = tmp_path / "secrets.bin"
    before = file.read_bytes()
    wrong = Secrets(tmp_path, "wrong", keyring=False)
    with refused("passphrase"):
        wrong.get(ONE)
    with pytest.raises(ProblemError):
        wrong.put(TWO, WORD)
    assert file.read_bytes() == before
    for damaged in (b"", b"garbage", before[:-1], before[:40] + bytes([before[40] ^ 1]) + before[41:]):
        file.write_bytes(damaged)
        with pytest.raises(ProblemError):
            Secrets(tmp_path, "right", keyring=False).get(ONE)


def test_a_file_of_before_the_passphrase_is_read_and_the_next_change_writes_it_under_the_passphrase(
    tmp_path: Path,
) -> None:
    Secrets(tmp_path, "of the machine", keyring=False).put(ONE, Secret(password="one"))
    later = Secrets(tmp_path, "a passphrase", keyring=False, former=lambda: "of the machine")
    assert later.get(ONE) == Secret(password="one")
    assert Secrets(tmp_path, "of the machine", keyring=False).get(ONE) == Secret(password="one")
    later.put(TWO, Secret(password="two"))
    after = Secrets(tmp_path, "a passphrase", keyring=False)
    assert (after.get(ONE), after.get(TWO)) == (Secret(password="one"), Secret(password="two"))
    with refused("passphrase"):
        Secrets(tmp_path, "of the machine", keyring=False).get(ONE)


def test_without_keyring_and_passphrase_secrets_live_in_memory_and_the_user_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OIKOS_PASSPHRASE", raising=False)
    secrets = Secrets(tmp_path, keyring=False)
    secrets.put(ONE, WORD)
    assert secrets.get(ONE) == WORD
    assert secrets.problem is not None
    assert "OIKOS_PASSPHRASE" in remedy(secrets.problem)
    assert list(tmp_path.iterdir()) == []
    assert Secrets(tmp_path, keyring=False).get(ONE) is None


def test_the_passphrase_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIKOS_PASSPHRASE", "from outside")
    Secrets(tmp_path, keyring=False).put(ONE, WORD)
    assert Secrets(tmp_path, "from outside", keyring=False).get(ONE) == WORD


def test_a_secret_does_not_print() -> None:
    assert "s3cret" not in repr(WORD)
    assert "anna" not in repr(WORD)


@pytest.mark.parametrize(
    ("url", "bare", "secret"),
    [
        ("mqtts://h:8883?ca=x", "mqtts://h:8883?ca=x", None),
        ("mqtts://anna:p%40ss@h:8883?ca=x", "mqtts://h:8883?ca=x", Secret(user="anna", password="p@ss")),
        ("mqtt://anna@[::1]", "mqtt://[::1]", Secret(user="anna")),
        ("nonsense", "nonsense", None),
    ],
)
def test_a_login_in_an_address_is_taken_out_of_it(url: str, bare: str, secret: Secret | None) -> None:
    assert split_url(url) == (bare, secret)
