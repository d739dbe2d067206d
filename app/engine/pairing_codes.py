"""Codes of a project's pairing queue: kept with the passwords, encrypted, under a key that no copy of the project shares."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from app.engine.context import EngineContext
from devices.contract import Secret
from devices.secrets import Secrets
from twin.model.ids import LinkId
from twin.model.pairing_job import PairingJob

SETTING = "pairing_queue"
"""Project setting with the queue's key and jobs."""
CODES_EACH = 20
"""Codes in one secret: a keyring's entries are short."""


class _Kept(msgspec.Struct):
    """Contents of one secret."""

    project: str
    """Path of the project file whose codes these are."""
    codes: dict[str, str]
    """By key of a job's code."""


class PairingCodes:
    """Codes of the jobs of one project file. A copy, of which the original is still in its place, has codes of its own."""

    def __init__(self, context: EngineContext, project: Path, key: str) -> None:
        self.key = key
        self.is_copy = False
        """Whether the project turned out to be a copy when its codes were read."""
        self._context = context
        self._project = str(project.resolve())
        self._known: dict[str, str] | None = None

    async def known(self, jobs: Sequence[PairingJob]) -> dict[str, str]:
        """The code of each job by its id; read once, and the caller may change it. Raises ProblemError."""
        if self._known is None:
            kept, self.is_copy = await self._context.run_blocking(lambda: self._read(jobs))
            found: dict[str, str] = {}
            for one in kept:
                found |= one.codes
            self._known = {job.id: found[code_key(job)] for job in jobs if code_key(job) in found}
            elsewhere = any(one.project not in ("", self._project) for one in kept)
            if self.is_copy:
                self.key = new_key()
            if elsewhere:
                await self.keep(jobs, [job.id for job in jobs])
        return self._known

    def _read(self, jobs: Sequence[PairingJob]) -> tuple[list[_Kept], bool]:
        """The secrets of these jobs, and whether they are those of another project file. Blocks."""
        kept = [_kept(secret.data) for secret in code_secrets(self._context.secrets, self.key, jobs).values()]
        return kept, any(is_of_another(one.project, self._project) for one in kept)

    async def keep(self, jobs: Sequence[PairingJob], ids: Iterable[str]) -> None:
        """Writes the secrets that hold the codes of these jobs (`ids`; all other `jobs` of the same secret go with them).
        Raises ProblemError.
        """
        known = self._known or {}
        for chunk in sorted({_chunk(id) for id in ids}):
            link = _secret_id(self.key, chunk)
            mine = {code_key(job): known[job.id] for job in jobs if _chunk(job.id) == chunk and job.id in known}
            if mine:
                data = msgspec.json.encode(_Kept(self._project, mine)).decode()
                await self._context.run_blocking(
                    lambda link=link, data=data: self._context.keep_secret(link, Secret(data=data))
                )
            else:
                await self._context.run_blocking(lambda link=link: self._context.secrets.delete(link))


def new_key() -> str:
    """A key for the codes of a queue, or for one of its codes."""
    return secrets.token_hex(8)


def code_key(job: PairingJob) -> str:
    """The key of a job's code; jobs of earlier versions have their id."""
    return job.code_key or job.id


def read_queue(text: str) -> tuple[str, tuple[PairingJob, ...]]:
    """The key of the queue's codes and its jobs; a new key and none where nothing, or nothing readable, is kept."""
    try:
        kept = json.loads(text)
        return str(kept["key"]), tuple(msgspec.convert(kept["jobs"], list[PairingJob]))
    except (ValueError, KeyError, TypeError, msgspec.ValidationError):
        return new_key(), ()


def code_secrets(secrets: Secrets, key: str, jobs: Sequence[PairingJob]) -> dict[str, Secret]:
    """The secrets with the codes of a queue, by their name. Blocks; raises ProblemError."""
    found = ((_secret_id(key, chunk), secrets.get(_secret_id(key, chunk))) for chunk in _chunks(jobs))
    return {str(link): secret for link, secret in found if secret is not None}


def with_code(kept: Mapping[str, Secret], key: str, jobs: Sequence[PairingJob]) -> tuple[PairingJob, ...]:
    """The jobs whose codes are among these secrets."""
    names = (str(_secret_id(key, chunk)) for chunk in _chunks(jobs))
    codes = {code for name in names if name in kept for code in _kept(kept[name].data).codes}
    return tuple(job for job in jobs if code_key(job) in codes)


def is_of_another(project: str, mine: str) -> bool:
    """Whether codes belong to another project file, which is still there: a moved one takes its codes along."""
    if project in ("", mine):
        return False
    try:
        return not Path(project).samefile(mine)
    except OSError:
        return False


def _kept(text: str) -> _Kept:
    """The codes of one secret; none where it is damaged, so that its jobs tell that their codes are gone."""
    try:
        return msgspec.json.decode(text, type=_Kept)
    except msgspec.DecodeError:
        pass
    try:  # as an earlier version wrote it
        return _Kept("", msgspec.json.decode(text, type=dict[str, str]))
    except msgspec.DecodeError:
        return _Kept("", {})


def _chunks(jobs: Sequence[PairingJob]) -> list[int]:
    return sorted({_chunk(job.id) for job in jobs})


def _chunk(id: str) -> int:
    return (int(id) - 1) // CODES_EACH


def _secret_id(key: str, chunk: int) -> LinkId:
    return LinkId(f"pairing:{key}:{chunk}")
