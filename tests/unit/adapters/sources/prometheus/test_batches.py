from __future__ import annotations

import promql_parser
import pytest

from leadline.adapters.sources.prometheus.batches import Grid, joined


@pytest.mark.parametrize("count", [1, 2, 3, 7, 40])
def test_joined_expressions_are_one_that_parses_and_keeps_each(count: int) -> None:
    expressions = [(f"v{number}", f"metric_{number} or vector({number})") for number in range(count)]
    text = joined(expressions)
    promql_parser.parse(text)
    for tag, expression in expressions:
        assert f'label_join({expression}, "leadline_query", "{tag}", "leadline_", "leadline_")' in text


def test_a_comment_at_the_end_of_a_query_does_not_swallow_the_next() -> None:
    text = joined([("a", "up # all of them"), ("b", "down")])
    assert "down" in str(promql_parser.parse(text))


def test_pieces_of_a_grid_are_the_grid() -> None:
    grid = Grid(60, 3000)
    pieces = grid.pieces(1440)
    assert [piece.count for piece in pieces] == [1440, 1440, 120]
    times = [at for piece in pieces for at in range(piece.first, piece.last + 1, 60)]
    assert times == list(range(60, 60 + 3000 * 60, 60))
