# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
"""Codes, keys and passwords by link: in the system's keyring, else in an encrypted file, else in memory only.

The file is AES-256-GCM under a key derived by scrypt from a passphrase (RFC 7914; N=2^15, r=8, p=1), mode 0600,
replaced
as a whole. Everything here blocks (a keyring may ask the user): call it from a worker thread.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from devices.link_secret import Secret
from twin.files import atomic
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.ids import LinkId
from twin.model.problem import Problem, ProblemError, Severity

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "oikos"
PASSPHRASE = "OIKOS_PASSPHRASE"  # noqa: S105 - the name of a variable
SECRETS_FILE = "secrets.bin"
_MAGIC = b"OIKOS1"
_FIELDS = tuple(field.name for field in fields(Secret))
_N, _R, _P = 2**15, 8, 1
_REAL = ("keyring.backends.SecretService", "keyring.backends.kwallet", "keyring.backends.macOS", "keyring.backends.Windows", "keyring.backends.libsecret", "keyring.backends.chainer")  # fmt: skip
"""Keyring backends that are used; third-party ones that store plain text never are."""


class SecretStorage(StrEnum):
    """Where secrets are stored: the system's keyring, an encrypted file, or memory only."""

    KEYRING = "keyring"
    FILE = "file"
    MEMORY = "memory"


