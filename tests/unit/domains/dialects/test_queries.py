"""Rates over a placeholder window become bare counters where that is all they say."""

from __future__ import annotations

import pytest

from leadline.domains.dialects.queries import counted, counted_gauge, mean_unwrapped, over_window, without_rates

W = "{{.window}}"


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        (f"sum(rate(x[{W}]))", "x"),
        (f"sum(increase(x[{W}]))", "x"),
        (f"(sum(rate(x[{W}])))", "x"),
        (f"rate(x[{W}])", "x"),
        ("sum(rate(x[{{ .window }}]))", "x"),
        (f"sum(rate(x[{W}] offset 5m))", "x offset 5m"),
        (f'sum(rate(x{{a="b\\"c", d=~"e.*"}}[{W}]))', 'x{a="b\\"c", d=~"e.*"}'),
        (f"sum(rate(a[{W}]) + rate(b[{W}]))", "a + b"),
        (f"sum(rate(a[{W}])) - sum(rate(b[{W}]))", "sum(a) - sum(b)"),
        (f"sum(rate(a[{W}])) - (sum(rate(b[{W}])) - sum(rate(c[{W}])))", "sum(a) - (sum(b) - sum(c))"),
        (f"sum(rate(x[{W}])) or vector(0)", "x"),
        (f"sum(rate(x[{W}])) OR on() vector(0)", "x"),
        (f"sum without (pod) (rate(x[{W}]))", "sum without (pod) (x)"),
    ],
)
def test_sums_and_differences_of_rates_are_counters(written: str, bare: str) -> None:
    found = counted({"total": written})
    assert (found.texts["total"], found.counter) == (bare, True)


@pytest.mark.parametrize(
    "written",
    [
        "sum(rate(x[5m]))",
        f"max(rate(x[{W}]))",
        f"sum(rate(x[{W}])) / 2",
        f"sum(rate(a[{W}])) - on (pod) sum(rate(b[{W}]))",
        f"sum(irate(x[{W}]))",
        f"sum(rate(x[{W}:30s]))",
        f"sum(rate(x[{W}])) or sum(rate(y[{W}]))",
        f"sum(count_over_time(x[{W}]))",
        "sum(x)",
        "not a (query",
    ],
)
def test_what_says_more_is_carried_as_it_is(written: str) -> None:
    assert without_rates(written) is None
    assert counted({"total": written}).texts == {"total": written}


def test_a_query_with_its_own_rate_is_one_of_counters_and_the_note_says_why_that_is_worse() -> None:
    found = counted({"bad": f"max(rate(x[{W}]))", "total": f"sum(rate(y[{W}]))"})
    assert found.counter
    assert found.texts == {"bad": f"max(rate(x[{W}]))", "total": "y"}
    (note,) = found.notes
    assert "the bad query" in note
    assert "bursts" in note


def test_samples_counted_over_the_window_are_the_events_of_a_minute() -> None:
    found = counted({"bad": f"sum(sum_over_time(x[{W}]))", "total": f"sum(count_over_time(x[{W}]))"})
    assert not found.counter


def test_a_query_asked_over_and_over_in_the_window_is_asked_once_a_minute() -> None:
    bad = f"sum_over_time((count(satisfaction < 0.75))[{W}:]) OR on() vector(0)"
    found = counted({"bad": bad, "total": f"sum_over_time((count(satisfaction))[{W}:1m])"})
    assert found.texts == {"bad": "count(satisfaction < 0.75)", "total": "count(satisfaction)"}
    assert not found.counter
    assert "vector(0)" in found.notes[0]


def test_a_sum_of_two_such_queries_is_carried_as_it_is() -> None:
    written = {"total": f"sum_over_time((a)[{W}:]) + sum_over_time((b)[{W}:])"}
    found = counted(written)
    assert found.texts == written
    assert not found.counter
    assert "as it is" in found.notes[0]
    assert mean_unwrapped(f"avg_over_time((a)[{W}:1m]) + avg_over_time((b)[{W}:1m])").startswith("avg_over_time((a)")
    assert mean_unwrapped(f"avg_over_time((a + b)[{W}:1m])") == "a + b"


def test_labels_that_both_sums_keep_become_groups() -> None:
    found = counted({"bad": f"sum by (b, a) (rate(x[{W}]))", "total": f"sum(rate(y[{W}])) by (b, a)"})
    assert found.group_by == ("a", "b")
    assert found.texts == {"bad": "x", "total": "y"}
    assert "a, b" in " ".join(found.notes) or "b, a" in " ".join(found.notes)


def test_labels_that_one_sum_keeps_alone_make_no_groups() -> None:
    found = counted({"bad": f"sum by (a) (rate(x[{W}]))", "total": f"sum(rate(y[{W}]))"})
    assert found.group_by == ()
    assert found.texts == {"bad": "sum by (a) (x)", "total": "y"}


def test_rate_beside_increase_is_not_made_right_in_silence() -> None:
    written = {"bad": f"sum(rate(x[{W}]))", "total": f"sum(increase(y[{W}]))"}
    found = counted(written)
    assert found.texts == written
    assert "off by the window" in found.notes[0]


@pytest.mark.parametrize(
    ("bare", "group_by", "counter", "written"),
    [
        ("x", (), True, f"sum(rate(x[{W}]))"),
        ("x", ("a", "b"), True, f"sum by (a, b) (rate(x[{W}]))"),
        ("x offset 5m", (), True, f"sum(rate(x[{W}] offset 5m))"),
        ("sum(a) - sum(b)", (), True, f"sum(rate(a[{W}])) - sum(rate(b[{W}]))"),
        ("a + b", (), True, f"sum(rate(a[{W}]) + rate(b[{W}]))"),
        ("queue", (), False, f"sum_over_time((queue)[{W}:1m])"),
        (f"max(rate(x[{W}]))", (), True, f"max(rate(x[{W}]))"),
        ("sum(x) / 2", (), True, None),
        ("sum(rate(x[5m]))", (), True, None),
        ("queue", ("a",), False, None),
    ],
)
def test_counters_are_written_over_the_window_or_not_at_all(
    bare: str, group_by: tuple[str, ...], counter: bool, written: str | None
) -> None:
    assert over_window(bare, group_by, counter=counter) == written


@pytest.mark.parametrize("bare", ["x", 'x{a="b"}', "x offset 1h", "sum(a) - sum(b)", "a + b", "queue"])
@pytest.mark.parametrize("counter", [True, False])
def test_what_is_written_is_read_back(bare: str, counter: bool) -> None:
    written = over_window(bare, (), counter=counter)
    assert written is not None
    found = counted({"total": written})
    assert (found.texts["total"], found.counter) == (bare, counter)


@pytest.mark.parametrize(
    ("good", "total", "gauge"),
    [
        ("sum(up)", "count(up)", "up"),
        ('sum by (a) (up{b="c"})', 'count by (a) (up{b="c"})', 'up{b="c"}'),
        ("sum by (a) (up)", "count(up)", None),
        ("sum(up)", "count(down)", None),
        ("sum(up)", "sum(up)", None),
        ("up", "count(up)", None),
        ("sum(up + 1)", "count(up + 1)", None),
    ],
)
def test_a_gauge_of_noughts_and_ones_is_known_by_its_sum_and_count(good: str, total: str, gauge: str | None) -> None:
    assert counted_gauge(good, total) == gauge
