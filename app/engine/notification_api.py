"""The parts of EngineApi for notifications and work orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from app.author import author
from app.engine.engine_core import EngineCore
from app.notification_interface import NO_PICTURES
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind, Definitions
from twin.model.notification_status import NotificationStatus, WaitingDelivery
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from twin.rules.notification import NotificationChannel
    from twin.rules.work_order import WorkOrder
    from twin.store.project import Project


class NotificationsApi(EngineCore):
    """The parts of EngineApi for notifications and work orders."""

    def notifications(self) -> Future[NotificationStatus]:
        """What waits to be delivered, and which channels have a password; the log is `run_log(rule="notify")`."""
        return self._run(self._notifications(), "notifications")

    def test_channel(self, channel: Definition, to: str = "", password: str = "") -> Future[None]:
        """Sends a test message over a channel, also one that is not saved; an empty password means the stored one.
        Fails with ProblemError `notify.not_sent` and the server's reason."""
        work = partial(self._test_channel, channel, to, password)
        return self._run(self._logged(work, "test_channel", channel=channel.id), "test channel")

    def keep_channel_password(self, channel: str, password: str) -> Future[None]:
        """Keeps the password or token of a saved channel in the keyring, for its present server and login alone; an empty one
        deletes it. ProblemError where there is no such channel."""
        work = partial(self._keep_channel_password, channel, password)
        return self._run(self._logged(work, "keep_channel_password", channel=channel), "channel password")

    def change_work_orders(
        self, edits: Sequence[DefinitionEdit], photos: Mapping[str, bytes] = NO_PICTURES
    ) -> Future[None]:
        """Saves, replaces or deletes work orders as one undo step; `photos` by SHA-256. ProblemError where one cannot
        be read."""
        return self._run(self._change_work_orders(edits, photos), "work orders")

    async def _notifications(self) -> NotificationStatus:
        from app.engine.channel_secret import has_password
        from app.engine.notifier import shown_title
        from twin.rules.definition_body import read_rules

        runner = await self.session.begin_rules()
        await runner.settled()
        channels = read_rules(self.session.twin.definitions).channels.values()

        def known() -> tuple[str, ...]:
            secrets = self.context.secrets  # blocks at its first use
            return tuple(one.id for one in channels if has_password(secrets, one))

        with_password = await self.context.run_blocking(known)
        waiting = sorted(runner.notifier.outbox.deliveries, key=lambda one: one.due_ms)
        return NotificationStatus(
            waiting=tuple(
                WaitingDelivery(
                    id=one.id, title=shown_title(one.message, self.session.twin), recipient=one.recipient, channel=one.use.channel, to=one.use.to,
                    due_ms=one.due_ms, tries=one.tries, alarm=one.message.alarm,
                )
                for one in waiting
            ),
            with_password=with_password,
        )  # fmt: skip

    async def _test_channel(self, channel: Definition, to: str, password: str) -> None:
        from twin.rules.definition_body import read_body

        runner = await self.session.begin_rules()
        read = cast("NotificationChannel", read_body(DefinitionKind.CHANNEL, channel))
        await runner.notifier.test(read, to, password)

    async def _keep_channel_password(self, channel: str, password: str) -> None:
        from app.engine.channel_secret import bound, secret_id
        from app.engine.problems import unknown
        from twin.rules.definition_body import read_body

        id = secret_id(channel)
        if not password:
            await self.context.run_blocking(lambda: self.context.secrets.delete(id))
            return
        found = self.session.twin.definitions.find(DefinitionKind.CHANNEL, channel)
        if found is None:
            raise ProblemError(unknown("channel", channel))
        secret = bound(cast("NotificationChannel", read_body(DefinitionKind.CHANNEL, found)), password)
        await self.context.run_blocking(lambda: self.context.keep_secret(id, secret))

    async def _change_work_orders(self, edits: Sequence[DefinitionEdit], photos: Mapping[str, bytes]) -> None:
        from app.engine.definition_labels import label_of
        from twin.rules.definition_body import read_body

        session = self.session
        for one in edits:
            fits = one.kind is DefinitionKind.WORK_ORDER and one.id
            if not fits or (one.definition is not None and one.definition.id != one.id):
                raise ProblemError(Problem(code="rules.unreadable", args={"title": one.id}, where=one.id))
            if one.definition is not None:
                read_body(one.kind, one.definition)
        label, who = label_of(edits, session.twin.definitions), author()

        def change(project: Project) -> None:
            continued = [_continued(one, project.twin().definitions, who) for one in edits]
            project.change_definitions(continued, photos, label=label)

        await session.edits.edit(change, label=label)


def _continued(edit: DefinitionEdit, there: Definitions, who: str) -> DefinitionEdit:
    """The edit, with the entries that others have written into the log of the work order meanwhile."""
    from twin.rules.definition_body import definition_of
    from twin.rules.work_order import continued

    if edit.definition is None:
        return edit
    known = next((one for one in there.work_orders if one.id == edit.id), None)
    stored = None
    with suppress(ProblemError):
        stored = None if known is None else _work_order(known)
    order = continued(stored, _work_order(edit.definition), who)
    return replace(edit, definition=definition_of(order, enabled=edit.definition.enabled))


def _work_order(definition: Definition) -> WorkOrder:
    from twin.rules.definition_body import read_body

    return cast("WorkOrder", read_body(DefinitionKind.WORK_ORDER, definition))
