"""
Draws the pictures of README and docs: the pages of the demo as a browser shows them, and what a terminal shows of the
recorded shop, as SVG without outside fonts.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from demo_pictures import draw_demo
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from leadline.app import call, opened
from leadline.domains.budgets.model import ShowSlo, ShowStatus
from leadline.domains.measurement.model import ImportSlices
from leadline.interfaces.cli.progress import TerminalProgress
from leadline.interfaces.cli.slo import print_slo
from leadline.interfaces.cli.status import print_status
from leadline.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
AT = datetime(2026, 11, 2, 12, tzinfo=UTC)
THEME = TerminalTheme(
    (16, 24, 32),
    (222, 228, 233),
    [
        (16, 24, 32),
        (240, 113, 103),
        (111, 177, 141),
        (224, 175, 80),
        (106, 167, 222),
        (205, 140, 214),
        (110, 190, 190),
        (222, 228, 233),
    ],
)
FORMAT = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}
</defs>
<rect fill="#101820" width="{width}" height="{height}" rx="6"/>
<g transform="translate({terminal_x}, {terminal_y})"><g>{backgrounds}</g><g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main() -> None:
    """Import the recording into a ledger of its own and draw."""
    images = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as house:
        settings = Settings(Path("examples/shop/handbook"), f"sqlite:///{house}/shop.db")
        with opened(settings, TerminalProgress(quiet=True), environ={}) as context:
            call("slices.import", ImportSlices(file=Path("examples/shop/recording.parquet")), context)
            status = call("status.show", ShowStatus(at=AT), context)
            slo = call("slo.show", ShowSlo(name="checkout-availability", at=AT), context)
    draw_demo(images)
    _draw(images / "status.svg", "leadline status", 132, lambda console: print_status(status, console))
    _draw(images / "slo.svg", "leadline slo show checkout-availability", 112, lambda console: print_slo(slo, console))


def _draw(path: Path, command: str, width: int, show: Callable[[Console], None]) -> None:
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True)
    console.print(f"$ {command}", highlight=False, style="dim")
    show(console)
    path.write_text(
        console.export_svg(title="", theme=THEME, code_format=FORMAT, unique_id=path.stem), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
