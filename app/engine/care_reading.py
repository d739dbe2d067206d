"""What the signs of all persons in care tell at a time, of each of them and of the household. Runs on the pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial

from app.engine.care_signs import CareSigns, PersonSigns, spans_of
from app.site_time import zone_of
from twin.insight.care_activity import NO_SPANS, Activity, Spans
from twin.insight.care_household import apart, empty_spans, together
from twin.insight.care_judgement import CareJudgement, LearnedCare, judge, learned
from twin.insight.care_profile import slot_at
from twin.insight.care_sources import looked_at
from twin.model.care import CareConsent, CareKind, CareRole
from twin.model.ids import PointId
from twin.model.twin import Twin
from twin.store.history import History


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CareReading:
    """The signs of a person at a time (UTC ms), and the judgement."""

    now_ms: int
    activity: Activity
    """Signs of the person alone; those of the household where no sensor inside is the person's alone."""
    household: Activity
    learned: LearnedCare
    judged: CareJudgement
    common: tuple[PointId, ...] = ()
    own: bool = True
    household_silent: bool = False
    """Whether the person is to be asked because nothing stirs in the whole home."""


@dataclass(slots=True)
class _Known:
    """What is kept of one consent from look to look."""

    signs: CareSigns
    learned: dict[bool, tuple[object, LearnedCare]] = field(default_factory=dict[bool, tuple[object, LearnedCare]])
    """What the person's own signs taught (False) and those of the household (True), each with what it depends on."""


class CareReader:
    """Reads and judges the signs of every consent. For one thread at a time."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._known: dict[str, _Known] = {}

    def forget(self, key: str) -> None:
        """Deletes what is kept of a consent."""
        self._known.pop(key, None)

    def read(
        self,
        consents: Iterable[CareConsent],
        twin: Twin,
        now_ms: int,
        *,
        blinks: Mapping[str, Spans],
        answered_ms: Mapping[str, int],
    ) -> dict[str, CareReading]:
        """By key, the reading of each consent that is not paused; `blinks`: when the lamp of a question blinked, `answered_ms`:
        the last answer. Nothing of a paused person is looked at, but what she shares with another stays common."""
        every = tuple(consents)
        common = common_sources(every, twin)
        found = [one for one in every if one.paused_until(now_ms) is None]
        signs = {one.key: self._signs(one, twin, now_ms, common, blinks.get(one.key, NO_SPANS)) for one in found}
        household = together(one.activity for one in signs.values())
        return {
            one.key: self._reading(one, signs[one.key], household, (twin, now_ms, common), answered_ms.get(one.key, 0))
            for one in found
        }

    def _signs(
        self, consent: CareConsent, twin: Twin, now_ms: int, common: frozenset[PointId], blinks: Spans
    ) -> PersonSigns:
        known = self._known.setdefault(consent.key, _Known(CareSigns(self._history)))
        return known.signs.read(consent, twin, now_ms, common, blinks)

    def _reading(
        self,
        consent: CareConsent,
        signs: PersonSigns,
        household: Activity,
        at: tuple[Twin, int, frozenset[PointId]],
        answered_ms: int,
    ) -> CareReading:
        twin, now_ms, shared = at
        sources = looked_at(consent.setup, twin)
        common = tuple(one.point for one in sources if one.point in shared)
        own = any(one.point not in shared and one.role is not CareRole.DOOR for one in sources)
        judged = partial(self._judged, consent, common, zone_of(twin.site), now_ms, answered_ms)
        kinds, activity = consent.setup.kinds, signs.activity
        if not common:
            taught, found = judged(activity, None, kinds)
            return CareReading(now_ms=now_ms, activity=activity, household=activity, learned=taught, judged=found)
        empty = empty_spans(household, now_ms)
        silence = tuple(kind for kind in kinds if kind is CareKind.SILENCE)
        taught, whole = judged(household, empty, silence, whole=True)
        activity, found = household, whole
        if own:
            activity = apart(signs.activity, signs.common, empty)
            taught, found = judged(activity, empty, kinds)
        return CareReading(
            now_ms=now_ms, activity=activity, household=household, learned=taught, judged=found, common=common, own=own,
            household_silent=whole.kind is not None,
        )  # fmt: skip

    def _judged(
        self,
        consent: CareConsent,
        common: tuple[PointId, ...],
        zone: tzinfo,
        now_ms: int,
        answered_ms: int,
        activity: Activity,
        away: Spans | None,
        kinds: tuple[CareKind, ...],
        *,
        whole: bool = False,
    ) -> tuple[LearnedCare, CareJudgement]:
        """What these signs have taught, once a day, and what they tell now; `whole`: they are those of the household."""
        unrecorded = spans_of((*self._history.pauses(), *consent.pauses))
        day, _ = slot_at(now_ms, zone)
        kept, depends = self._known[consent.key].learned, (consent, common, day)
        if whole not in kept or kept[whole][0] != depends:
            kept[whole] = depends, learned(activity, day, zone, unrecorded, now_ms, away)
        taught = kept[whole][1]
        return taught, judge(
            activity, taught, now_ms, zone, unrecorded=unrecorded, kinds=kinds, answered_ms=answered_ms, away=away
        )


def common_sources(consents: Iterable[CareConsent], twin: Twin) -> frozenset[PointId]:
    """Sources that several persons have agreed to."""
    count = Counter(point for one in consents for point in {source.point for source in looked_at(one.setup, twin)})
    return frozenset(point for point, n in count.items() if n > 1)
