"""
Which files are read, and each byte of them once, while they rotate.

All are opened before any is read, and the folder is looked at again: a rename in between would otherwise hide a file or
show it twice. Of a file that is being compressed or copied only one form is read.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import BinaryIO, cast

from leadline.errors import SourceError

ATTEMPTS = 20
FIRST_PIECE = 256 * 1024
PIECE = 8 * 1024 * 1024
LONGEST_LINE = 64 * 1024 * 1024
_BLOCK = 1024 * 1024
_GZIP = ".gz"


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file as it was when it was opened; later lines belong to the next collection."""

    path: Path
    handle: BinaryIO
    identity: tuple[int, int]
    size: int
    modified_at: float
    """Epoch seconds."""

    @property
    def is_compressed(self) -> bool:
        return self.path.suffix == _GZIP


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of a file, or the rest of its last one."""

    text: bytes
    is_rest: bool = False


def matching(patterns: Sequence[str]) -> list[Path]:
    """Files that match, each once, in order."""
    # Not Path.glob, which takes no pattern from the root on.
    names = {name for pattern in patterns for name in glob(pattern)}  # noqa: PTH207 - see above
    return [path for path in map(Path, sorted(names)) if path.is_file()]


@contextmanager
def opened(name: str, patterns: Sequence[str]) -> Iterator[list[OpenFile]]:
    """
    Every file that matches, at one instant, without second forms of the same lines.

    Raises:
        SourceError: none matches, one cannot be read, or they change faster than they can be opened.
    """
    for _ in range(ATTEMPTS):
        with ExitStack() as stack:
            paths = matching(patterns)
            if not paths:
                hint = "mend files, or let the log be written"
                raise SourceError(f"{name}: no file matches {', '.join(patterns)}; {hint}", retryable=True)
            files = _opened(stack, name, paths)
            if files is not None and _is_still_so(files, patterns):
                yield _without_copies(files)
                return
    raise SourceError(f"{name}: the files change while they are opened; try again", retryable=True)


def _opened(stack: ExitStack, name: str, paths: Iterable[Path]) -> list[OpenFile] | None:
    files = []
    for path in paths:
        try:
            handle = stack.enter_context(path.open("rb"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SourceError(f"{name}: {path} cannot be read ({error.strerror})", retryable=False) from error
        found = os.fstat(handle.fileno())
        files.append(OpenFile(path, handle, (found.st_dev, found.st_ino), found.st_size, found.st_mtime))
    return files


def _is_still_so(files: Sequence[OpenFile], patterns: Sequence[str]) -> bool:
    try:
        now = {path: path.stat() for path in matching(patterns)}
    except FileNotFoundError:
        return False
    return {path: (found.st_dev, found.st_ino) for path, found in now.items()} == {
        file.path: file.identity for file in files
    }


def _without_copies(files: Sequence[OpenFile]) -> list[OpenFile]:
    paths = {file.path for file in files}
    kept: dict[tuple[int, int], OpenFile] = {}
    for file in files:
        is_second_form = file.is_compressed and file.path.with_suffix("") in paths
        if not is_second_form:
            kept.setdefault(file.identity, file)
    found = list(kept.values())
    return [file for file in found if not any(_is_copied_into(file, other) for other in found)]


def _is_copied_into(one: OpenFile, other: OpenFile) -> bool:
    """Whether a file's bytes begin one beside it of a like name: copied, and not yet truncated."""
    if one is other or not one.size or not (_is_named_after(one, other) or _is_named_after(other, one)):
        return False
    if one.is_compressed or other.is_compressed or (one.size, one.path) > (other.size, other.path):
        return False
    for position in range(0, one.size, _BLOCK):
        count = min(_BLOCK, one.size - position)
        if _block(one, position, count) != _block(other, position, count):
            return False
    return True


def _is_named_after(one: OpenFile, other: OpenFile) -> bool:
    return str(one.path).startswith((f"{other.path}.", f"{other.path}-"))


def _block(file: OpenFile, position: int, count: int) -> bytes:
    return os.pread(file.handle.fileno(), count, position)


def pieces(file: OpenFile, start_at: Callable[[bytes], bool] | None = None) -> Iterator[Piece]:
    """
    A file's lines in bounded pieces, the first of them small.

    `start_at` says of some lines whether all that stands before them may be left out; the time of lines rises.
    """
    reader: BinaryIO = cast("BinaryIO", gzip.GzipFile(fileobj=file.handle)) if file.is_compressed else file.handle
    left = file.size if not file.is_compressed else None
    rest = b""
    if not file.is_compressed:
        offset = _first_useful(file, start_at) if start_at is not None else 0
        reader.seek(offset)
        left = file.size - offset
    wanted = FIRST_PIECE
    while True:
        read = reader.read(wanted if left is None else min(wanted, left))
        if not read:
            break
        left = None if left is None else left - len(read)
        whole, newline, after = read.rpartition(b"\n")
        if newline:
            yield Piece(rest + whole)
            rest = after
        else:
            rest += read
        if len(rest) > LONGEST_LINE:
            raise SourceError(
                f"{file.path}: a line is longer than {LONGEST_LINE} bytes; is this a log?", retryable=False
            )
        wanted = PIECE
    if rest.strip(b"\0\r "):
        yield Piece(rest, is_rest=True)


def _first_useful(file: OpenFile, may_skip_before: Callable[[bytes], bool]) -> int:
    """Offset of a line such that no line before it is wanted, found by halving."""
    low, high = 0, file.size
    while high - low > PIECE:
        middle = (low + high) // 2
        _, _, lines = _block(file, middle, FIRST_PIECE).partition(b"\n")
        if may_skip_before(lines.rpartition(b"\n")[0]):
            low = middle
        else:
            high = middle
    if low == 0:
        return 0
    head, _, _ = _block(file, low, FIRST_PIECE).partition(b"\n")
    return low + len(head) + 1
