"""pyproject.toml, environment.yml and constraints.txt say the same thing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
# Where conda-forge calls a package otherwise than PyPI does.
PYPI_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}

Bounds = dict[str, frozenset[str]]


def bounds(lines: list[str]) -> Bounds:
    """The version bounds by PyPI name."""
    found = {}
    for line in lines:
        wanted = Requirement(line)
        assert not wanted.extras and wanted.marker is None, f"{line}: conda knows neither extras nor markers"
        name = str(canonicalize_name(PYPI_NAMES.get(wanted.name, wanted.name)))
        assert name not in found, f"{name} is named twice"
        found[name] = frozenset(map(str, wanted.specifier))
    return found


def pip_lines() -> list[str]:
    return CONDA["dependencies"][-1]["pip"]


def conda_bounds() -> Bounds:
    """What environment.yml installs, whether from conda-forge or from PyPI."""
    direct = [line for line in CONDA["dependencies"] if isinstance(line, str)]
    return bounds([*direct, *(line for line in pip_lines() if not line.startswith("-"))])


def pins() -> dict[str, Version]:
    """The exact version of each package in constraints.txt."""
    found = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            wanted = Requirement(line)
            (only,) = wanted.specifier
            assert only.operator == "==", f"{line} is no exact version"
            found[str(canonicalize_name(wanted.name))] = Version(only.version)
    return found


DEPENDENCIES = [Requirement(line) for line in PYPROJECT["dependencies"]]
EXTRAS = [Requirement(line) for lines in PYPROJECT["optional-dependencies"].values() for line in lines]


def test_conda_names_every_dependency_and_nothing_else():
    tools = {"python", "pip"}
    assert conda_bounds().keys() - tools == bounds(PYPROJECT["dependencies"]).keys()


@pytest.mark.parametrize("name", sorted(bounds(PYPROJECT["dependencies"])))
def test_conda_has_the_same_bounds(name: str):
    assert conda_bounds()[name] == bounds(PYPROJECT["dependencies"])[name]


def test_conda_asks_for_the_same_python():
    assert conda_bounds()["python"] == frozenset(PYPROJECT["requires-python"].split(","))


def test_conda_takes_packages_from_conda_forge_only():
    assert [channel for channel in CONDA["channels"] if channel != "nodefaults"] == ["conda-forge"]


def test_conda_installs_the_course_itself_last():
    assert CONDA["name"] == "pytorch-course"
    assert pip_lines()[-1] == "-e ."


@pytest.mark.parametrize("wanted", DEPENDENCIES + EXTRAS, ids=lambda wanted: wanted.name)
def test_the_pinned_version_is_within_the_bounds(wanted: Requirement):
    assert wanted.specifier.contains(pins()[str(canonicalize_name(wanted.name))])


def test_every_pin_is_a_whole_version_that_any_machine_can_get():
    assert [name for name, version in pins().items() if version.local] == []
