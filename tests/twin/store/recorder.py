"""A program that records until it is killed: says on stdout what is surely on disk."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.twin.store.worlds import T0, points
from twin.model.observation import Observation
from twin.store.history import History, WriterPace


def main() -> None:
    path, start = Path(sys.argv[1]), int(sys.argv[2])
    known = points(20)
    with History.open(path, pace=WriterPace(flush_s=0.01, seal_rows=3000, seal_points=2)) as store:
        store.declare(known)
        n = start
        while True:
            store.put([Observation(known[i % 20].id, T0 + i * 50, float(i)) for i in range(n, n + 400)])
            n += 400
            store.flush()
            print(n, flush=True)


if __name__ == "__main__":
    main()