class Secrets:
    """Secrets of links. `problem` is a note for the user where secrets are lost at exit (memory only), else None."""

    def __init__(
        self, folder: Path, passphrase: str | None = None, *, keyring: bool = True, former: Callable[[], str] = str
    ) -> None:
        """Secrets in `folder`. `former` gives the key of a file that was written before there was a passphrase, or "": it
        is read under that, and the next change writes it under the passphrase.
        """
        self._path, self._former = folder / SECRETS_FILE, former
        self._passphrase = passphrase or os.environ.get(PASSPHRASE, "")
        self._lock = threading.Lock()
        self._memory: dict[str, str] = {}
        self._salt = b""
        self._keys: dict[tuple[str, bytes], bytes] = {}
        """Derived keys by passphrase and salt."""
        self._keyring = _system_keyring() if keyring else None
        self.kept = (
            SecretStorage.KEYRING if self._keyring else SecretStorage.FILE if self._passphrase else SecretStorage.MEMORY
        )
        self.problem = _note() if self.kept is SecretStorage.MEMORY else None

    def get(self, link: LinkId) -> Secret | None:
        """The link's secret; None where there is none. Raises ProblemError where it cannot be read."""
        with self._lock:
            text = self._read(link)
        return None if text is None else _secret(text)

    def put(self, link: LinkId, secret: Secret) -> None:
        """Stores a secret. Raises ProblemError where it cannot be stored."""
        text = json.dumps(asdict(secret))
        with self._lock:
            if self._keyring is not None:
                _asked(lambda ring: ring.set_password(SERVICE, link, text), self._keyring)
            elif self.kept is SecretStorage.FILE:
                self._change(lambda known: known | {link: text})
            else:
                self._memory[link] = text

    def delete(self, link: LinkId) -> None:
        """Deletes a secret, if there is one. Raises ProblemError."""
        with self._lock:
            if self._read(link) is None:
                return
            if self._keyring is not None:
                _asked(lambda ring: ring.delete_password(SERVICE, link), self._keyring)
            elif self.kept is SecretStorage.FILE:
                self._change(lambda known: {name: text for name, text in known.items() if name != link})
            else:
                del self._memory[link]

    def _read(self, link: LinkId) -> str | None:
        if self._keyring is not None:
            found = _asked(lambda ring: ring.get_password(SERVICE, link), self._keyring)
            return found if isinstance(found, str) else None
        return self._load().get(link) if self.kept is SecretStorage.FILE else self._memory.get(link)

    # -- the file ----------------------------------------------------------------------------------------------------

    def _derived(self, passphrase: str, salt: bytes) -> bytes:
        if (passphrase, salt) not in self._keys:
            self._keys[passphrase, salt] = _key_of(passphrase, salt)
        return self._keys[passphrase, salt]

    def _opened(self, salt: bytes, nonce: bytes, body: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._derived(self._passphrase, salt)).decrypt(nonce, body, _MAGIC)
        except InvalidTag:
            if not (former := self._former()):
                raise
            return AESGCM(self._derived(former, salt)).decrypt(nonce, body, _MAGIC)

    def _load(self) -> dict[str, str]:
        from cryptography.exceptions import InvalidTag

        try:
            data = regular(self._path).read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ProblemError(_unreadable(self._path, str(error))) from None
        if data[:6] != _MAGIC or len(data) < 6 + 16 + 12 + 16:
            raise ProblemError(_unreadable(self._path, "not a file of secrets"))
        self._salt, nonce, body = data[6:22], data[22:34], data[34:]
        try:
            found = json.loads(self._opened(self._salt, nonce, body))
        except (InvalidTag, ValueError):
            raise ProblemError(_wrong_passphrase(self._path)) from None
        return cast("dict[str, str]", found) if isinstance(found, dict) else {}

    def _change(self, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        """Reads, changes and writes the file under a lock against other processes."""
        try:
            atomic.private_folder(self._path.parent)
            with atomic.exclusive(self._path):
                self._save(change(self._load()))
        except OSError as error:
            raise ProblemError(os_problem(error, self._path, code="secrets.unwritable")) from None

    def _save(self, secrets: dict[str, str]) -> None:
        """Encrypts and writes the file of secrets. Raises OSError."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        salt = self._salt or os.urandom(16)
        nonce = os.urandom(12)
        body = AESGCM(self._derived(self._passphrase, salt)).encrypt(nonce, json.dumps(secrets).encode(), _MAGIC)
        atomic.write(self._path, _MAGIC + salt + nonce + body, mode=0o600)


def seal(plain: bytes, passphrase: str, magic: bytes) -> bytes:
    """`plain` encrypted under a passphrase: magic, salt, nonce, AES-256-GCM (key by scrypt, as the file of secrets)."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(16), os.urandom(12)
    return magic + salt + nonce + AESGCM(_key_of(passphrase, salt)).encrypt(nonce, plain, magic)


def unseal(data: bytes, passphrase: str, magic: bytes) -> bytes:
    """Decrypts what `seal` encrypted. Raises ValueError where the passphrase is wrong or the data are damaged."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    n = len(magic)
    try:
        return AESGCM(_key_of(passphrase, data[n : n + 16])).decrypt(data[n + 16 : n + 28], data[n + 28 :], magic)
    except InvalidTag as error:
        raise ValueError("wrong passphrase, or damaged") from error


def _key_of(passphrase: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=_N, r=_R, p=_P).derive(passphrase.encode())


def split_url(url: str) -> tuple[str, Secret | None]:
    """A URL without its login, and the login or None: `mqtts://user:word@host` must not be stored or shown with it."""
    try:
        parts = urlsplit(url.strip())
        user, password, port = parts.username, parts.password, parts.port
    except ValueError:
        return url, None
    if user is None and password is None:
        return url, None
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    bare = urlunsplit(parts._replace(netloc=f"{host}:{port}" if port else host))
    return bare, Secret(user=unquote(user or ""), password=unquote(password or ""))


def _system_keyring() -> KeyringBackend | None:
    """The system's keyring; None where no accepted backend works."""
    if sys.platform == "linux" and not _has_session_bus():
        return None
    try:
        import keyring

        backend = keyring.get_keyring()
        real = type(backend).__module__.startswith(_REAL) and backend.priority > 0
    except Exception:
        return None  # a keyring that cannot even be asked is none
    return backend if real else None


def _has_session_bus() -> bool:
    """Whether the user's D-Bus can be there, which every keyring of Linux is asked by; loading the library to be told no
    takes 0.2 s."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS") or (runtime and os.path.exists(f"{runtime}/bus")))  # noqa: PTH110 - a text of the environment


def _asked(question: Any, backend: KeyringBackend) -> object:  # noqa: ANN401 - one call of the backend
    try:
        return question(backend)
    except Exception as error:
        raise ProblemError(
            Problem(code="secrets.keyring", retry=True, detail=f"{type(error).__name__}: {error}")
        ) from None


def _secret(text: str) -> Secret | None:
    try:
        kept = json.loads(text)
        return Secret(**{name: str(kept.get(name, "")) for name in _FIELDS})
    except (ValueError, AttributeError):
        return None


def _note() -> Problem:
    return Problem(code="secrets.memory", args={"variable": PASSPHRASE}, severity=Severity.NOTE)


def _unreadable(path: Path, detail: str) -> Problem:
    return Problem(code="secrets.unreadable", where=str(path), detail=detail)


def _wrong_passphrase(path: Path) -> Problem:
    return Problem(code="secrets.passphrase", args={"variable": PASSPHRASE}, where=str(path))
