"""Writes files atomically: beside the target under a temporary name, synced to disk, then renamed over it.

Every file that Oikos writes for a user is written here (enforced by tests/test_architecture.py). An existing target is
replaced only where it is of the kind that is written; projects, histories, folders and devices are never replaced.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from twin.files.opening import special
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

_HEAD = 512
_NAME = 80
"""Characters of the target's name in the temporary name: the whole must stay below 255 bytes."""
_SQLITE = b"SQLite format 3\x00"
_OWN_FOLDER = ("settings.toml", "secrets.bin", "secrets.key", "protocols")
"""Names of which any one marks a folder as Oikos' own."""
_APPLICATION = slice(68, 72)  # https://www.sqlite.org/fileformat2.html 1.3
_SUFFIXES = {".oikos": "file_kind.project", ".oikos-history": "file_kind.history", ".oikos-keys": "file_kind.keys"}
"""Suffixes of files that are never replaced, with the code of the text that names their kind."""
_OURS = {b"Oiko": "file_kind.project", b"Oikh": "file_kind.history"}
"""SQLite application ids of files that are never replaced, with the code of the text that names their kind."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file by its first bytes; with `begins` empty any content may be replaced (Oikos' own files)."""

    name: str
    begins: tuple[bytes, ...] = ()

    def fits(self, head: bytes) -> bool:
        """Whether a file with these first bytes is of this kind; an empty one fits every kind."""
        return not head or not self.begins or head.startswith(self.begins)


OWN = FileKind("oikos")
PICTURE = FileKind("picture", (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"RIFF"))
GLTF = FileKind("gltf", (b"glTF",))
IFC = FileKind("ifc", (b"ISO-10303-21",))
SWEET_HOME = FileKind("sweet_home", (b"PK\x03\x04",))
CSV = FileKind("csv", (b"time,device,",))
DEVICE_TABLE = FileKind("device_table", (b"id,name,kind,",))
HANDOVER_TABLE = FileKind("handover_table", (b"storey,room,device,",))
ENERGY_TABLE = FileKind("energy_table", (b"medium,kind,name,",))
ALARM_TABLE = FileKind("alarm_table", (b"figure,alarm,",))
PDF = FileKind("pdf", (b"%PDF-",))
WORKBOOK = FileKind("workbook", (b"PK\x03\x04",))
RECORDING = FileKind("recording", (b'{"t"',))


def check_target(out: Path, kind: FileKind, *, force: bool = False, never: Iterable[Path] = ()) -> Path:
    """The real path that would be written, links resolved. Raises ProblemError where it must not be replaced.

    `never` are files that are kept even with `force` (the building's own). `force` allows a regular file of another
    kind.
    """
    target = Path(os.path.realpath(out))
    try:
        there = target.stat()
    except OSError:
        return target  # nothing there, or not to be looked at: writing will say what is wrong
    if stat.S_ISDIR(there.st_mode):
        raise ProblemError(Problem(code="write.folder", where=str(out)))
    if not stat.S_ISREG(there.st_mode):
        raise ProblemError(special(out, there.st_mode))
    named = _SUFFIXES.get(target.suffix.lower(), "")  # by name first: opening would drop SQLite's own locks
    if kind is not OWN and (ours := named or _database(target)):
        raise ProblemError(Problem(code="write.project", args={"kind": Text(ours)}, where=str(out)))
    if any(_is_same(there, other) for other in never):
        raise ProblemError(Problem(code="write.source", where=str(out)))
    if not force and not kind.fits(_head(target)):
        raise ProblemError(
            Problem(code="write.other_kind", args={"kind": Text(f"file_kind.{kind.name}")}, where=str(out))
        )
    return target


@contextlib.contextmanager
def replacing(
    out: Path, kind: FileKind, *, force: bool = False, never: Iterable[Path] = (), mode: int | None = None
) -> Generator[Path]:
    """Context with an empty temporary file beside `out`, renamed to `out` at the end, or removed on an exception.

    For libraries that write to a path; otherwise use `writing` or `write`. `mode`: permissions (default: those of the
    replaced file, else by umask). Raises ProblemError as `check_target`, OSError where it cannot be written.
    """
    target = check_target(out, kind, force=force, never=never)
    part = temporary(target, mode)
    try:
        yield part
        sync(part)
        part.replace(target)
    finally:
        _remove(part)
    sync(target.parent)


@contextlib.contextmanager
def creating(out: Path, *, mode: int | None = None) -> Generator[Path]:
    """Like `replacing`, for a file that must not exist: raises FileExistsError, also where it is made meanwhile."""
    target = Path(os.path.realpath(out))
    if target.exists():
        raise FileExistsError(17, "There is a file with this name already", str(out))
    part = temporary(target, mode)
    try:
        yield part
        sync(part)
        _name_first(part, target)
    finally:
        _remove(part)
    sync(target.parent)


@contextlib.contextmanager
def writing(out: Path, kind: FileKind, *, force: bool = False, never: Iterable[Path] = ()) -> Generator[BinaryIO]:
    """Context with a binary file that replaces `out` at the end, as `replacing`."""
    with replacing(out, kind, force=force, never=never) as part, part.open("wb") as file:
        yield file


