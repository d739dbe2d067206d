"""History of every point: hot rows, sealed blocks, exact quarter-hours, chart tiles in one file; one writer thread."""

from twin.store.history.history import History as History
from twin.store.history.writer import QueueFull as QueueFull
from twin.store.history.writer import WriterPace as WriterPace
from twin.store.history.writer import lived_ms as lived_ms
