"""The commands that read and write files of this machine: slices, and what other tools call objectives."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from leadline.interfaces.cli.frame import server_of, use_cases
from leadline.interfaces.cli.options import PLAIN, Place, at_a_place, instant

slices_app = typer.Typer(help="Slices: import and export files.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps


def is_pushed(file: Path) -> bool:
    """Whether a file is one that programs push, and so can go to a server."""
    return str(file) == "-" or file.suffix == ".ndjson"


@slices_app.command("import")
@at_a_place
def slices_import(
    place: Place,
    file: Annotated[Path, typer.Argument(help="CSV, Parquet or .ndjson: sli,start,bad,total, labels; - reads stdin.")],
    writer: Annotated[str, typer.Option("--writer", help="Under whose name; the same writer replaces.")] = "import",
) -> None:
    """Take in a file of slices, all of it or nothing. A server takes .ndjson, and what stdin says."""
    from leadline.interfaces.cli import slices

    with use_cases(place) as run:
        take = slices.push_file if server_of(place) and is_pushed(file) else slices.import_file
        take(run, file, writer, as_json=place.as_json)


@slices_app.command("export")
@at_a_place
def slices_export(
    place: Place,
    file: Annotated[Path, typer.Argument(help="CSV, Parquet or .ndjson to write; - prints CSV.")],
    sli: Annotated[list[str] | None, typer.Option("--sli", help="Only this SLI; may be given several times.")] = None,
    start: Annotated[
        datetime | None, typer.Option("--from", parser=instant, metavar="INSTANT", help="From here on.")
    ] = None,
    end: Annotated[datetime | None, typer.Option("--to", parser=instant, metavar="INSTANT", help="Up to here.")] = None,
) -> None:
    """Write the slices that are known to a file."""
    from leadline.interfaces.cli import slices

    with use_cases(place) as run:
        slices.export_file(run, file, tuple(sli or ()), start, end, as_json=place.as_json)


_OutputOption = Annotated[
    Path, typer.Option("--output", metavar="FOLDER", help="Write files into this folder (default: print the text).")
]


@at_a_place
def import_specs(
    place: Place,
    path: Annotated[Path, typer.Argument(help="File, or folder of YAML files.")],
    dialect: Annotated[
        str,
        typer.Option(
            "--from", help="sloth, pyrra, slo-generator, nobl9 or openslo-v1alpha (default: what each document says)."
        ),
    ] = "auto",
    output: _OutputOption = Path("-"),
    window: Annotated[
        str | None, typer.Option("--window", metavar="28d", help="Window where the files name none.")
    ] = None,
) -> None:
    """Read another tool's files into a handbook; list what could not be carried. Exits 2 when they are ill-written."""
    with use_cases(place, needs_handbook=False) as run:
        from leadline.interfaces.cli import dialects

        dialects.import_specs(run, path, dialect, output, window, as_json=place.as_json)


@at_a_place
def export_specs(
    place: Place,
    to: Annotated[str, typer.Option("--to", help="sloth, pyrra, slo-generator, nobl9 or openslo.")],
    output: _OutputOption = Path("-"),
) -> None:
    """Write the handbook's objectives in another tool's form; list what it cannot say."""
    with use_cases(place) as run:
        from leadline.interfaces.cli import dialects

        dialects.export_specs(run, to, output, as_json=place.as_json)


@at_a_place
def rules(
    place: Place,
    output: Annotated[Path, typer.Option("--output", metavar="FOLDER", help="Folder that holds nothing else.")],
    form: Annotated[
        str, typer.Option("--format", metavar="prometheus", help="prometheus, prometheusrule or mimir.")
    ] = "prometheus",
    page_url: Annotated[
        str, typer.Option("--page-url", metavar="URL", help="Where people reach the pages; alerts link there.")
    ] = "",
) -> None:
    """Write Prometheus rules, their unit tests and Alertmanager's routes; list what rules cannot say."""
    with use_cases(place) as run:
        from leadline.interfaces.cli import generated

        generated.rules(run, output, form, page_url, as_json=place.as_json)


@at_a_place
def dashboards(
    place: Place,
    output: Annotated[Path, typer.Option("--output", metavar="FOLDER", help="Folder that holds nothing else.")],
) -> None:
    """Write five dashboards for Grafana, of what /metrics tells and the generated rules record."""
    with use_cases(place) as run:
        from leadline.interfaces.cli import generated

        generated.dashboards(run, output, as_json=place.as_json)


def add_spec_commands(app: typer.Typer) -> None:
    """`leadline import`, `leadline export`, `leadline rules` and `leadline dashboards`."""
    app.command("import")(import_specs)
    app.command("export")(export_specs)
    app.command("rules")(rules)
    app.command("dashboards")(dashboards)
