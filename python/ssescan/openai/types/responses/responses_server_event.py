"""`ResponsesServerEvent`, as it is received."""

from __future__ import annotations

from typing import Dict, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .response_audio_delta_event import ResponseAudioDeltaEvent
from .response_audio_done_event import ResponseAudioDoneEvent
from .response_audio_transcript_delta_event import ResponseAudioTranscriptDeltaEvent
from .response_audio_transcript_done_event import ResponseAudioTranscriptDoneEvent
from .response_code_interpreter_call_code_delta_event import ResponseCodeInterpreterCallCodeDeltaEvent
from .response_code_interpreter_call_code_done_event import ResponseCodeInterpreterCallCodeDoneEvent
from .response_code_interpreter_call_completed_event import ResponseCodeInterpreterCallCompletedEvent
from .response_code_interpreter_call_in_progress_event import ResponseCodeInterpreterCallInProgressEvent
from .response_code_interpreter_call_interpreting_event import ResponseCodeInterpreterCallInterpretingEvent
from .response_compaction_compacting_event import ResponseCompactionCompactingEvent
from .response_completed_event import ResponseCompletedEvent
from .response_content_part_added_event import ResponseContentPartAddedEvent
from .response_content_part_done_event import ResponseContentPartDoneEvent
from .response_created_event import ResponseCreatedEvent
from .response_custom_tool_call_input_delta_event import ResponseCustomToolCallInputDeltaEvent
from .response_custom_tool_call_input_done_event import ResponseCustomToolCallInputDoneEvent
from .response_failed_event import ResponseFailedEvent
from .response_file_search_call_completed_event import ResponseFileSearchCallCompletedEvent
from .response_file_search_call_in_progress_event import ResponseFileSearchCallInProgressEvent
from .response_file_search_call_searching_event import ResponseFileSearchCallSearchingEvent
from .response_function_call_arguments_delta_event import ResponseFunctionCallArgumentsDeltaEvent
from .response_function_call_arguments_done_event import ResponseFunctionCallArgumentsDoneEvent
from .response_image_gen_call_completed_event import ResponseImageGenCallCompletedEvent
from .response_image_gen_call_generating_event import ResponseImageGenCallGeneratingEvent
from .response_image_gen_call_in_progress_event import ResponseImageGenCallInProgressEvent
from .response_image_gen_call_partial_image_event import ResponseImageGenCallPartialImageEvent
from .response_in_progress_event import ResponseInProgressEvent
from .response_incomplete_event import ResponseIncompleteEvent
from .response_mcp_call_arguments_delta_event import ResponseMcpCallArgumentsDeltaEvent
from .response_mcp_call_arguments_done_event import ResponseMcpCallArgumentsDoneEvent
from .response_mcp_call_completed_event import ResponseMcpCallCompletedEvent
from .response_mcp_call_failed_event import ResponseMcpCallFailedEvent
from .response_mcp_call_in_progress_event import ResponseMcpCallInProgressEvent
from .response_mcp_list_tools_completed_event import ResponseMcpListToolsCompletedEvent
from .response_mcp_list_tools_failed_event import ResponseMcpListToolsFailedEvent
from .response_mcp_list_tools_in_progress_event import ResponseMcpListToolsInProgressEvent
from .response_output_item_added_event import ResponseOutputItemAddedEvent
from .response_output_item_done_event import ResponseOutputItemDoneEvent
from .response_output_text_annotation_added_event import ResponseOutputTextAnnotationAddedEvent
from .response_queued_event import ResponseQueuedEvent
from .response_reasoning_summary_part_added_event import ResponseReasoningSummaryPartAddedEvent
from .response_reasoning_summary_part_done_event import ResponseReasoningSummaryPartDoneEvent
from .response_reasoning_summary_text_delta_event import ResponseReasoningSummaryTextDeltaEvent
from .response_reasoning_summary_text_done_event import ResponseReasoningSummaryTextDoneEvent
from .response_reasoning_text_delta_event import ResponseReasoningTextDeltaEvent
from .response_reasoning_text_done_event import ResponseReasoningTextDoneEvent
from .response_refusal_delta_event import ResponseRefusalDeltaEvent
from .response_refusal_done_event import ResponseRefusalDoneEvent
from .response_shell_call_command_added_event import ResponseShellCallCommandAddedEvent
from .response_shell_call_command_delta_event import ResponseShellCallCommandDeltaEvent
from .response_shell_call_command_done_event import ResponseShellCallCommandDoneEvent
from .response_shell_call_output_content_delta_event import ResponseShellCallOutputContentDeltaEvent
from .response_shell_call_output_content_done_event import ResponseShellCallOutputContentDoneEvent
from .response_steer_accepted_event import ResponseSteerAcceptedEvent
from .response_steer_failed_event import ResponseSteerFailedEvent
from .response_steer_pending_event import ResponseSteerPendingEvent
from .response_text_delta_event import ResponseTextDeltaEvent
from .response_text_done_event import ResponseTextDoneEvent
from .response_web_search_call_completed_event import ResponseWebSearchCallCompletedEvent
from .response_web_search_call_in_progress_event import ResponseWebSearchCallInProgressEvent
from .response_web_search_call_searching_event import ResponseWebSearchCallSearchingEvent

