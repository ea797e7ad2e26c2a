"""Models of Assistants v2."""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

if TYPE_CHECKING:
    from .assistant_response_format_option import AssistantResponseFormatOption as AssistantResponseFormatOption
    from .assistant_stream_event import AssistantStreamEvent as AssistantStreamEvent
    from .assistant_tool import AssistantTool as AssistantTool
    from .assistant_tool_choice import AssistantToolChoice as AssistantToolChoice
    from .assistant_tool_choice_function import AssistantToolChoiceFunction as AssistantToolChoiceFunction
    from .assistant_tool_choice_option import AssistantToolChoiceOption as AssistantToolChoiceOption
    from .code_interpreter_tool import CodeInterpreterTool as CodeInterpreterTool
    from .file_search_tool import FileSearchTool as FileSearchTool
    from .function_tool import FunctionTool as FunctionTool
    from .thread import Thread as Thread
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "AssistantResponseFormatOption": "assistant_response_format_option",
            "AssistantStreamEvent": "assistant_stream_event",
            "AssistantTool": "assistant_tool",
            "AssistantToolChoice": "assistant_tool_choice",
            "AssistantToolChoiceFunction": "assistant_tool_choice_function",
            "AssistantToolChoiceOption": "assistant_tool_choice_option",
            "CodeInterpreterTool": "code_interpreter_tool",
            "FileSearchTool": "file_search_tool",
            "FunctionTool": "function_tool",
            "Thread": "thread",
        },
    )
