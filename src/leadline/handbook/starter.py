"""What `leadline init` writes: a small handbook that measures a Prometheus by itself, with comments that teach."""

from __future__ import annotations

import shutil
from pathlib import Path

from leadline.errors import RecordError
from leadline.handbook.shipped import shipped


def write_starter(folder: Path) -> list[Path]:
    """
    Copy the starter into `folder`, which is made when it is missing; returns the files written.

    Raises:
        RecordError: a file of the same name is already there, or the folder cannot be written; nothing is written.
    """
    source = shipped("starter")
    pairs = [(path, folder / path.relative_to(source)) for path in sorted(source.rglob("*.yaml"))]
    taken = [str(target) for _, target in pairs if target.exists()]
    if taken:
        raise RecordError(f"{', '.join(taken)} already there; nothing was written. Name another folder, or remove it")
    try:
        for path, target in pairs:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    except OSError as error:
        raise RecordError(f"{folder} cannot be written: {error.strerror or error}") from error
    return [target for _, target in pairs]
