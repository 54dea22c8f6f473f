"""Specs of other tools on their way: read, made a handbook, written again, read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from leadline.adapters.files.specs import YamlSpecFiles
from leadline.domains.dialects.accounting import Journal
from leadline.domains.dialects.model import Carried, ExportSpecs, ImportSpecs, Source, Target
from leadline.domains.dialects.promises import Alert, Bundle, Promise
from leadline.domains.dialects.rules import bundle_of
from leadline.domains.dialects.service import export_specs, import_specs
from leadline.handbook.loader import load
from leadline.handbook.specs import Handbook
from leadline.units import parse_duration
from made_handbooks import a_context


@dataclass(frozen=True)
class Read:
    """What a text promises, and what was said of it."""

    bundle: Bundle
    journal: Journal

    @property
    def promise(self) -> Promise:
        (only,) = self.bundle.promises
        return only

    @property
    def lost(self) -> dict[str, str]:
        """Key → why."""
        return {lost.key: lost.why for lost in self.journal.lost}

    @property
    def notes(self) -> str:
        return "\n".join(note.text for note in self.journal.notes)

    @property
    def problems(self) -> dict[str, str]:
        """Key → what is wrong, and the way out."""
        return {problem.key: f"{problem.what}; {problem.hint}" for problem in self.journal.problems}


def read(text: str, window: str | None = None, dialect: Source = Source.AUTO) -> Read:
    """What the documents of a text promise."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "specs.yaml")
        file.write_text(text)
        trees = YamlSpecFiles().read(file)
    journal = Journal()
    return Read(bundle_of(trees, dialect, window, journal), journal)


def imported(text: str, folder: Path, window: str | None = None) -> tuple[Handbook, Carried]:
    """The handbook that an import of the text writes into `folder / "handbook"`, and what was told."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "specs.yaml").write_text(text)
    output = folder / "handbook"
    request = ImportSpecs(path=folder / "specs.yaml", output=output, window=window)
    carried = import_specs(request, a_context(Handbook.empty(str(output))))
    loaded = load(output)
    assert loaded.problems == ()
    assert loaded.handbook is not None
    return loaded.handbook, carried


def exported(handbook: Handbook, to: Target) -> Carried:
    return export_specs(ExportSpecs(to=to), a_context(handbook))


def documents(carried: Carried) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(carried.text))


def said(promise: Promise, bundle: Bundle) -> tuple[object, ...]:
    """Objective, window, queries, labels and alert settings of a promise."""
    window = promise.window
    length = parse_duration(window.duration) if not hasattr(window, "zone") else window
    alerts: Sequence[Alert] = [bundle.alerts[name] for name in promise.alerts]
    return (
        promise.name, promise.service, length, promise.objectives, promise.method, promise.group_by,
        promise.description, dict(promise.labels), alerts,
    )  # fmt: skip


def again(
    text: str, to: Target, window: str | None = None
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What a text says, and what is said after import, export and import."""
    with TemporaryDirectory() as folder:
        handbook, _ = imported(text, Path(folder), window)
        written = exported(handbook, to).text
    before, after = read(text, window), read(written, window)
    assert after.journal.problems == []
    return (
        [said(promise, before.bundle) for promise in before.bundle.promises],
        [said(promise, after.bundle) for promise in after.bundle.promises],
    )
