"""Numbers as text: the only place, beside the terminal's, where anything is rounded."""

from __future__ import annotations

from leadline.adapters.charts.parts import MINUS, NARROW


def number(value: float, digits: int = 1) -> str:
    """With thousands commas and a true minus sign; a value that rounds to zero has none."""
    text = f"{abs(value):,.{digits}f}"
    return (MINUS if value < 0 and float(text.replace(",", "")) else "") + text


def percent(ratio: float | None, digits: int = 1) -> str:
    """A share of a budget; an en dash where there is none."""
    return "–" if ratio is None else f"{number(ratio * 100, digits)}{NARROW}%"


def times(burn: float | None) -> str:
    """A burn rate: one decimal below ten, none from there on."""
    if burn is None:
        return "–"
    if burn == 0:
        return "0×"
    return f"{burn:,.0f}×" if burn >= 9.95 else f"{burn:.1f}×"


def sli(ratio: float | None, target: float) -> str:
    """As many decimals as its target needs and one more, cut off: 99.8996 % is not shown as a kept 99.9 %."""
    if ratio is None:
        return "–"
    digits = max(2, len(f"{target * 100:.10f}".rstrip("0").partition(".")[2]) + 1)
    cut = int(ratio * 100 * 10**digits + 1e-9) / 10**digits
    return f"{cut:.{digits}f}{NARROW}%"


def target(ratio: float) -> str:
    """The objective as written."""
    return f"{ratio * 100:.10f}".rstrip("0").rstrip(".") + f"{NARROW}%"
