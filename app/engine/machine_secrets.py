"""The secrets of this computer: passwords of links, tokens of engines on other machines."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from devices.secrets import SECRETS_FILE, Secrets, SecretStorage
from twin.files import atomic
from twin.files.opening import regular

KEY_FILE = "secrets.key"


def open_secrets(home: Path) -> Secrets:
    """The secrets of this computer: in the keyring, under a passphrase, or under a key of their own."""
    secrets = Secrets(home, former=partial(_former_key, home))
    return (
        secrets
        if secrets.kept is not SecretStorage.MEMORY
        else Secrets(home, passphrase=machine_key(home), keyring=False)
    )


def secrets_to_restore(home: Path) -> Secrets:
    """The secrets of this computer, for putting some back; where it has none yet, under its own key, which a passphrase that is
    set later opens as well: one that was given to open a backup need not be given at every start from then on.
    """
    return open_secrets(home) if (home / SECRETS_FILE).exists() else Secrets(home, passphrase=machine_key(home))


def _former_key(home: Path) -> str:
    """This machine's key where it has one; empty without."""
    return machine_key(home) if (home / KEY_FILE).exists() else ""


def machine_key(home: Path) -> str:
    """Key of this machine's secrets file where there is no passphrase: random, stored with mode 0600; empty if
    unwritable.

    A recorder that restarts at night cannot ask for a passphrase, and a broker's password must not be lost.
    """
    import secrets as chance  # brings OpenSSL, which no window needs before its first frame

    file = home / KEY_FILE
    try:
        atomic.private_folder(home)
        if not file.exists():
            with atomic.creating(file, mode=0o600) as part:
                atomic.fill(part, chance.token_urlsafe(32))
    except FileExistsError:
        pass
    except OSError:
        return ""
    try:
        return regular(file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
