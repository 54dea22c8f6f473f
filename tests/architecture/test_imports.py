"""The direction of imports, and what importing does."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tree import ROOT, SOURCE, python_files

LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
NOT_IMPORTED = {"leadline.adapters.store.migrations.env": "Alembic runs it, in a context of its own"}


def _modules() -> list[str]:
    names = [path.relative_to(SOURCE).with_suffix("").parts for path in python_files("src")]
    modules = {".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names}
    return sorted(modules - set(NOT_IMPORTED))


def _packages(folder: str) -> set[str]:
    return {f"leadline.{folder}.{path.parent.name}" for path in SOURCE.glob(f"leadline/{folder}/*/__init__.py")}


def test_imports_go_one_way() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("contract", LINTER["contracts"], ids=lambda contract: contract["name"])
def test_no_import_is_excused(contract: dict[str, Any]) -> None:
    assert "ignore_imports" not in contract
    assert "ignore_imports" not in LINTER


def test_every_folder_has_its_place_in_the_layers() -> None:
    (layers,) = (contract for contract in LINTER["contracts"] if contract["type"] == "layers")
    declared = [name.strip() for layer in layers["layers"] for name in layer.split("|")]
    there = {
        path.stem for path in (SOURCE / "leadline").iterdir() if path.name[0] not in "_." and path.suffix in ("", ".py")
    }
    assert there <= {name.strip("()") for name in declared}
    assert {name for name in declared if not name.startswith("(")} <= there, "layers that are still to come stand in ()"
    assert layers["exhaustive"] is True


@pytest.mark.parametrize("folder", ["domains", "adapters"])
def test_neighbours_do_not_know_each_other(folder: str) -> None:
    independent: set[str] = set()
    for contract in LINTER["contracts"]:
        if contract["type"] == "independence" and all(
            name.startswith(f"leadline.{folder}.") for name in contract["modules"]
        ):
            independent |= set(contract["modules"])
    assert independent == _packages(folder), f"name every folder of {folder} in its independence contract"


def test_modules_import_with_an_empty_environment(tmp_path: Path) -> None:
    modules = _modules()
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(len(sys.argv) - 1)"
    ran = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", code, *modules],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == str(len(modules))
    assert ran.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_starts_without_heavy_libraries() -> None:
    code = "import sys, leadline.interfaces.cli.main; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    ran = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    heavy = {"alembic", "duckdb", "httpx", "numpy", "promql_parser", "psycopg", "pydantic", "sqlalchemy", "yaml"}
    assert set(ran.stdout.split()) & heavy == set()
