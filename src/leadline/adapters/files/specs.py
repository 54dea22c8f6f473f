"""Folders of YAML on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leadline.errors import Problem, RecordError, SpecError
from leadline.handbook.documents import dump_plain
from leadline.handbook.reading import Tree, read_file

_SUFFIXES = (".yaml", ".yml")
_UNSAFE = str.maketrans("/\\|", "---")


class YamlSpecFiles:
    """`SpecFiles` of the disk; names that begin with a dot are left out."""

    def read(self, path: Path) -> Sequence[Tree]:
        if not path.exists():
            raise _refused(path, "there is no such file or folder", "check the path")
        files = sorted(_files(path)) if path.is_dir() else [path]
        if not files:
            raise _refused(path, "no *.yaml file below this folder", "name the folder that holds the specs")
        trees: list[Tree] = []
        problems: list[Problem] = []
        for file in files:
            found, wrong = read_file(file, str(file))
            trees += found
            problems += wrong
        if problems:
            raise SpecError(problems)
        if not trees:
            raise _refused(path, "no document in any file", "name a file that holds specs")
        return trees

    def write(self, folder: Path, files: Mapping[str, Sequence[Mapping[str, Any]]]) -> Sequence[Path]:
        texts = {folder / f"{name.translate(_UNSAFE)}.yaml": dump_plain(documents) for name, documents in files.items()}
        taken = [str(target) for target in texts if target.exists()]
        if taken:
            raise RecordError(
                f"{', '.join(taken)} already there; nothing was written. Name another folder, or remove it"
            )
        written: list[Path] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for target, text in texts.items():
                written.append(target)
                target.write_text(text, encoding="utf-8")
        except OSError as error:
            for target in written:
                target.unlink(missing_ok=True)
            raise RecordError(f"{folder} cannot be written: {error.strerror or error}") from error
        return written

    def replace(self, folder: Path, texts: Mapping[str, str], mark: str) -> tuple[Sequence[Path], Sequence[Path]]:
        there = {path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path, folder)}
        foreign = sorted(str(path) for path in there if not _begins_with(path, mark))
        if foreign:
            way_out = "nothing was changed. Name another folder, or move it"
            raise RecordError(f"{', '.join(foreign[:5])}: not written by this command; {way_out}")
        written = [folder / name for name in texts]
        try:
            for target, text in zip(written, texts.values(), strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                draft = target.with_name(f".{target.name}.new")
                draft.write_text(text, encoding="utf-8")
                draft.replace(target)
            removed = sorted(there - set(written))
            for path in removed:
                path.unlink()
        except OSError as error:
            raise RecordError(f"{folder} cannot be written: {error.strerror or error}") from error
        return written, removed


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _begins_with(path: Path, mark: str) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark.encode())) == mark.encode()


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.suffix in _SUFFIXES and path.is_file() and not _is_hidden(path, folder)
    ]


def _refused(path: Path, what: str, hint: str) -> SpecError:
    return SpecError([Problem(str(path), 0, 0, "", what, "", hint)])
