"""Pages of lists. Iterating a page yields the items of all pages from it on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Generic, List, Optional, Self, TypeVar

from ssescan import _core
from ssescan.models import Model, ModelMeta

from ._async import add_async_names
from ._call import Content

__all__ = [
    "PageInfo",
    "SyncConversationCursorPage",
    "SyncCursorPage",
    "SyncNextCursorPage",
    "SyncPage",
    "SyncTokenPage",
]

add_async_names(__name__)

T = TypeVar("T")


class PageInfo:
    """The query parameters of the next page, in `params`."""

    def __init__(self, *, params: Mapping[str, object]) -> None:
        self.params = params

    def __repr__(self) -> str:
        return f"PageInfo(params={self.params})"


class BasePage(Model, Generic[T]):
    """A page of a list. Iterating it yields the items of this page and of all later ones, which are requested when needed.

    Attributes:
        data: The items of this page.
    """

    data: List[T]

    def __class_getitem__(cls, item: Any) -> Any:
        """Return the class of pages whose items are of a class or a union."""
        return super().__class_getitem__(item) if isinstance(item, TypeVar) else page_of(cls, item)  # type: ignore[misc]

    def has_next_page(self) -> bool:
        """Return whether there is a next page, as far as this page says."""
        return bool(self.data) and self.next_page_info() is not None

    def next_page_info(self) -> Optional[PageInfo]:
        """Return the query parameters of the next page, or None."""
        return None

    def get_next_page(self) -> Self:
        """Request the next page.

        Raises:
            RuntimeError: This is the last page.
        """
        info, content = self.next_page_info(), self._content
        if info is None:
            raise RuntimeError(
                "No next page expected; please check `.has_next_page()` before calling `.get_next_page()`."
            )
        call = content.call._replace(params={**content.call.params, **info.params})
        page: Self = content.client.request(call.result_class, call)
        return page

    def iter_pages(self) -> Iterator[Self]:
        """Yield this page and all later ones."""
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
    """A list with a single page."""

    object: str


class SyncCursorPage(BasePage[T], Generic[T]):
    """A list in which each page begins after the last item of the one before."""

    has_more: Optional[bool] = None

    def has_next_page(self) -> bool:
        return self.has_more is not False and super().has_next_page()

    def next_page_info(self) -> Optional[PageInfo]:
        last: Any = self.data[-1] if self.data else None
        after = getattr(last, "id", None)
        return None if after is None else PageInfo(params={"after": after})


class SyncConversationCursorPage(SyncCursorPage[T], Generic[T]):
    """A list in which each page names its last item.

    Attributes:
        last_id: The id of the last item of this page.
    """

    last_id: Optional[str] = None

    def next_page_info(self) -> Optional[PageInfo]:
        return PageInfo(params={"after": self.last_id}) if self.last_id else None


class SyncNextCursorPage(SyncCursorPage[T], Generic[T]):
    """A list in which each page names the item that the next page begins after.

    Attributes:
        next: The cursor of the next page.
    """

    next: Optional[str] = None

    def next_page_info(self) -> Optional[PageInfo]:
        return PageInfo(params={"after": self.next}) if self.next else None


class SyncTokenPage(SyncNextCursorPage[T], Generic[T]):
    """A list in which each page has a token of the next one, which is sent as `page`."""

    def next_page_info(self) -> Optional[PageInfo]:
        return PageInfo(params={"page": self.next}) if self.next else None


@cache
def page_of(page: Any, item: Any) -> Any:
    """Return the class of pages of a class, such as `SyncPage`, whose items are of a class or a union."""
    name = f"{page.__name__}[{getattr(item, '__name__', item)}]"
    return ModelMeta(name, (page,), {"__annotations__": {"data": List[item]}, "__module__": __name__})
