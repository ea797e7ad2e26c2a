"""Print the notes of the version in Cargo.toml, from the changelog.

    python tools/release_notes.py [--tag v0.1.0]

With `--tag` it fails unless the tag names that version and the changelog has a section for it.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def version(cargo: str) -> str:
    """Return the version of the workspace."""
    found = re.search(r'^version = "([^"]+)"', cargo, re.MULTILINE)
    assert found is not None
    return found[1]


def sections(changelog: str) -> dict[str, str]:
    """Return the sections of the changelog, by the first word of their heading."""
    parts = re.split(r"^## +\[?([^\]\s]+)\]?.*\n", changelog, flags=re.MULTILINE)[1:]
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2])}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tag", help="the tag that is released")
    args = parser.parse_args()
    released = version((ROOT / "Cargo.toml").read_text(encoding="utf-8"))
    notes = sections((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    if args.tag is not None and args.tag != f"v{released}":
        sys.exit(f"The tag {args.tag} does not match the version {released} in Cargo.toml. Change one of them.")
    if args.tag is not None and released not in notes:
        sys.exit(f"CHANGELOG.md has no section for {released}. Rename the section Unreleased.")
    print(notes.get(released) or notes["Unreleased"])


if __name__ == "__main__":
    main()
