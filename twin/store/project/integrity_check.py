"""Verification of a project's file by checksums."""

from __future__ import annotations

import sqlite3

from twin.store.project import edits, mesh_blobs, picture_blobs, row_checks


def wrong(db: sqlite3.Connection) -> list[str]:
    """Names of the parts that were changed outside Oikos or are damaged: tables, undo list, pictures, meshes. Raises
    sqlite3.Error.
    """
    found = row_checks.wrong(db)
    found += ["undo list"] if edits.wrong(db) else []
    found += ["picture"] if picture_blobs.damaged(db) else []
    return [*found, *_meshes(db)]


def _meshes(db: sqlite3.Connection) -> list[str]:
    """Errors of stored meshes, including those that only an undo needs."""
    found: list[str] = []
    for key in mesh_blobs.all_keys(db):
        try:
            mesh_blobs.unpack(*(mesh_blobs.packed(db, key) or (b"", [])))
        except Exception as error:
            found.append(f"mesh: {error}")
    return found
