"""Lists that the server gives in pages: iterating one goes through all of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Iterator, List, Mapping, Optional, TypeVar

from ssescan import _core
from ssescan.models import Model, ModelMeta

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._body import Content

__all__ = ["PageInfo", "SyncCursorPage", "SyncPage"]

T = TypeVar("T")


class PageInfo:
    """What the next page is asked for with: `params`, for the query."""

    def __init__(self, *, params: Mapping[str, object]) -> None:
        self.params = params

    def __repr__(self) -> str:
        return f"PageInfo(params={self.params})"


class BasePage(Model, Generic[T]):
    """A page of a list. `data`: its items.

    ``for item in page`` goes on with the items of the pages behind it, and asks for each when it comes to it.
    """

    data: List[T]

    def has_next_page(self) -> bool:
        """Whether there is something behind this page, as far as it says."""
        return bool(self.data) and self.next_page_info() is not None

    def next_page_info(self) -> Optional[PageInfo]:
        """What the next page is asked for with; None if there is none."""
        return None

    def get_next_page(self) -> Self:
        """Asks for the next page. RuntimeError if there is none."""
        info, content = self.next_page_info(), self._content
        if info is None:
            raise RuntimeError(
                "No next page expected; please check `.has_next_page()` before calling `.get_next_page()`."
            )
        page: Self = content.client._perform(content.call._replace(query={**content.call.query, **info.params}))
        return page

    def iter_pages(self) -> Iterator[Self]:
        """This page, and all behind it."""
        page = self
        yield page
        while page.has_next_page():
            page = page.get_next_page()
            yield page

    def __iter__(self) -> Iterator[T]:  # type: ignore[override]
        for page in self.iter_pages():
            yield from page.data or ()

    @property
    def _content(self) -> Content:
        content: Content = _core.node_tree(self)
        return content


class SyncPage(BasePage[T], Generic[T]):
    """A list that comes as a whole."""

    object: str


class SyncCursorPage(BasePage[T], Generic[T]):
    """A list whose pages begin behind the last item of the one before."""

    has_more: Optional[bool] = None

    def has_next_page(self) -> bool:
        return self.has_more is not False and super().has_next_page()

    def next_page_info(self) -> Optional[PageInfo]:
        last: Any = self.data[-1] if self.data else None
        after = getattr(last, "id", None)
        return None if after is None else PageInfo(params={"after": after})


@cache
def page_of(page: str, item: Any) -> Any:
    """The class of pages that hold `item`s, which is a class or a union."""
    base = globals()[page]
    name = f"{page}[{getattr(item, '__name__', item)}]"
    return ModelMeta(name, (base,), {"__annotations__": {"data": List[item]}, "__module__": __name__})
