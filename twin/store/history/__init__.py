"""History of every point: unsealed rows, sealed blocks, quarter-hour values and chart tiles in one file; one writer
thread.
"""

from twin.store.history.history import History as History
from twin.store.history.write_queue import QueueFull as QueueFull
from twin.store.history.writer import WriterPace as WriterPace
from twin.store.history.writer import lived_ms as lived_ms
