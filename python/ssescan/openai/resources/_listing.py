"""Arguments of calls that list things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._endpoints import Options

if TYPE_CHECKING:
    from typing import Literal

    from .._types import Omit

__all__ = ["Listing", "ListingBefore"]


class Listing(Options, total=False):
    """`after`: the id behind which the page begins. `limit`: how many items a page has. `order`: by time."""

    after: str | Omit
    limit: int | Omit
    order: Literal["asc", "desc"] | Omit


class ListingBefore(Listing, total=False):
    """`before`: the id before which the page ends."""

    before: str | Omit
