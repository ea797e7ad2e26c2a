"""Legacy completions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from .._async import add_async_names
from .._endpoints import Options, post
from .._types import omit
from ._resource import Resource

if TYPE_CHECKING:
    from typing import Dict, Iterable, Literal, Optional, Union

    from typing_extensions import Required, Unpack

    from .._streaming import Stream
    from .._types import Omit
    from ..types import Completion
    from ..types._params import SequenceNotStr
    from ..types.chat import ChatCompletionStreamOptionsParam

__all__ = ["Completions"]

add_async_names(__name__)


class CompletionCreate(Options, total=False):
    model: Required[Union[str, Literal["gpt-3.5-turbo-instruct", "davinci-002", "babbage-002"]]]
    prompt: Required[Union[str, SequenceNotStr[str], Iterable[int], Iterable[Iterable[int]], None]]
    best_of: Optional[int] | Omit
    echo: Optional[bool] | Omit
    frequency_penalty: Optional[float] | Omit
    logit_bias: Optional[Dict[str, int]] | Omit
    logprobs: Optional[int] | Omit
    max_tokens: Optional[int] | Omit
    n: Optional[int] | Omit
    presence_penalty: Optional[float] | Omit
    seed: Optional[int] | Omit
    stop: Union[str, SequenceNotStr[str], None] | Omit
    stream_options: Optional[ChatCompletionStreamOptionsParam] | Omit
    suffix: Optional[str] | Omit
    temperature: Optional[float] | Omit
    top_p: Optional[float] | Omit
    user: str | Omit


class Completions(Resource):
    @overload
    def create(self, *, stream: Literal[True], **arguments: Unpack[CompletionCreate]) -> Stream[Completion]: ...
    @overload
    def create(
        self, *, stream: Optional[Literal[False]] | Omit = omit, **arguments: Unpack[CompletionCreate]
    ) -> Completion: ...
    @overload
    def create(self, *, stream: bool, **arguments: Unpack[CompletionCreate]) -> Completion | Stream[Completion]: ...

    @post(
        "/completions",
        "Completion",
        CompletionCreate,
        required=("model", "prompt"),
        dialect="completions",
        events="Completion",
    )
    def create(self, *, stream: Optional[bool] | Omit = omit, **arguments: Unpack[CompletionCreate]) -> Any:
        """Continue a text. With `stream=True` return a `Stream` of its pieces."""
