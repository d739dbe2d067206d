"""The grants of the open project in memory, so that a door finds a token without reading the file."""

from __future__ import annotations

import hashlib
import threading

from twin.model.grant import ROLES, Grant
from twin.store.project import Project
from twin.store.project.kept_settings import ENDED_GRANTS, ids_of


def digest_of(token: str) -> str:
    """The SHA-256 of a token as stored, hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class GrantBook:
    """`read` and `forget` block and run on the pool, the rest on the loop. Read anew after every change."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._by_digest: dict[str, Grant] = {}
        self._ids: frozenset[str] = frozenset()
        self._expired: set[str] = set(ids_of(project.setting(ENDED_GRANTS)) or ())
        self._changing = threading.Lock()
        """Held from reading to adopting, so that no grant comes back that was revoked in between."""

    def read(self) -> tuple[Grant, ...]:
        """Reads all grants from the project. Raises ProblemError."""
        with self._changing:
            found = self._project.grants()
            self._by_digest, self._ids = found, frozenset(grant.id for grant in found.values())
        return tuple(found.values())

    def forget(self, grant: Grant) -> None:
        """Takes out a revoked grant at once, whether the others can be read anew or not."""
        with self._changing:
            self._by_digest = {digest: one for digest, one in self._by_digest.items() if one.id != grant.id}
            self._ids -= {grant.id}

    def of_token(self, token: str) -> Grant | None:
        """The grant of a token; None where there is none. The digests are compared, not the tokens, so that the time it
        takes tells nothing about them."""
        return self._by_digest.get(digest_of(token))

    def known(self, grant: Grant) -> bool:
        """Whether the grant was not revoked."""
        return grant.id in self._ids

    def has(self, name: str, now_ms: int) -> bool:
        """Whether a person of this name has access now."""
        return any(one.name == name and not self.expired(one, now_ms) for one in tuple(self._by_digest.values()))

    def role_of(self, name: str, now_ms: int) -> str:
        """The highest role that a person of this name has now; empty where there is none."""
        grants = tuple(self._by_digest.values())
        roles = {one.role for one in grants if one.name == name and not self.expired(one, now_ms)}
        return next((role for role in reversed(ROLES) if role in roles), "")

    def expired(self, grant: Grant, now_ms: int) -> bool:
        """Whether the access has ended; once it has, it stays so, also where the clock is set back."""
        if grant.expired(now_ms):
            self._expired.add(grant.id)
        return grant.id in self._expired

    def stands(self, grant: str, now_ms: int) -> bool:
        """Whether there is a grant with this id whose access has not ended."""
        return any(one.id == grant and not self.expired(one, now_ms) for one in tuple(self._by_digest.values()))

    def ended(self, now_ms: int) -> frozenset[str]:
        """Ids of the grants whose end has come, now or at an earlier look."""
        return frozenset(grant.id for grant in tuple(self._by_digest.values()) if self.expired(grant, now_ms))
