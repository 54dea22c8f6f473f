"""
A folder as a revision of git has it, unpacked for as long as it is looked at.

Git is called with argument lists, never by a shell, and what it archives is written file by file: only YAML, and only
below the folder, whatever a name in the archive says.
"""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from leadline.errors import Problem, SpecError

_SECONDS = 60
_ODD = re.compile(r"[^\w.-]+")
_SUFFIXES = (".yaml", ".yml")


@contextmanager
def at_revision(folder: Path, revision: str) -> Iterator[Path]:
    """
    The YAML files of a folder as they are in a revision of its repository.

    Raises:
        SpecError: the folder is in no repository, or that has no such revision.
    """
    commit = _git(folder, revision, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    archive = _git(folder, revision, "archive", "--format=tar", commit.decode().strip())
    with TemporaryDirectory(prefix="leadline-") as place:
        target = Path(place, f"{_ODD.sub('-', revision)}-{folder.resolve().name or 'handbook'}")
        target.mkdir()
        with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
            for member in opened:
                _write(opened, member, target)
        yield target


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    path = PurePosixPath(member.name)
    content = archive.extractfile(member) if member.isreg() and path.suffix in _SUFFIXES else None
    if content is None or path.is_absolute() or ".." in path.parts:
        return
    file = target / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.read())


def _git(folder: Path, revision: str, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        hint = "install git, or name a folder"
        raise SpecError([Problem(str(folder), 0, 0, "", f"git does not answer ({error})", revision, hint)]) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        what = f"neither a folder nor a revision of git here ({said[0]})" if said else "no such folder, nor revision"
        hint = "name a folder, or a revision such as main or HEAD~1"
        raise SpecError([Problem(str(folder), 0, 0, "", what, revision, hint)])
    return done.stdout
