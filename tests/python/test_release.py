"""The version, the changelog and the requirements that a release states agree."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import release_notes
import smoke_test
import ssescan

pytestmark = pytest.mark.any_python

ROOT = Path(__file__).resolve().parents[2]
VERSION = release_notes.version((ROOT / "Cargo.toml").read_text(encoding="utf-8"))


def test_there_is_one_version() -> None:
    assert ssescan.__version__ == VERSION == importlib.metadata.version("ssescan")
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_changelog_has_the_version_or_unreleased_changes_first() -> None:
    first, *_ = release_notes.sections((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert first in ("Unreleased", VERSION)


def test_the_package_requires_urllib3_and_orjson_alone() -> None:
    required = importlib.metadata.requires("ssescan") or []
    names = {re.split(r"[^\w-]", one)[0] for one in required if "extra ==" not in one}
    assert names == {"urllib3", "orjson"}


def test_each_extra_is_used_after_it_is_installed() -> None:
    """`make test-wheel` installs each extra, and runs a program that needs it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert smoke_test.EXTRAS.keys() == project["optional-dependencies"].keys()


def test_the_lock_has_what_the_dependency_groups_name() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"].values()
    named = [Requirement(one) for group in groups for one in group if isinstance(one, str)]
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked: dict[str, list[Requirement]] = {}
    for one in map(Requirement, (line for line in lines if not line.startswith("#"))):
        locked.setdefault(canonicalize_name(one.name), []).append(one)
    for one in named:
        for version in locked[canonicalize_name(one.name)]:
            assert str(version.specifier).startswith("==") and not version.url
            assert one.specifier.contains(str(version.specifier)[2:]), f"{one}: run `make lock`"


def test_sections_of_a_changelog() -> None:
    text = "# Changelog\n\nIntroduction.\n\n## Unreleased\n\n* b\n\n## [0.1.0] - 2026-12-01\n\n### Added\n\n* a\n"
    assert release_notes.sections(text) == {"Unreleased": "* b", "0.1.0": "### Added\n\n* a"}


@pytest.mark.parametrize("tag", ["v99.0.0", VERSION])
def test_a_tag_of_another_version_is_refused(tag: str) -> None:
    command = [sys.executable, str(ROOT / "tools/release_notes.py"), "--tag", tag]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 1
    assert f"The tag {tag} does not match the version {VERSION}" in done.stderr
