"""`python -m website [FOLDER]`: write the site into a folder; a warning of Sphinx is an error."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sphinx.cmd.build import build_main

from website.gathering import EXTRA, gather
from website.links import ROOT

_MARK = ".buildinfo"
"""Sphinx leaves it in a folder that it wrote; nothing else is taken away."""


def build(site: Path) -> int:
    """Gather and write; returns the exit code."""
    with TemporaryDirectory() as work:
        gather(Path(work))
        return write(Path(work), site)


def write(source: Path, site: Path) -> int:
    """Let Sphinx write all anew, so that a warning of last time is not forgotten; a warning is an error."""
    if (site / _MARK).exists():
        shutil.rmtree(site)
    (source / EXTRA).mkdir(exist_ok=True)
    with TemporaryDirectory() as trees:
        places = ["-c", str(Path(__file__).parent), "-d", trees, "-D", f"html_extra_path={source / EXTRA}"]
        return build_main(["-b", "html", "-W", "--keep-going", "-q", *places, str(source), str(site)])


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "docs"
    code = build(chosen.resolve())
    if not code:
        print(f"docs: {chosen / 'index.html'}", file=sys.stderr)  # noqa: T201 - what `make docs` tells
    sys.exit(code)
