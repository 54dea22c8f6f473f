"""
The burn rates of one objective as a drawing that stands alone, for chat: with its title, its ground and its colours.

It is light whatever the reader's theme, since a chat says nothing of that; the colours are those of the pages.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import escape

from leadline.adapters.charts.axes import TimeAxis
from leadline.adapters.charts.burn_rates import HEIGHT, Limit, Rates, burn_rates
from leadline.adapters.charts.parts import tag

WIDTH = 720
_LEFT, _TOP, _RIGHT, _BELOW = 52, 58, 96, 34
_STYLE = """
svg { overflow: visible; }
text { font-family: "Liberation Sans", Arial, sans-serif; font-size: 12px; fill: #586672; }
.title { font-size: 16px; font-weight: 700; fill: #14202a; }
.grid { stroke: #e6ebee; stroke-width: 1; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line--main { stroke: #14202a; }
.line--second { stroke: #7c8995; }
.over { fill: #fde9df; }
.tier { stroke: #bb3a0c; stroke-width: 1; stroke-dasharray: 4 3; }
.tier--second { stroke: #7c8995; }
.dot--ink { fill: #14202a; }
.ct--x { text-anchor: middle; }
.ct--y { text-anchor: end; }
.ct--tier { fill: #a33000; }
.ct--now { fill: #14202a; font-weight: 700; }
.ct--strong { fill: #14202a; }
"""


def burn_picture(axis: TimeAxis, rates: Sequence[Rates], limits: Sequence[Limit], title: str, about: str) -> str:
    """
    An SVG of `WIDTH` pixels.

    Args:
        axis: the hours that are drawn.
        rates: burn rates along them.
        limits: what the alert asks of each window.
        title: the objective.
        about: one line below the title, such as the condition of the alert.
    """
    height = _TOP + HEIGHT + _BELOW
    inner = WIDTH - _LEFT - _RIGHT
    chart = burn_rates(axis, rates, limits, title)
    body = tag("style", _STYLE) + tag("rect", width=WIDTH, height=height, fill="#ffffff")
    body += tag("text", str(escape(title)), x=16, y=26, class_="title") + tag("text", str(escape(about)), x=16, y=45)
    body += tag(
        "svg", str(chart), x=_LEFT, y=_TOP, width=inner, height=HEIGHT + 20, overflow="visible",
        viewBox=f"0 0 {inner} {HEIGHT + 20}",
    )  # fmt: skip
    return tag(
        "svg", body, xmlns="http://www.w3.org/2000/svg", width=WIDTH, height=height, viewBox=f"0 0 {WIDTH} {height}"
    )