__all__ = [
    "ResponsesServerEvent",
    "ResponseAudioWsDelta",
    "ResponseAudioWsDone",
    "ResponseAudioTranscriptWsDelta",
    "ResponseAudioTranscriptWsDone",
    "ResponseCodeInterpreterCallCodeWsDelta",
    "ResponseCodeInterpreterCallCodeWsDone",
    "ResponseCodeInterpreterCallWsCompleted",
    "ResponseCodeInterpreterCallInWsProgress",
    "ResponseCodeInterpreterCallWsInterpreting",
    "ResponseCompactionWsCompacting",
    "ResponseWsCompleted",
    "ResponseContentPartWsAdded",
    "ResponseContentPartWsDone",
    "ResponseWsCreated",
    "ResponseFileSearchCallWsCompleted",
    "ResponseFileSearchCallInWsProgress",
    "ResponseFileSearchCallWsSearching",
    "ResponseFunctionCallArgumentsWsDelta",
    "ResponseFunctionCallArgumentsWsDone",
    "ResponseShellCallCommandWsAdded",
    "ResponseShellCallCommandWsDelta",
    "ResponseShellCallCommandWsDone",
    "ResponseShellCallOutputContentWsDelta",
    "ResponseShellCallOutputContentWsDone",
    "ResponseInWsProgress",
    "ResponseWsFailed",
    "ResponseWsIncomplete",
    "ResponseOutputItemWsAdded",
    "ResponseOutputItemWsDone",
    "ResponseReasoningSummaryPartWsAdded",
    "ResponseReasoningSummaryPartWsDone",
    "ResponseReasoningSummaryTextWsDelta",
    "ResponseReasoningSummaryTextWsDone",
    "ResponseReasoningTextWsDelta",
    "ResponseReasoningTextWsDone",
    "ResponseRefusalWsDelta",
    "ResponseRefusalWsDone",
    "ResponseTextWsDelta",
    "ResponseTextWsDone",
    "ResponseWebSearchCallWsCompleted",
    "ResponseWebSearchCallInWsProgress",
    "ResponseWebSearchCallWsSearching",
    "ResponseImageGenCallWsCompleted",
    "ResponseImageGenCallWsGenerating",
    "ResponseImageGenCallInWsProgress",
    "ResponseImageGenCallPartialWsImage",
    "ResponseMcpCallArgumentsWsDelta",
    "ResponseMcpCallArgumentsWsDone",
    "ResponseMcpCallWsCompleted",
    "ResponseMcpCallWsFailed",
    "ResponseMcpCallInWsProgress",
    "ResponseMcpListToolsWsCompleted",
    "ResponseMcpListToolsWsFailed",
    "ResponseMcpListToolsInWsProgress",
    "ResponseOutputTextAnnotationWsAdded",
    "ResponseWsQueued",
    "ResponseCustomToolCallInputWsDelta",
    "ResponseCustomToolCallInputWsDone",
    "ResponseWsError",
    "ResponseWsErrorError",
    "ResponseWsErrorErrorMisalignment",
    "ResponseWsErrorErrorMisalignmentSteer",
]


