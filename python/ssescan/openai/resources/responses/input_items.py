"""The input of a response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._async import add_async_names
from ..._endpoints import get
from .._listing import Listing
from .._resource import Resource

if TYPE_CHECKING:
    from typing import List

    from typing_extensions import Unpack

    from ..._types import Omit
    from ...pagination import SyncCursorPage
    from ...types.responses import ResponseIncludable, ResponseItem

__all__ = ["InputItems"]

add_async_names(__name__)


class InputItemList(Listing, total=False):
    include: List[ResponseIncludable] | Omit


class InputItems(Resource):
    @get("/responses/{response_id}/input_items", "responses.ResponseItem", InputItemList, page="SyncCursorPage")
    def list(self, response_id: str, **arguments: Unpack[InputItemList]) -> SyncCursorPage[ResponseItem]:
        """Return the items of a response's input, in pages."""
