"""Compares the devices of a link with those of another table, such as an ETS project that was exported anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.engine.problems import login_needed
from app.engine.session import ProjectSession
from devices.contract import AuthError
from devices.device_table import ReadsTable
from twin.model.ids import LinkId
from twin.model.problem import Problem, ProblemError
from twin.model.table_changes import TableChanges, table_changes
from twin.model.text import why


async def compared(session: ProjectSession, id: LinkId, options: Mapping[str, str]) -> TableChanges:
    """What the link's table would change if it were read now, with these options instead of the link's own. Changes nothing.
    Raises ProblemError."""
    link = session.link(id)
    adapter = await session.context.run_blocking(lambda: session.context.adapter(link.protocol) if link else None)
    if link is None or not isinstance(adapter, ReadsTable):
        raise ProblemError(Problem(code="table.none", where=link.title if link else id))
    link = replace(link, options=tuple((dict(link.options) | dict(options)).items()))
    if not link.option(adapter.table_option):
        raise ProblemError(Problem(code="table.none", where=link.title or link.address))
    known = session.registration.devices_of(id)
    root = next((device for device in known if device.via is None), None)
    if root is None:
        raise ProblemError(Problem(code="table.not_described", where=link.title or link.address, retry=True))
    secret = await session.context.run_blocking(lambda: session.context.secrets.get(id))
    try:
        found = await adapter.listed(link, secret, root.uid)
    except AuthError as error:
        raise ProblemError(login_needed(link.title or link.address, why(error))) from None
    return table_changes((device for device in known if device.via is not None), found)