class ResponseAudioWsDelta(ResponseAudioDeltaEvent):
    stream_id: Optional[str] = None


class ResponseAudioWsDone(ResponseAudioDoneEvent):
    stream_id: Optional[str] = None


class ResponseAudioTranscriptWsDelta(ResponseAudioTranscriptDeltaEvent):
    stream_id: Optional[str] = None


class ResponseAudioTranscriptWsDone(ResponseAudioTranscriptDoneEvent):
    stream_id: Optional[str] = None


class ResponseCodeInterpreterCallCodeWsDelta(ResponseCodeInterpreterCallCodeDeltaEvent):
    stream_id: Optional[str] = None


class ResponseCodeInterpreterCallCodeWsDone(ResponseCodeInterpreterCallCodeDoneEvent):
    stream_id: Optional[str] = None


class ResponseCodeInterpreterCallWsCompleted(ResponseCodeInterpreterCallCompletedEvent):
    stream_id: Optional[str] = None


class ResponseCodeInterpreterCallInWsProgress(ResponseCodeInterpreterCallInProgressEvent):
    stream_id: Optional[str] = None


class ResponseCodeInterpreterCallWsInterpreting(ResponseCodeInterpreterCallInterpretingEvent):
    stream_id: Optional[str] = None


class ResponseCompactionWsCompacting(ResponseCompactionCompactingEvent):
    stream_id: Optional[str] = None


class ResponseWsCompleted(ResponseCompletedEvent):
    stream_id: Optional[str] = None


class ResponseContentPartWsAdded(ResponseContentPartAddedEvent):
    stream_id: Optional[str] = None


class ResponseContentPartWsDone(ResponseContentPartDoneEvent):
    stream_id: Optional[str] = None


class ResponseWsCreated(ResponseCreatedEvent):
    stream_id: Optional[str] = None


class ResponseFileSearchCallWsCompleted(ResponseFileSearchCallCompletedEvent):
    stream_id: Optional[str] = None


class ResponseFileSearchCallInWsProgress(ResponseFileSearchCallInProgressEvent):
    stream_id: Optional[str] = None


class ResponseFileSearchCallWsSearching(ResponseFileSearchCallSearchingEvent):
    stream_id: Optional[str] = None


class ResponseFunctionCallArgumentsWsDelta(ResponseFunctionCallArgumentsDeltaEvent):
    stream_id: Optional[str] = None


class ResponseFunctionCallArgumentsWsDone(ResponseFunctionCallArgumentsDoneEvent):
    stream_id: Optional[str] = None


class ResponseShellCallCommandWsAdded(ResponseShellCallCommandAddedEvent):
    stream_id: Optional[str] = None


class ResponseShellCallCommandWsDelta(ResponseShellCallCommandDeltaEvent):
    stream_id: Optional[str] = None


class ResponseShellCallCommandWsDone(ResponseShellCallCommandDoneEvent):
    stream_id: Optional[str] = None


class ResponseShellCallOutputContentWsDelta(ResponseShellCallOutputContentDeltaEvent):
    stream_id: Optional[str] = None


class ResponseShellCallOutputContentWsDone(ResponseShellCallOutputContentDoneEvent):
    stream_id: Optional[str] = None


class ResponseInWsProgress(ResponseInProgressEvent):
    stream_id: Optional[str] = None


class ResponseWsFailed(ResponseFailedEvent):
    stream_id: Optional[str] = None


class ResponseWsIncomplete(ResponseIncompleteEvent):
    stream_id: Optional[str] = None


