from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.corrections import CorrectionMode, CorrectionSpan, difference, disjoint, union
from leadline.core.windows import Span

EXCLUDE, GOOD, BAD = CorrectionMode.EXCLUDE, CorrectionMode.GOOD, CorrectionMode.BAD


def pieces(*corrections: tuple[int, int, CorrectionMode]) -> list[tuple[int, int, CorrectionMode]]:
    made = disjoint(CorrectionSpan(Span(start, end), mode) for start, end, mode in corrections)
    return [(piece.span.start, piece.span.end, piece.mode) for piece in made]


def test_overlaps_of_one_mode_count_once() -> None:
    assert pieces((0, 120, GOOD), (60, 240, GOOD), (240, 300, GOOD)) == [(0, 300, GOOD)]


def test_exclude_beats_bad_and_bad_beats_good() -> None:
    assert pieces((0, 600, GOOD), (120, 480, BAD), (240, 360, EXCLUDE)) == [
        (0, 120, GOOD),
        (120, 240, BAD),
        (240, 360, EXCLUDE),
        (360, 480, BAD),
        (480, 600, GOOD),
    ]


def test_a_covered_correction_vanishes() -> None:
    assert pieces((0, 600, EXCLUDE), (60, 120, BAD), (120, 180, GOOD)) == [(0, 600, EXCLUDE)]


def test_an_empty_or_reversed_interval_corrects_nothing() -> None:
    assert pieces((60, 60, BAD), (120, 60, EXCLUDE)) == []


def test_an_edge_inside_a_slice_moves_to_the_next_start() -> None:
    # [30, 90) holds the start 60 alone; [61, 119) holds none.
    assert pieces((30, 90, BAD), (121, 179, BAD)) == [(60, 120, BAD)]


def test_a_hole_may_lie_across_several_spans() -> None:
    spans = [Span(0, 100), Span(200, 300), Span(400, 500)]
    assert difference(spans, [Span(50, 450)]) == (Span(0, 50), Span(450, 500))
    assert difference(spans, [Span(10, 20), Span(30, 250)]) == (
        Span(0, 10),
        Span(20, 30),
        Span(250, 300),
        Span(400, 500),
    )
    assert union([]) == ()


corrections = st.lists(
    st.builds(
        lambda start, length, mode: CorrectionSpan(Span(60 * start, 60 * (start + length)), mode),
        st.integers(0, 30),
        st.integers(0, 12),
        st.sampled_from(CorrectionMode),
    ),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(corrections)
def test_pieces_say_of_each_slice_what_the_strongest_correction_says(given_: list[CorrectionSpan]) -> None:
    made = disjoint(given_)
    for start in range(0, 60 * 45, 60):
        held = {c.mode for c in given_ if c.span.start <= start < c.span.end}
        strongest = [mode for mode in (EXCLUDE, BAD, GOOD) if mode in held][:1]
        assert [piece.mode for piece in made if piece.span.start <= start < piece.span.end] == strongest
    assert list(made) == sorted(made)
