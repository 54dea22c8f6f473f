"""What may not stand in the repository, and under which licences its dependencies come."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tree import ROOT, name_of, tracked_files

LOCK = ROOT / "requirements.lock"
# Written in pieces, so that this file does not find itself.
PLACES = [
    r"(?<![\w.$}])/" + r"(?:work|root|home|Users)/\w",
    "pypi" + r"\.org",
    "python" + "hosted",
    "registry" + r"\.npm",
    "deb" + r"\.debian\.org",
    r"--(?:extra-)?" + "index-url",
]
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".sh", ".lock", ".cfg", ".ini", ".txt", ".csv", ""}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []


@pytest.mark.parametrize("place", PLACES)
def test_no_file_names_a_folder_of_one_machine_or_a_package_registry(place: str) -> None:
    pattern = re.compile(place)
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in tracked_files()
        if path.suffix in TEXT
        for number, line in enumerate(_lines(path), 1)
        if pattern.search(line)
    ]
    assert found == []


def _locked() -> dict[str, str]:
    """Name → version of each requirement of the lock that applies to this interpreter."""
    joined = LOCK.read_text(encoding="utf-8").replace("\\\n", " ")
    written = [line.split(" --hash=")[0] for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
    requirements = [Requirement(line.strip()) for line in written]
    return {
        requirement.name: str(requirement.specifier).removeprefix("==")
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate()
    }


def test_every_requirement_is_pinned_with_hashes() -> None:
    joined = LOCK.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) > 20
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


def test_the_lock_covers_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [Requirement(text) for text in project["project"]["dependencies"] + project["dependency-groups"]["dev"]]
    locked = _locked()
    assert [
        str(wanted) for wanted in asked if not wanted.specifier.contains(locked.get(wanted.name.lower(), "0"))
    ] == []


def _licence(name: str) -> str:
    """Licence as the distribution states it: expression, classifiers, field, or the first words of its file."""
    distribution = importlib.metadata.distribution(name)
    metadata = distribution.metadata
    if expression := metadata.get("License-Expression"):
        return expression
    if classifiers := [text for text in metadata.get_all("Classifier") or [] if text.startswith("License ::")]:
        return "; ".join(text.removeprefix("License :: OSI Approved :: ") for text in classifiers)
    if stated := (metadata.get("License") or "").strip():
        return stated.splitlines()[0]
    files = [file for file in distribution.files or [] if "LICENSE" in file.name.upper()]
    return next((line.strip() for file in files for line in file.read_text().splitlines() if line.strip()), "")


_COPYLEFT = re.compile(r"\bA?GPL|\bGNU (?:Affero )?General Public|Affero", re.IGNORECASE)


def _is_acceptable(licence: str) -> bool:
    """Whether some alternative of an expression is free of the GPL and AGPL; the LGPL is fine for a dependency."""
    return bool(licence) and any(not _COPYLEFT.search(choice) for choice in re.split(r"\bOR\b", licence))


_GPL_LEFT_OUT = {"docutils"}
"""
Projects some part of which is under the GPL, and not in what is installed.

docutils builds the documentation, nothing else; the part is an editor mode that its wheel leaves out.
"""


def test_no_dependency_is_under_the_gpl_or_agpl() -> None:
    licences = {name: _licence(name) for name in _locked() if name not in _GPL_LEFT_OUT}
    assert {name: licence for name, licence in licences.items() if not _is_acceptable(licence)} == {}


@pytest.mark.parametrize("name", sorted(_GPL_LEFT_OUT))
def test_what_a_project_has_under_the_gpl_is_not_installed(name: str) -> None:
    files = [file for file in importlib.metadata.distribution(name).files or [] if ".dist-info" not in str(file)]
    assert len(files) > 50
    texts = {str(file): file.locate().read_bytes() for file in files if file.suffix != ".pyc"}
    assert [file for file, text in texts.items() if _COPYLEFT.search(text.decode("utf-8", "replace"))] == []


@pytest.mark.parametrize(
    ("licence", "is_acceptable"),
    [
        ("LGPL-3.0-only", True),
        ("GNU Lesser General Public License v3 (LGPLv3)", True),
        ("GPL-3.0-or-later", False),
        ("GNU General Public License v2 (GPLv2)", False),
        ("GNU Affero General Public License v3", False),
        ("AGPL-3.0-only", False),
        ("GPL-2.0-only OR MIT", True),
        ("", False),
    ],
)
def test_licences_are_told_apart(licence: str, is_acceptable: bool) -> None:
    assert _is_acceptable(licence) is is_acceptable


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
