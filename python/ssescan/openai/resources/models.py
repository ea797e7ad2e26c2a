"""The models of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._async import add_async_names
from .._endpoints import Options, delete, get
from ._resource import Resource

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..pagination import SyncPage
    from ..types import Model, ModelDeleted

__all__ = ["Models"]

add_async_names(__name__)


class Models(Resource):
    @get("/models/{model}", "Model")
    def retrieve(self, model: str, **arguments: Unpack[Options]) -> Model:
        """Return a model."""

    @get("/models", "Model", page="SyncPage")
    def list(self, **arguments: Unpack[Options]) -> SyncPage[Model]:
        """Return the models."""

    @delete("/models/{model}", "ModelDeleted")
    def delete(self, model: str, **arguments: Unpack[Options]) -> ModelDeleted:
        """Delete a fine-tuned model."""
