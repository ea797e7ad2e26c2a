"""Request parameters as programs write them, and what a call without a stream gives."""

from typing import Any, Iterable, List, Literal, Optional, Union

from typing_extensions import assert_type

from ssescan.openai.types import Completion, CompletionUsage, Model
from ssescan.openai.types.beta import Assistant, AssistantToolParam, thread_create_and_run_params
from ssescan.openai.types.beta.threads import Run, message_create_params
from ssescan.openai.types.chat import (
    ChatCompletion,
    ChatCompletionAssistantMessageParam,
    ChatCompletionMessage,
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionMessageParam,
    ChatCompletionToolMessageParam,
    ChatCompletionToolParam,
    ChatCompletionUserMessageParam,
    ParsedChatCompletion,
    completion_create_params,
)
from ssescan.openai.types.responses import (
    ParsedResponse,
    Response,
    ResponseInputParam,
    ResponseTextConfigParam,
    ToolParam,
)
from ssescan.openai.types.shared_params import ResponseFormatJSONSchema

MESSAGES: List[ChatCompletionMessageParam] = [
    {"role": "system", "content": "Be short."},
    {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "u"}}]},
    {
        "role": "assistant",
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "c", "content": "1"},
]
TOOL: ChatCompletionToolParam = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
FORMAT: ResponseFormatJSONSchema = {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": True}}
INPUT: ResponseInputParam = [
    {"role": "user", "content": "Hi"},
    {"type": "function_call_output", "call_id": "c", "output": "1"},
]
TOOLS: List[ToolParam] = [
    {"type": "function", "name": "f", "parameters": {}, "strict": True},
    {"type": "web_search"},
]
TEXT: ResponseTextConfigParam = {"format": {"type": "text"}}
ASSISTANT_TOOLS: Iterable[AssistantToolParam] = [{"type": "code_interpreter"}, {"type": "file_search"}]
THREAD: thread_create_and_run_params.Thread = {"messages": [{"role": "user", "content": "Hi"}]}
ATTACHMENT: message_create_params.Attachment = {"file_id": "f", "tools": [{"type": "file_search"}]}
REQUEST: completion_create_params.CompletionCreateParamsStreaming = {"messages": MESSAGES, "model": "m", "stream": True}


def with_classes() -> List[ChatCompletionMessageParam]:
    return [
        ChatCompletionUserMessageParam(role="user", content="Hi"),
        ChatCompletionAssistantMessageParam(role="assistant", content=None),
        ChatCompletionToolMessageParam(role="tool", tool_call_id="c", content="1"),
    ]


def missing_key() -> ChatCompletionToolMessageParam:
    return {"role": "tool", "content": "1"}  # type: ignore[typeddict-item] # pyright: ignore[reportReturnType]


def wrong_role() -> ChatCompletionMessageParam:
    return {"role": "usher", "content": "1"}  # type: ignore[misc, return-value] # pyright: ignore[reportReturnType]


def of_a_chat(completion: ChatCompletion) -> Optional[str]:
    assert_type(completion.object, Literal["chat.completion"])
    assert_type(completion.usage, Optional[CompletionUsage])
    message = completion.choices[0].message
    assert_type(message, ChatCompletionMessage)
    for call in message.tool_calls or []:
        if call.type == "function":
            assert_type(call, ChatCompletionMessageFunctionToolCall)
            return call.function.arguments
    return message.content


def of_others(completion: Completion, model: Model, run: Run, assistant: Assistant) -> Union[str, float, None]:
    assert_type(model.id, str)
    assert_type(run.usage.total_tokens if run.usage else None, Optional[int])
    assert_type(assistant.temperature, Optional[float])
    return completion.choices[0].text or assistant.temperature


class Answer:
    """Something that an answer is parsed into."""


def parsed(completion: ParsedChatCompletion[Answer], response: ParsedResponse[Answer]) -> Optional[Answer]:
    assert_type(completion.choices[0].message.parsed, Optional[Answer])
    assert_type(response.output_parsed, Optional[Answer])
    return response.output_parsed


def models(payload: dict[str, Any]) -> Response:
    response = Response.model_validate(payload)
    assert_type(response, Response)
    assert_type(response.model_copy(update={"id": "x"}, deep=True), Response)
    assert_type(response.model_dump(mode="json", exclude_none=True, exclude={"output"}), dict[str, Any])
    assert_type(response.model_fields_set, set[str])
    assert_type(Response.model_validate_json(response.model_dump_json()), Response)
    return Response.model_construct(id="x")
