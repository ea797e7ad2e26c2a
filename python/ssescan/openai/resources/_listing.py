"""The arguments of calls that return lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._endpoints import Options

if TYPE_CHECKING:
    from typing import Literal

    from .._types import Omit

__all__ = ["Listing", "ListingBefore"]


class Listing(Options, total=False):
    """`after`: the id that the page begins after. `limit`: the number of items of a page. `order`: the order by time."""

    after: str | Omit
    limit: int | Omit
    order: Literal["asc", "desc"] | Omit


class ListingBefore(Listing, total=False):
    """`before`: the id that the page ends before."""

    before: str | Omit
