from __future__ import annotations

import pytest

from leadline.adapters.sources.push import PushSource
from leadline.errors import SpecError


def test_a_push_source_with_connection_details_is_a_mistake_of_its_author() -> None:
    with pytest.raises(SpecError) as it:
        PushSource("batch-jobs", {"url": "http://prometheus:9090", "token": "x"}, {})
    keys = [problem.key for problem in it.value.problems]
    assert keys == ["spec.connectionDetails.url", "spec.connectionDetails.token"]


def test_a_push_source_is_always_well() -> None:
    source = PushSource("batch-jobs", {}, {})
    source.check()
    source.close()
