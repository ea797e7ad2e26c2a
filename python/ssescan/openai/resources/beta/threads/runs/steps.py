"""The steps of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....._async import add_async_names
from ....._endpoints import Options, get
from ...._listing import ListingBefore
from ..._assistants import AssistantsResource

if TYPE_CHECKING:
    from typing import List

    from typing_extensions import Unpack

    from ....._types import Omit
    from .....pagination import SyncCursorPage
    from .....types.beta.threads.runs import RunStep, RunStepInclude

__all__ = ["Steps"]

add_async_names(__name__)


class StepRetrieve(Options, total=False):
    include: List[RunStepInclude] | Omit


class StepList(ListingBefore, total=False):
    include: List[RunStepInclude] | Omit


class Steps(AssistantsResource):
    @get("/threads/{thread_id}/runs/{run_id}/steps/{step_id}", "beta.threads.runs.RunStep", StepRetrieve)
    def retrieve(self, step_id: str, *, thread_id: str, run_id: str, **arguments: Unpack[StepRetrieve]) -> RunStep:
        """Return a step."""

    @get("/threads/{thread_id}/runs/{run_id}/steps", "beta.threads.runs.RunStep", StepList, page="SyncCursorPage")
    def list(self, run_id: str, *, thread_id: str, **arguments: Unpack[StepList]) -> SyncCursorPage[RunStep]:
        """Return the steps of a run, in pages."""