class ResponseOutputItemWsAdded(ResponseOutputItemAddedEvent):
    stream_id: Optional[str] = None


class ResponseOutputItemWsDone(ResponseOutputItemDoneEvent):
    stream_id: Optional[str] = None


class ResponseReasoningSummaryPartWsAdded(ResponseReasoningSummaryPartAddedEvent):
    stream_id: Optional[str] = None


class ResponseReasoningSummaryPartWsDone(ResponseReasoningSummaryPartDoneEvent):
    stream_id: Optional[str] = None


class ResponseReasoningSummaryTextWsDelta(ResponseReasoningSummaryTextDeltaEvent):
    stream_id: Optional[str] = None


class ResponseReasoningSummaryTextWsDone(ResponseReasoningSummaryTextDoneEvent):
    stream_id: Optional[str] = None


class ResponseReasoningTextWsDelta(ResponseReasoningTextDeltaEvent):
    stream_id: Optional[str] = None


class ResponseReasoningTextWsDone(ResponseReasoningTextDoneEvent):
    stream_id: Optional[str] = None


class ResponseRefusalWsDelta(ResponseRefusalDeltaEvent):
    stream_id: Optional[str] = None


class ResponseRefusalWsDone(ResponseRefusalDoneEvent):
    stream_id: Optional[str] = None


class ResponseTextWsDelta(ResponseTextDeltaEvent):
    stream_id: Optional[str] = None


class ResponseTextWsDone(ResponseTextDoneEvent):
    stream_id: Optional[str] = None


class ResponseWebSearchCallWsCompleted(ResponseWebSearchCallCompletedEvent):
    stream_id: Optional[str] = None


class ResponseWebSearchCallInWsProgress(ResponseWebSearchCallInProgressEvent):
    stream_id: Optional[str] = None


class ResponseWebSearchCallWsSearching(ResponseWebSearchCallSearchingEvent):
    stream_id: Optional[str] = None


class ResponseImageGenCallWsCompleted(ResponseImageGenCallCompletedEvent):
    stream_id: Optional[str] = None


class ResponseImageGenCallWsGenerating(ResponseImageGenCallGeneratingEvent):
    stream_id: Optional[str] = None


class ResponseImageGenCallInWsProgress(ResponseImageGenCallInProgressEvent):
    stream_id: Optional[str] = None


class ResponseImageGenCallPartialWsImage(ResponseImageGenCallPartialImageEvent):
    stream_id: Optional[str] = None


class ResponseMcpCallArgumentsWsDelta(ResponseMcpCallArgumentsDeltaEvent):
    stream_id: Optional[str] = None


class ResponseMcpCallArgumentsWsDone(ResponseMcpCallArgumentsDoneEvent):
    stream_id: Optional[str] = None


class ResponseMcpCallWsCompleted(ResponseMcpCallCompletedEvent):
    stream_id: Optional[str] = None


class ResponseMcpCallWsFailed(ResponseMcpCallFailedEvent):
    stream_id: Optional[str] = None


class ResponseMcpCallInWsProgress(ResponseMcpCallInProgressEvent):
    stream_id: Optional[str] = None


class ResponseMcpListToolsWsCompleted(ResponseMcpListToolsCompletedEvent):
    stream_id: Optional[str] = None


class ResponseMcpListToolsWsFailed(ResponseMcpListToolsFailedEvent):
    stream_id: Optional[str] = None


class ResponseMcpListToolsInWsProgress(ResponseMcpListToolsInProgressEvent):
    stream_id: Optional[str] = None


class ResponseOutputTextAnnotationWsAdded(ResponseOutputTextAnnotationAddedEvent):
    stream_id: Optional[str] = None


class ResponseWsQueued(ResponseQueuedEvent):
    stream_id: Optional[str] = None


class ResponseCustomToolCallInputWsDelta(ResponseCustomToolCallInputDeltaEvent):
    stream_id: Optional[str] = None


class ResponseCustomToolCallInputWsDone(ResponseCustomToolCallInputDoneEvent):
    stream_id: Optional[str] = None


