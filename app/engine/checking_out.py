"""Records results of the point-to-point checkout, with time and person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.author import author
from app.engine.session import ProjectSession
from twin.model.checkout import CheckoutVerdict, DeviceCheckout
from twin.model.checkout_tally import checkouts_of, signed
from twin.model.text import Text


async def check_out(session: ProjectSession, results: Sequence[DeviceCheckout], photos: Mapping[str, bytes]) -> None:
    """Records results as one undo step; what one person adds to the result of one device (answers, note, photo, verdict) is
    part of it, until that is judged anew or forgotten. Raises ProblemError.
    """
    twin = session.twin
    made = signed(results, twin, session.context.now_ms(), author())
    names = [twin.device_of[one.id].name for one in made if one.id in twin.device_of]
    label = Text("edit.check_out", name=names[0]) if len(names) == 1 else Text("edit.check_out_all", n=len(names))
    topic = made[0].id if len(made) == 1 and _goes_on(made[0], checkouts_of(twin).get(made[0].id)) else None
    await session.edits.edit(lambda project: project.check_out(made, photos), label=label, topic=topic)


def _goes_on(made: DeviceCheckout, before: DeviceCheckout | None) -> bool:
    judged = CheckoutVerdict.OPEN if before is None else before.verdict
    return not made.is_blank and judged in (CheckoutVerdict.OPEN, made.verdict)
