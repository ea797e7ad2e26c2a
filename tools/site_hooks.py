"""Hooks of mkdocs: files of the site that are not in docs/, and the order of search results."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
#: Path in the site -> path in the repository.
COPIED = {"explanation/results.svg": "benches/results.svg"}
#: Start of a path -> the weight of its pages in searches. Readers search for explanations more often than for lists.
BOOSTS = {
    "start/": 4,
    "guide/": 4,
    "reference/types": 0.1,
    "explanation/differences": 0.5,
}
#: Starts of the paths of pages that searches do not find: tables and lists of many words.
UNSEARCHED = ("reference/changelog", "explanation/results")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pictures that included pages show."""
    for target, source in COPIED.items():
        files.append(File.generated(config, target, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Set the weight of a page in searches."""
    for start, boost in BOOSTS.items():
        if page.file.src_uri.startswith(start):
            page.meta["search"] = {"boost": boost}
    if page.file.src_uri.startswith(UNSEARCHED):
        page.meta["search"] = {"exclude": True}