class ResponseWsErrorErrorMisalignmentSteer(Model):
    message: str


class ResponseWsErrorErrorMisalignment(Model):
    detailed_explanation: Optional[str] = None
    error_type: Union[
        str,
        Literal[
            "potentially_unintended_data_transfer",
            "potentially_unintended_data_access",
            "potentially_unintended_destructive_activity",
            "other",
        ],
        None,
    ] = None
    review_target: Optional[str] = None
    steer: Optional[ResponseWsErrorErrorMisalignmentSteer] = None


class ResponseWsErrorError(Model):
    code: Optional[str] = None
    message: str
    param: Optional[str] = None
    type: str
    headers: Optional[Dict[str, str]] = None
    misalignment: Optional[ResponseWsErrorErrorMisalignment] = None


class ResponseWsError(Model):
    error: ResponseWsErrorError
    type: Literal["error"]
    sequence_number: Optional[int] = None
    status: Optional[int] = None
    stream_id: Optional[str] = None


ResponsesServerEvent: TypeAlias = Union[
    ResponseAudioWsDelta,
    ResponseAudioWsDone,
    ResponseAudioTranscriptWsDelta,
    ResponseAudioTranscriptWsDone,
    ResponseCodeInterpreterCallCodeWsDelta,
    ResponseCodeInterpreterCallCodeWsDone,
    ResponseCodeInterpreterCallWsCompleted,
    ResponseCodeInterpreterCallInWsProgress,
    ResponseCodeInterpreterCallWsInterpreting,
    ResponseCompactionWsCompacting,
    ResponseWsCompleted,
    ResponseContentPartWsAdded,
    ResponseContentPartWsDone,
    ResponseWsCreated,
    ResponseFileSearchCallWsCompleted,
    ResponseFileSearchCallInWsProgress,
    ResponseFileSearchCallWsSearching,
    ResponseFunctionCallArgumentsWsDelta,
    ResponseFunctionCallArgumentsWsDone,
    ResponseShellCallCommandWsAdded,
    ResponseShellCallCommandWsDelta,
    ResponseShellCallCommandWsDone,
    ResponseShellCallOutputContentWsDelta,
    ResponseShellCallOutputContentWsDone,
    ResponseInWsProgress,
    ResponseWsFailed,
    ResponseWsIncomplete,
    ResponseOutputItemWsAdded,
    ResponseOutputItemWsDone,
    ResponseReasoningSummaryPartWsAdded,
    ResponseReasoningSummaryPartWsDone,
    ResponseReasoningSummaryTextWsDelta,
    ResponseReasoningSummaryTextWsDone,
    ResponseReasoningTextWsDelta,
    ResponseReasoningTextWsDone,
    ResponseRefusalWsDelta,
    ResponseRefusalWsDone,
    ResponseTextWsDelta,
    ResponseTextWsDone,
    ResponseWebSearchCallWsCompleted,
    ResponseWebSearchCallInWsProgress,
    ResponseWebSearchCallWsSearching,
    ResponseImageGenCallWsCompleted,
    ResponseImageGenCallWsGenerating,
    ResponseImageGenCallInWsProgress,
    ResponseImageGenCallPartialWsImage,
    ResponseMcpCallArgumentsWsDelta,
    ResponseMcpCallArgumentsWsDone,
    ResponseMcpCallWsCompleted,
    ResponseMcpCallWsFailed,
    ResponseMcpCallInWsProgress,
    ResponseMcpListToolsWsCompleted,
    ResponseMcpListToolsWsFailed,
    ResponseMcpListToolsInWsProgress,
    ResponseOutputTextAnnotationWsAdded,
    ResponseWsQueued,
    ResponseCustomToolCallInputWsDelta,
    ResponseCustomToolCallInputWsDone,
    ResponseWsError,
    ResponseSteerAcceptedEvent,
    ResponseSteerPendingEvent,
    ResponseSteerFailedEvent,
]
