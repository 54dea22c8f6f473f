"""What is exported is imported again to the last quantum, in each format."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import MemoryLedger
from instants import NOON_SECONDS
from leadline.adapters.files.slices import DuckDbSliceFiles
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.measurement.model import ExportSlices, ImportSlices
from leadline.domains.measurement.service import export_slices, import_slices
from made_handbooks import a_context, a_handbook, an_sli

HANDBOOK = a_handbook([
    an_sli("requests", None, source="people"),
    an_sli("volume", None, source="people", quantum="0.001", group_by=["region", "zone"]),
    an_sli("thirds", None, source="people", quantum="1/3"),
])  # fmt: skip
START = NOON_SECONDS - 100 * STEP
LABEL = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n",; '), min_size=1, max_size=8)
KEYS = (
    st.sampled_from([SeriesKey("requests"), SeriesKey("thirds")])
    | st.builds(lambda region: SeriesKey.of("volume", region=region), LABEL)
    | st.builds(lambda region, zone: SeriesKey.of("volume", region=region, zone=zone), LABEL, LABEL)
)
SLICES = st.dictionaries(st.integers(0, 99), st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1)
LEDGERS = st.dictionaries(KEYS, SLICES, max_size=5)
"""Minutes after START → bad and good quanta, for each series."""


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@settings(max_examples=40, deadline=None)
@given(content=LEDGERS)
def test_exported_slices_come_back_as_they_were(
    content: dict[SeriesKey, dict[int, tuple[int, int]]], ending: str
) -> None:
    before, after = MemoryLedger(), MemoryLedger()
    before.append("import", [_batch(key, slices) for key, slices in content.items()])
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"slices.{ending}"
        export_slices(ExportSlices(file=file), a_context(HANDBOOK, ledger=before, files=DuckDbSliceFiles()))
        import_slices(ImportSlices(file=file), a_context(HANDBOOK, ledger=after, files=DuckDbSliceFiles()))
    assert after.series() == before.series()
    slis = list(HANDBOOK.slis)
    kept, wanted = (each.read(slis, START, NOON_SECONDS) for each in (after, before))
    for key, dense in wanted.items():
        assert np.array_equal(kept[key].bad, dense.bad)
        assert np.array_equal(kept[key].total, dense.total)
        assert np.array_equal(kept[key].seen, dense.seen)


def _batch(key: SeriesKey, slices: dict[int, tuple[int, int]]) -> SliceBatch:
    minutes = sorted(slices)
    bad = np.array([slices[minute][0] for minute in minutes])
    good = np.array([slices[minute][1] for minute in minutes])
    return SliceBatch(key, START + np.array(minutes) * STEP, bad, bad + good)
