"""The models that a server has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._endpoints import Options, delete, get
from ._resource import Resource

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..pagination import SyncPage
    from ..types import Model, ModelDeleted

__all__ = ["Models"]


class Models(Resource):
    @get("/models/{model}", "Model")
    def retrieve(self, model: str, **given: Unpack[Options]) -> Model:
        """What is known of a model."""

    @get("/models", "Model", page="SyncPage")
    def list(self, **given: Unpack[Options]) -> SyncPage[Model]:
        """The models that there are."""

    @delete("/models/{model}", "ModelDeleted")
    def delete(self, model: str, **given: Unpack[Options]) -> ModelDeleted:
        """Deletes a fine-tuned model."""
