"""Refusals of a door as HTTP responses: problems as JSON, with the status that fits."""

from __future__ import annotations

from aiohttp import web

from app.server.calls import problems_of
from app.server.codec import json_encode
from app.server.messages import JSON
from twin.model.problem import Problem, ProblemError

_STATUS = {
    "door.method": 404, "door.role": 403, "door.arguments": 400, "oikos.mistake": 500, "door.token": 401, "door.unknown_token": 401,
    "door.expired": 401, "door.paused": 429, "door.scope": 403, "door.outside": 403, "door.only_here": 403, "door.setting": 403,
    "blob.size": 413, "blob.digest": 400, "blob.name": 400,
}  # fmt: skip
"""HTTP status by code of problem; 422 for others."""
_NOT_LET_IN = frozenset({401, 403, 429})
"""HTTP statuses after which the connection is closed, so that none is kept without access."""


def refused(status: int, *found: Problem) -> web.Response:
    """A response with problems; the connection is closed after it where the client was not let in."""
    response = web.Response(status=status, body=json_encode({"problems": found}), content_type=JSON)
    if status in _NOT_LET_IN:
        response.force_close()
    return response


def refused_for(error: ProblemError) -> web.Response:
    """The response for problems, with the status of the first."""
    return refused(_STATUS.get(error.problems[0].code, 422), *error.problems)


def failed(error: Exception, method: str) -> web.Response:
    """The response for a call that failed; unexpected exceptions are logged."""
    return refused_for(ProblemError(*problems_of(error, method)))
