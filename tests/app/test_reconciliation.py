"""The counts of `run` add up, or it is a problem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.engine.ingest import IngestCounts as Came
from app.engine.reconciliation import reconcile, wrong
from twin.store.history import History
from twin.store.history.writer import WriterCounts as Wrote


def codes(came: Came, wrote: Wrote) -> list[str]:
    return [problem.code for problem in wrong(came, wrote, "here")]


def test_a_difference_is_a_problem() -> None:
    came = Came(reports=10, echoes=1, strange=2, refused=1, kept=6)
    assert codes(came, Wrote(put=7, written=5, repeated=1, waiting=1)) == []
    assert codes(came, Wrote(put=5, written=5)) == ["run.counts"]
    assert codes(came, Wrote(put=6, written=5)) == ["run.counts"]
    assert codes(Came(reports=10, kept=9), Wrote(put=9, written=9)) == ["run.counts"]
    assert codes(came, Wrote(put=6, written=4, merged=2)) == ["history.merged"]


def test_a_burst_of_one_point_is_counted_and_committed_to_the_last_value(
    api: Any, make_desk: Callable[..., Any]
) -> None:
    del make_desk
    api.engine.add("pretend://here").result(60)
    before = api.engine.session.ingest.counts.kept
    for n in range(500):
        api.world.report("t", float(n % 90))
    api.until(lambda: api.engine.session.ingest.counts.kept >= before + 500)
    session = api.engine.session
    point = api.point("t")
    assert api.engine.stop() == ()
    counts, problems = reconcile(session.ingest.counts, session.history)
    assert problems == ()
    assert counts["kept"] - before == 500
    assert counts["kept"] == counts["committed"] + counts["repeated"] + counts["merged"] + counts["waiting"]
    assert counts["marks"] > 0
    with History.open(session.history.path, readonly=True) as history:
        assert len(history.raw(point, 0, 2**52).values) == 500
