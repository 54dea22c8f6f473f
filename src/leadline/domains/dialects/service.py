"""Use cases of the dialects: read another tool's files into a handbook, write a handbook in another tool's form."""

from __future__ import annotations

from pathlib import Path

from leadline.domains.dialects.accounting import Journal
from leadline.domains.dialects.model import STDOUT, Carried, ExportSpecs, ImportSpecs
from leadline.domains.dialects.openslo import USUAL_ADDRESS, USUAL_SOURCE, Documents, data_source, documents_of
from leadline.domains.dialects.promises import Bundle
from leadline.domains.dialects.rules import bundle_of, counts_of, written
from leadline.errors import Problem, SpecError
from leadline.handbook.documents import KINDS, as_data, dump_plain
from leadline.handbook.specs import PROMETHEUS_LIKE, Handbook, Place
from leadline.ports.operation import Context
from leadline.units import parse_duration


def import_specs(request: ImportSpecs, context: Context) -> Carried:
    """Read every document, refuse all when one is ill-written, else write what can be carried and tell the rest."""
    journal = Journal()
    window = _window(request.window, journal)
    bundle = bundle_of(context.specs.read(request.path), request.dialect, window, journal)
    known = context.handbook if _is_inside(request.output, context.handbook) else None
    files = _documents(bundle, journal, known)
    if journal.problems:
        raise SpecError(sorted(dict.fromkeys(journal.problems)))
    return _carried(_checked(files), journal, request.output, context)


def _window(window: str | None, journal: Journal) -> str | None:
    if window is None:
        return None
    try:
        what, hint = "not whole minutes", "write one such as 28d"
        is_whole = not parse_duration(window).total_seconds() % 60
    except ValueError as error:
        is_whole, (what, _, hint) = False, str(error).partition("; ")
    if is_whole:
        return window
    journal.problems.append(Problem("--window", 0, 0, "", what, window, hint))
    return None


def _is_inside(output: Path, handbook: Handbook) -> bool:
    """Whether what is written becomes part of the handbook."""
    return output != STDOUT and output.resolve().is_relative_to(Path(handbook.folder).resolve())


def _documents(bundle: Bundle, journal: Journal, known: Handbook | None) -> Documents:
    if not bundle.promises and not bundle.services:
        return {}
    mine = [name for name, source in known.sources.items() if source.type.lower() in PROMETHEUS_LIKE] if known else []
    files = documents_of(bundle, journal, mine[0] if mine else USUAL_SOURCE, known)
    if not mine:
        files["datasource"] = [data_source(bundle.address)]
        if bundle.address is None:
            text = f"{USUAL_ADDRESS} is written as the address of Prometheus; set connectionDetails.url to yours"
            journal.note(Place("datasource.yaml", 0), text)
    return files


def _checked(files: Documents) -> Documents:
    """The same documents, read as a handbook reads them; what does not fit is our defect."""
    return {
        name: [as_data(KINDS[document["kind"]][1].model_validate(document)) for document in documents]
        for name, documents in files.items()
    }


def export_specs(request: ExportSpecs, context: Context) -> Carried:
    """Write what the dialect can say, and tell what it cannot."""
    journal = Journal()
    files = written(context.handbook, request.to, journal)
    return _carried(files, journal, request.output, context)


def _carried(files: Documents, journal: Journal, output: Path, context: Context) -> Carried:
    is_text = output == STDOUT
    paths = [] if is_text else context.specs.write(output, files)
    lost = dict.fromkeys(journal.lost)
    return Carried(
        counts=counts_of(files),
        files=tuple(str(path) for path in paths),
        lost=tuple(sorted(lost, key=lambda entry: (entry.file, entry.line, entry.key))),
        notes=tuple(sorted(journal.notes, key=lambda note: (note.file, note.line, note.text))),
        text=dump_plain(document for documents in files.values() for document in documents) if is_text else "",
    )
