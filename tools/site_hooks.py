"""Hooks of mkdocs: files of the site that are not in docs/."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
#: Path in the site -> path in the repository.
COPIED = {"explanation/results.svg": "benches/results.svg"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pictures that included pages show."""
    for target, source in COPIED.items():
        files.append(File.generated(config, target, abs_src_path=str(ROOT / source)))
    return files
