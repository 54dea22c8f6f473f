import numpy as np
import pytest

from leadline.core.history import History, detail_hours, merge_dense, merge_hours
from leadline.core.slices import HOUR, DenseSlices, HourSums
from leadline.core.windows import Span
from made_histories import dense_of, hours_of

START = 1_782_691_200
END = START + 4 * HOUR
SPAN = Span(START, END)

COLUMNS = (
    {START + 60 * minute: (minute % 3, 10) for minute in range(240) if minute % 5},
    {START + 60 * minute: (0, 0) for minute in (61, 62, 179)},
    {},
)


def history(hours: tuple[int, ...] = (START, START + HOUR, START + 2 * HOUR, START + 3 * HOUR)) -> History:
    dense = [dense_of(slices, SPAN) for slices in COLUMNS]
    return History.of(START, END, [hours_of(steps) for steps in dense], dict.fromkeys(hours, dense))


@pytest.mark.parametrize(("first", "last"), [(0, 240), (0, 1), (7, 8), (59, 61), (13, 187), (60, 120), (5, 5), (9, 3)])
def test_any_span_is_summed_to_the_slice(first: int, last: int) -> None:
    sums = history().sums(Span(START + 60 * first, START + 60 * last))
    for place, slices in enumerate(COLUMNS):
        held = [slices[START + 60 * m] for m in range(first, last) if START + 60 * m in slices]
        assert sums.bad[place] == sum(bad for bad, _ in held)
        assert sums.total[place] == sum(total for _, total in held)
        assert sums.seen[place] == len(held)
        assert sums.traffic[place] == sum(total > 0 for _, total in held)


def test_columns_can_be_chosen_and_repeated() -> None:
    whole = history().sums(Span(START + 420, START + 9000))
    some = history().sums(Span(START + 420, START + 9000), [2, 0, 0])
    assert some.total.tolist() == [whole.total[2], whole.total[0], whole.total[0]]


def test_what_lies_outside_the_history_is_empty() -> None:
    whole = history().sums(SPAN)
    wider = history().sums(Span(START - 1234 * 60, END + 99 * 60))
    assert wider.total.tolist() == whole.total.tolist()
    assert history().sums(Span(END, END + HOUR)).seen.tolist() == [0, 0, 0]


def test_a_cut_needs_the_slices_of_its_hour() -> None:
    partial = history((START,))
    assert partial.sums(Span(START + 60, START + HOUR)).seen.tolist() == [48, 0, 0]
    with pytest.raises(ValueError, match=f"hour from {START + HOUR} is cut"):
        partial.sums(Span(START + HOUR + 60, END))
    with pytest.raises(ValueError, match="not a multiple of 60"):
        partial.cut(START + 30)
    with pytest.raises(ValueError, match="not a multiple of 60"):
        partial.cut_each(np.array([START + 30]), np.array([0]))


def test_slices_may_be_given_for_some_columns_alone() -> None:
    dense = [dense_of(slices, SPAN) for slices in COLUMNS]
    hours = [hours_of(steps) for steps in dense]
    sparse = History.of(START, END, hours, {START: [None, dense[1], None], START + HOUR: [dense[0], dense[1], None]})
    span = Span(START + HOUR + 120, END)
    assert sparse.sums(span, [1, 0]).seen.tolist() == [2, 143]
    with pytest.raises(ValueError, match="this column has no slices"):
        sparse.sums(span, [2])
    with pytest.raises(ValueError, match="this column has no slices"):
        sparse.sums(span)


def test_each_column_can_be_cut_at_its_own_instant() -> None:
    at = np.array([START + 60 * m for m in (0, 61, 63, 179, 240, 999)])
    columns = np.array([0, 0, 1, 0, 2, 1])
    each = history().cut_each(at, columns)
    for place, (instant, column) in enumerate(zip(at, columns, strict=True)):
        alone = history().cut(int(instant))
        assert each.bad[place] == alone.bad[column]
        assert each.total[place] == alone.total[column]
        assert each.seen[place] == alone.seen[column]
        assert each.traffic[place] == alone.traffic[column]


