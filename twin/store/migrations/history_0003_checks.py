"""History, step 3: checksums of what is not sealed, of words and of points; which registers are to be counted anew. Frozen.

A row of `hot` with point 0 closes a batch: its ts is the CRC-32 of the rows since the one before, column by column: points,
times, values (doubles, one NaN for none), each of 8 bytes little-endian, then one byte of quality each.
`crc` of a word or point is the CRC-32 of its other columns' JSON list.
"""

from __future__ import annotations

import json
import struct
import zlib

from sqlite_utils import Database

POINT = "id, uid, kind, unit, stale_ms, rollover, codes"


def apply(db: Database) -> None:
    """Adds the columns and fills them."""
    db.execute("alter table word add column crc integer")
    db.execute("alter table point add column crc integer")
    db.execute("alter table point add column counted integer not null default 0")
    for table, columns in (("word", "id, s"), ("point", POINT)):
        rows = db.execute(f"select {columns} from {table}").fetchall()  # noqa: S608 - our own names
        for row in rows:
            crc = zlib.crc32(json.dumps(row, ensure_ascii=False).encode())
            db.execute(f"update {table} set crc = ? where id = ?", (crc, row[0]))  # noqa: S608
    rows = db.execute("select point, ts, v, q from hot order by seq").fetchall()
    if rows:
        n = len(rows)
        points, times, values, quality = zip(*rows, strict=True)
        nan = float("nan")
        data = struct.pack(f"<{n}q", *points) + struct.pack(f"<{n}q", *times)
        data += struct.pack(f"<{n}d", *(nan if v is None else v + 0.0 for v in values)) + bytes(
            q & 255 for q in quality
        )
        db.execute("insert into hot(point, ts, v, q) values(0, ?, null, 0)", (zlib.crc32(data),))
