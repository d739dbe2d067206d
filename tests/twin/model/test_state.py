import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from twin.model.ids import PointId
from twin.model.observation import Observation
from twin.model.state import State

names = st.sampled_from([PointId(f"p{i}") for i in range(8)])


class StateAgreesWithADictionary(RuleBasedStateMachine):
    """Whatever the order of points and observations, the columns say what a plain dictionary would."""

    def __init__(self):
        super().__init__()
        self.state, self.plain, self.changed, self.dated = State(), {}, set(), {}

    @rule(points=st.lists(names, max_size=4))
    def extend(self, points):
        self.state.extend(points)
        for point in points:
            self.plain.setdefault(point, (0, None))

    @rule(point=names, time=st.integers(0, 50), value=st.floats(-5, 5), dated=st.booleans(), now=st.integers(0, 50))
    def observe(self, point, time, value, dated, now):
        observation = Observation(point, time, value, dated=dated)
        known = self.plain.get(point)
        late = self.state.is_late(observation, now)
        of_device = self.dated.get(point, 0)
        assert late == (known is not None and dated and (time < of_device or time < known[0] <= now))
        if not late:
            assert self.state.apply(observation) == (known is not None)
        if not late and known is not None:
            self.plain[point] = (time, value)
            self.changed.add(point)
            if dated:
                self.dated[point] = time

    @rule()
    def look(self):
        assert {self.state.points[row] for row in self.state.take_dirty()} == self.changed
        self.changed.clear()
        assert len(self.state.take_dirty()) == 0

    @invariant()
    def columns_agree(self):
        assert len(self.state) == len(self.plain)
        for point, (time, value) in self.plain.items():
            row = self.state.index(point)
            assert self.state.time_ms[row] == time
            assert (np.isnan(self.state.value[row]) and value is None) or self.state.value[row] == value


TestStateAgreesWithADictionary = StateAgreesWithADictionary.TestCase


@given(st.integers(1, 200))
def test_many_rows_at_once_are_dirty_once_each(n):
    state = State([PointId(str(i)) for i in range(n)])
    rows = np.arange(0, n, 2)
    state.apply_rows(rows, rows.astype(float), rows.astype(np.int64), np.zeros(len(rows), np.uint8))
    assert list(state.take_dirty()) == list(rows)