@contextlib.contextmanager
def writing_text(out: Path, kind: FileKind, *, force: bool = False, never: Iterable[Path] = ()) -> Generator[TextIO]:
    """Context with a UTF-8 text file, line ends unchanged, that replaces `out` at the end, as `replacing`."""
    with (
        replacing(out, kind, force=force, never=never) as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        yield file


def write(out: Path, data: bytes | str, kind: FileKind = OWN, *, mode: int | None = None, force: bool = False) -> None:
    """Writes a whole file, as `replacing`; text as UTF-8."""
    with replacing(out, kind, force=force, mode=mode) as part:
        fill(part, data)


@contextlib.contextmanager
def exclusive(file: Path, timeout_s: float = 30.0) -> Generator[None]:
    """Context held by one process and thread at a time, around changing a file that several may change.

    The lock file stays beside it. Raises ProblemError where it is held by another for longer than `timeout_s` seconds;
    OSError.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(f"{file}.lock", timeout=timeout_s, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise ProblemError(Problem(code="file.busy", where=str(file), retry=True)) from error
    try:
        yield
    finally:
        lock.release()


def write_folder(folder: Path, files: Mapping[str, str], mark: str, *, force: bool = False) -> tuple[Path, ...]:
    """Writes several text files into a folder, created where missing: all are on disk before the first is renamed.

    `mark` is the file that identifies such a folder: without it, existing files of these names are not replaced (unless
    `force`), and ProblemError is raised. Other files stay. OSError where it cannot be written, and then the folder is
    unchanged.
    """
    target = Path(os.path.realpath(folder))
    if target.exists() and not target.is_dir():
        raise ProblemError(Problem(code="write.not_folder", where=str(folder)))
    if not force and not (target / mark).exists():
        taken = [name for name in files if (target / name).exists()]
        if taken:
            raise ProblemError(Problem(code="write.foreign_files", args={"taken": taken[0]}, where=str(folder)))
    part = target.with_name(_name(target))
    try:
        part.mkdir(parents=True)
        for name, text in files.items():
            (part / name).write_text(text, encoding="utf-8", newline="\n")
            sync(part / name)
        target.mkdir(exist_ok=True)
        done = tuple((part / name).replace(target / name) for name in files)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    sync(target)
    return tuple(folder / file.name for file in done)


def fill(part: Path, data: bytes | str) -> None:
    """Writes bytes, or text as UTF-8, to a temporary file of `replacing` or `creating`."""
    part.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)


def copy(source: Path, part: Path) -> None:
    """Copies a file into a temporary one of `replacing` or `creating`."""
    with source.open("rb") as have, part.open("wb") as out:
        shutil.copyfileobj(have, out, 1 << 20)


def sync(path: Path) -> None:
    """Flushes a file or the entries of a folder to disk; ignored for folders on systems that cannot."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(handle)


def private_folder(folder: Path) -> None:
    """Creates a folder that only its owner may enter; closes one of ours that is open to others. Raises OSError."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(exist_ok=True, mode=0o700)
    if os.name == "nt" or not any((folder / name).exists() for name in _OWN_FOLDER):
        return  # a folder of the user's that holds nothing of ours keeps its permissions
    there = folder.stat()
    if there.st_uid == os.getuid() and stat.S_IMODE(there.st_mode) & 0o077:
        folder.chmod(0o700)


def temporary(target: Path, mode: int | None = None) -> Path:
    """A new empty file beside `target`; the caller fills, syncs and renames or removes it. Raises OSError."""
    forget_dead(target)
    part = target.with_name(_name(target))
    if mode is None:
        with contextlib.suppress(OSError):
            mode = stat.S_IMODE(target.stat().st_mode)
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else 0o600))
    if mode is not None:
        part.chmod(mode)
    return part


def _name(target: Path) -> str:
    return f".{target.name.encode()[:_NAME].decode(errors='ignore')}.{os.getpid()}-{os.urandom(4).hex()}.part"


def _remove(part: Path) -> None:
    """Deletes the temporary file, and files that a library made beside it."""
    with contextlib.suppress(OSError):
        for left in part.parent.iterdir():
            if left.name.startswith(part.name):
                left.unlink(missing_ok=True)


_PART = re.compile(r"\.(\d+)-[0-9a-f]{8}\.part(-journal|-wal|-shm|\.\d+\.tmp)?$")


def forget_dead(target: Path) -> None:
    """Removes temporary files of `target` left by processes that do not run any more."""
    with contextlib.suppress(OSError):
        start = _name(target).rsplit(f".{os.getpid()}-", 1)[0]
        for left in target.parent.iterdir():
            if left.name.startswith(start) and (found := _PART.search(left.name)) and not process_runs(int(found[1])):
                left.unlink() if left.is_file() else shutil.rmtree(left, ignore_errors=True)


def process_runs(process: int) -> bool:
    """Whether a process (by its id) may still run; True where the system cannot tell."""
    if os.name == "nt":
        return True  # signal 0 is no question there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _name_first(part: Path, target: Path) -> None:
    """Gives the file its final name; FileExistsError where another file has it."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise FileExistsError(17, "There is a file with this name already", str(target)) from None
        part.rename(target)


def _is_same(there: os.stat_result, other: Path) -> bool:
    try:
        return os.path.samestat(there, other.stat())
    except OSError:
        return False


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b"?"  # not to be read: of no kind that we know


def _database(path: Path) -> str:
    """Kind of an SQLite file by its application id, as the code of a text; empty for any other file."""
    head = _head(path)
    return _OURS.get(head[_APPLICATION], "file_kind.database") if head.startswith(_SQLITE) else ""