@pytest.mark.parametrize("minute", [*range(0, 240, 7), 60, 61, 62, 63, 180, 239, 240])
def test_the_newest_slice_before_an_instant(minute: int) -> None:
    at = START + 60 * minute
    expected = [max((start for start in slices if start < at), default=-1) for slices in COLUMNS]
    assert history().last_seen(at).tolist() == expected
    assert history().last_seen(at, np.array([2, 1])).tolist() == [expected[2], expected[1]]


def test_the_newest_slice_may_be_weeks_old() -> None:
    columns = [{START + hour * HOUR + 60 * minute: (0, 1)} for hour in (0, 1, 500, 671) for minute in (0, 30, 59)]
    span = Span(START, START + 672 * HOUR)
    long = History.of(span.start, span.end, [hours_of(dense_of(slices, span)) for slices in columns], {})
    for hour in (672, 671, 501, 500, 2, 0):
        at = START + hour * HOUR
        expected = [max((start for start in slices if start < at), default=-1) for slices in columns]
        assert long.last_seen(at).tolist() == expected
    assert long.first_seen().tolist() == [min(slices) for slices in columns]


def test_the_oldest_slice() -> None:
    assert history().first_seen().tolist() == [START + 60, START + 61 * 60, -1]


def test_all_sixty_slices_are_told_apart() -> None:
    for minute in range(60):
        only = {START + 60 * minute: (0, 1)}
        one = History.of(START, START + HOUR, [hours_of(dense_of(only, Span(START, START + HOUR)))], {})
        assert one.last_seen(START + HOUR).tolist() == one.first_seen().tolist() == [START + 60 * minute]
    full = np.full(1, (1 << 60) - 1, np.uint64)
    whole = History.of(START, START + HOUR, [HourSums(START, np.array([1]), np.array([9]), full, full)], {})
    assert whole.last_seen(START + HOUR).tolist() == [START + 59 * 60]


def test_columns_may_hold_other_hours_than_the_history() -> None:
    early = hours_of(dense_of({START - 60: (1, 1), START: (2, 2)}, Span(START - HOUR, START + HOUR)))
    late = hours_of(dense_of({END - 60: (3, 3), END: (4, 4)}, Span(END - HOUR, END + HOUR)))
    apart = hours_of(dense_of({}, Span(END + HOUR, END + 2 * HOUR)))
    assert History.of(START, END, [early, late, apart], {}).sums(SPAN).total.tolist() == [2, 3, 0]


def test_a_history_covers_whole_hours() -> None:
    with pytest.raises(ValueError, match="whole hours"):
        History.of(START + 60, END, [], {})
    short, hours = dense_of({}, Span(START, START + HOUR)), hours_of(dense_of({}, SPAN))
    with pytest.raises(ValueError, match="do not cover the hour"):
        History.of(START, END, [hours], {START + HOUR: [short]})


def test_edges_on_the_hour_need_no_slices() -> None:
    assert detail_hours([START, END, START + 60, START + 120, END - 60]) == (START, END - HOUR)


def test_parts_are_merged_slice_by_slice() -> None:
    one = DenseSlices(START, np.array([1, 0]), np.array([5, 0]), np.array([True, False]))
    two = DenseSlices(START, np.array([2, 0]), np.array([7, 0]), np.array([True, True]))
    both = merge_dense([one, two])
    assert (both.bad.tolist(), both.total.tolist(), both.seen.tolist()) == ([3, 0], [12, 0], [True, True])
    dense = [dense_of(slices, SPAN) for slices in COLUMNS]
    merged, direct = merge_hours([hours_of(steps) for steps in dense]), hours_of(merge_dense(dense))
    for name in ("bad", "total", "seen", "traffic"):
        assert getattr(merged, name).tolist() == getattr(direct, name).tolist()


def test_only_parts_of_the_same_time_are_merged() -> None:
    with pytest.raises(ValueError, match="nothing to merge"):
        merge_hours([])
    with pytest.raises(ValueError, match="same time"):
        merge_dense([dense_of({}, SPAN), dense_of({}, Span(START, START + HOUR))])
