"""Types of arguments and answers that `types` does not have yet."""

from typing import Any, Union

from ssescan.models import Object

AssistantResponseFormatOptionParam = Any
AssistantToolChoiceOptionParam = Any
AssistantToolParam = Any
AttachmentParam = Any
ChatCompletionAudioParam = Any
ChatCompletionMessageParam = Any
ChatCompletionPredictionContentParam = Any
ChatCompletionStreamOptionsParam = Any
ChatCompletionToolChoiceOptionParam = Any
ChatCompletionToolUnionParam = Any
MessageContentPartParam = Any
Moderation = Any
PromptCacheOptions = Any
ReasoningParam = Any
ResponseIncludable = str
ResponseInputItemParam = Any
ResponseInputParam = Any
ResponsePromptParam = Any
ResponseTextConfigParam = Any
RunStepInclude = str
ThreadParam = Any
ToolOutputParam = Any
ToolParam = Any
ToolResourcesParam = Any
TruncationStrategyParam = Any

Assistant = Object
AssistantDeleted = Object
ChatCompletion = Object
ChatCompletionDeleted = Object
Completion = Object
MessageDeleted = Object
Model = Object
ModelDeleted = Object
ResponseItem = Union[Object, Any]
ThreadDeleted = Object
