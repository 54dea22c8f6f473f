import contextlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.units import NoData, format_duration, parse_duration, parse_instant, parse_ratio


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("28d", 2_419_200),
        ("1h30m", 5400),
        ("4w", 2_419_200),
        ("90s", 90),
        (" 5m ", 300),
        ("1d1d", 172_800),
        ("05m", 300),
    ],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "28", "d", "1.5h", "-1d", "1 d", "1y", "1M", "٣d", "1D", "28d!", "1h 30m", "9" * 50 + "d"]
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 28d or 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0d", "0h0m", "5300w", "99999999999999d"])
def test_a_duration_is_longer_than_nothing_and_not_longer_than_a_century(text: str) -> None:
    with pytest.raises(ValueError, match="longer than 0 and at most 100 years"):
        parse_duration(text)


@given(st.integers(1, 100 * 366 * 86_400))
def test_a_duration_written_is_read_back(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == timedelta(seconds=seconds)


def test_durations_are_written_short() -> None:
    assert format_duration(timedelta(days=28)) == "28d"
    assert format_duration(5400) == "1h30m"
    assert format_duration(90_061) == "1d1h1m1s"
    assert format_duration(0) == "0s"


@pytest.mark.parametrize(
    ("written", "ratio"),
    [
        ("0.999", "0.999"),
        ("99.9%", "0.999"),
        (" 99.95 % ", "0.9995"),
        (0.999, "0.999"),
        (1, "1"),
        ("100%", "1"),
        (0, "0"),
        ("1e-3", "0.001"),
        (Decimal("0.123456789012345678901"), "0.123456789012345678901"),
        ("0.5%", "0.005"),
    ],
)
def test_ratios_are_read_exactly_as_written(written: str | float | Decimal, ratio: str) -> None:
    assert parse_ratio(written) == Decimal(ratio)


@pytest.mark.parametrize(("written", "meant"), [(99.9, "0.999"), ("99.95", "0.9995"), (100, "1.00"), ("2", "0.02")])
def test_a_percentage_without_its_sign_is_refused_with_the_likely_meaning(written: str | float, meant: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean {meant}\\?"):
        parse_ratio(written)


@pytest.mark.parametrize("written", ["-0.1", "101", "1000%", "100.1%", -1])
def test_a_ratio_lies_between_nothing_and_all(written: str | float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        parse_ratio(written)


@pytest.mark.parametrize("written", ["", "%", "abc", "0,999", "nan", "inf", float("nan"), "NaN%", True])
def test_what_is_no_number_is_refused(written: str | float) -> None:
    with pytest.raises(ValueError, match=r"not a (finite )?number; write a ratio such as 0\.999"):
        parse_ratio(written)


@pytest.mark.parametrize(
    "text",
    ["2026-03-01T12:00:00Z", "2026-03-01T12:00", "2026-03-01T13:00:00+01:00", " 2026-03-01 12:00:00 ", "1772366400"],
)
def test_instants_are_read_as_utc(text: str) -> None:
    assert parse_instant(text) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "now", "12:00", "2026-13-01", "123", "99999999999999", "2026-02-30"])
def test_what_is_no_instant_is_refused_with_both_forms(text: str) -> None:
    with pytest.raises(ValueError, match="2026-03-01T12:00:00Z or epoch seconds"):
        parse_instant(text)


def test_an_instant_outside_the_calendar_of_python_is_refused() -> None:
    with pytest.raises(ValueError, match="not an instant"):
        parse_instant("0001-01-01T00:00:00+01:00")


@given(st.text() | st.from_regex(r"[0-9eE.+\-:%TZwdhms ]{1,30}"))
def test_any_other_text_is_a_value_error(text: str) -> None:
    for parse in (parse_duration, parse_ratio, parse_instant):
        with contextlib.suppress(ValueError):
            assert parse(text) is not None  # type: ignore[operator] - each takes a text


def test_absence_carries_its_reason() -> None:
    assert NoData("no event was counted").reason == "no event was counted"
    assert NoData("a") != NoData("b")
