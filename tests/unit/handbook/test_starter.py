"""What `leadline init` writes is a valid handbook, and it never overwrites one."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.errors import NotFound, RecordError
from leadline.handbook.counters import counter_queries
from leadline.handbook.loader import load
from leadline.handbook.shipped import shipped
from leadline.handbook.specs import RatioMeasure
from leadline.handbook.starter import write_starter


def test_the_starter_is_a_valid_handbook_without_a_warning(tmp_path: Path) -> None:
    written = write_starter(tmp_path / "new" / "handbook")
    assert written
    assert all(path.is_file() for path in written)
    found = load(tmp_path / "new" / "handbook")
    assert (found.problems, found.warnings) == ((), ())
    assert found.handbook is not None
    assert list(found.handbook.slos) == ["prometheus-availability", "prometheus-latency"]
    assert found.handbook.sources["prometheus"].connection["url"] == "http://127.0.0.1:9090"
    for sli in found.handbook.slis.values():
        assert isinstance(sli.measure, RatioMeasure)
        assert counter_queries(sli.measure.total.text).probe is not None


def test_a_handbook_that_is_there_is_left_alone(tmp_path: Path) -> None:
    first = write_starter(tmp_path)
    first[0].write_text("mine")
    first[1].unlink()
    with pytest.raises(RecordError, match="already there; nothing was written"):
        write_starter(tmp_path)
    assert first[0].read_text() == "mine"
    assert not first[1].exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="cannot be written"):
        write_starter(tmp_path / "file" / "handbook")


def test_a_shipped_handbook_is_found_by_name() -> None:
    assert (shipped("virtengine") / "handbook.yaml").is_file()
    with pytest.raises(NotFound, match=r"no handbook named 'other' is shipped; there are .*starter"):
        shipped("other")
