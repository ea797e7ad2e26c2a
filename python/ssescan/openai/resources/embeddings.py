"""Embeddings: texts as vectors."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from ssescan import _core

from .._async import add_async_names
from .._call import Call
from .._endpoints import Options, post
from ._resource import Resource

if TYPE_CHECKING:
    from typing import Iterable, Literal, Union

    from typing_extensions import Required, Unpack

    from .._types import Omit
    from ..types import CreateEmbeddingResponse, EmbeddingModel
    from ..types._params import SequenceNotStr

__all__ = ["Embeddings"]

add_async_names(__name__)


class EmbeddingCreate(Options, total=False):
    input: Required[Union[str, SequenceNotStr[str], Iterable[int], Iterable[Iterable[int]]]]
    model: Required[Union[str, EmbeddingModel]]
    user: str | Omit
    dimensions: int | Omit
    encoding_format: Literal["float", "base64"] | Omit


def _as_base64(call: Call) -> Call:
    """Ask for base64, which is shorter than numbers, unless the caller chose an encoding."""
    if "encoding_format" in call.json_data:
        return call
    return call._replace(json_data={**call.json_data, "encoding_format": "base64"}, post_parser=_with_floats)


def _with_floats(response: Any) -> Any:
    """Return the response with vectors that are lists of floats.

    Raises:
        ValueError: There is no vector.
    """
    content = _core.node_tree(response)
    if not content.get("data"):
        raise ValueError("No embedding data received")
    for item in content["data"]:
        if isinstance(item.get("embedding"), str):
            floats = array("f", b64decode(item["embedding"]))
            if sys.byteorder == "big":
                floats.byteswap()
            item["embedding"] = floats.tolist()
    return response


class Embeddings(Resource):
    @post(
        "/embeddings",
        "create_embedding_response.CreateEmbeddingResponse",
        EmbeddingCreate,
        required=("input", "model"),
        prepare=_as_base64,
    )
    def create(self, **arguments: Unpack[EmbeddingCreate]) -> CreateEmbeddingResponse:
        """Return a vector for each text. Without `encoding_format` it is requested as base64, and decoded here."""
