"""
What every chart is made of.

The outer SVG has no viewBox: labels and marks sit at percentages in x and pixels in y. Lines and areas live in a nested
one of a thousand units across, whose strokes do not scale. The page's padding around it holds the labels of the axes,
so that charts above one another share one x axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

NARROW = "\u00a0"
"""Between a number and its unit: they are never parted."""
MINUS = "\u2212"
Point = tuple[float, float]
"""x as a share of the width, y in pixels from the top."""


def tag(name: str, body: str = "", **attributes: object) -> str:
    """An element; `class_` and `aria_hidden` stand for `class` and `aria-hidden`, None leaves an attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{body}</{name}>" if body else f"<{name}{written}/>"


def label(x: str, y: float, body: str, classes: str = "ct", **attributes: object) -> str:
    """A text at a percentage across and so many pixels down."""
    return tag("text", str(escape(body)), x=x, y=f"{y:.1f}", class_=classes, **attributes)


def spoken(body: str) -> str:
    """What a reader hears, and sees when the pointer rests."""
    return tag("title", str(escape(body)))


def share(fraction: float) -> str:
    """A place across the width, as a percentage."""
    return f"{fraction * 100:.3f}%".replace(".000%", "%")


def scaled(height: float, body: str) -> str:
    """The nested part, whose x runs from 0 to 1000."""
    return tag(
        "svg",
        body,
        class_="scaled",
        viewBox=f"0 0 1000 {height:g}",
        preserveAspectRatio="none",
        width="100%",
        height=f"{height:g}",
    )


def line(points: Iterable[Point], classes: str) -> str:
    """A polyline; empty for fewer than two points."""
    drawn = list(points)
    return tag("path", class_=classes, d="M" + _path(drawn)) if len(drawn) > 1 else ""


def area(upper: Sequence[Point], lower: Sequence[Point], classes: str) -> str:
    """What lies between two polylines."""
    if len(upper) < 2:
        return ""
    return tag("path", class_=classes, d=f"M{_path(upper)}L{_path(list(reversed(lower)))}Z")


def figure(height: float, body: str, title: str, classes: str = "plot-svg") -> Markup:
    """The whole drawing, with what it says in words."""
    return Markup(  # noqa: S704 - every text in it was escaped by `label` or `spoken`
        tag("svg", spoken(title) + body, class_=classes, width="100%", height=f"{height:g}", role="img")
    )


def glyph(name: str, x: str, y: float, classes: str) -> str:
    """A symbol of 14 pixels from the page's sprite, centred at a percentage."""
    used = tag("use", href=f"#{name}", x=-7, width=14, height=14, class_=classes)
    return tag("svg", used, x=x, y=f"{y:g}", width=14, height=14, overflow="visible")


def _path(points: Sequence[Point]) -> str:
    return "L".join(f"{x * 1000:.1f} {y:.1f}" for x, y in points)
