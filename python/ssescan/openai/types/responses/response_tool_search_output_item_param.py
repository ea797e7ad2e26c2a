"""Tools that a search found, as input."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .apply_patch_tool import ApplyPatchTool
from .computer_tool import ComputerTool
from .computer_use_preview_tool import ComputerUsePreviewTool
from .container_network_policy_allowlist import ContainerNetworkPolicyAllowlist
from .container_network_policy_disabled import ContainerNetworkPolicyDisabled
from .custom_tool import CustomTool
from .file_search_tool import FileSearchTool
from .function_shell_tool import FunctionShellTool
from .function_tool import FunctionTool
from .tool_search_output_namespace_tool import ToolSearchOutputNamespaceTool
from .tool_search_tool import ToolSearchTool
from .web_search_preview_tool import WebSearchPreviewTool
from .web_search_tool import WebSearchTool

__all__ = [
    "ResponseToolSearchOutputItemParam",
    "Tool",
    "ToolMcp",
    "ToolMcpAllowedTools",
    "ToolMcpAllowedToolsMcpToolFilter",
    "ToolMcpRequireApproval",
    "ToolMcpRequireApprovalMcpToolApprovalFilter",
    "ToolMcpRequireApprovalMcpToolApprovalFilterAlways",
    "ToolMcpRequireApprovalMcpToolApprovalFilterNever",
    "ToolCodeInterpreter",
    "ToolCodeInterpreterContainer",
    "ToolCodeInterpreterContainerCodeInterpreterToolAuto",
    "ToolCodeInterpreterContainerCodeInterpreterToolAutoNetworkPolicy",
    "ToolProgrammaticToolCalling",
    "ToolImageGeneration",
    "ToolImageGenerationInputImageMask",
    "ToolImageGenerationSvg",
    "ToolImageGenerationSvgReasoning",
    "ToolLocalShell",
]


class ToolMcpAllowedToolsMcpToolFilter(Model):
    read_only: Optional[bool] = None
    tool_names: Optional[List[str]] = None


ToolMcpAllowedTools: TypeAlias = Union[List[str], ToolMcpAllowedToolsMcpToolFilter, None]


class ToolMcpRequireApprovalMcpToolApprovalFilterAlways(Model):
    read_only: Optional[bool] = None
    tool_names: Optional[List[str]] = None


class ToolMcpRequireApprovalMcpToolApprovalFilterNever(Model):
    read_only: Optional[bool] = None
    tool_names: Optional[List[str]] = None


class ToolMcpRequireApprovalMcpToolApprovalFilter(Model):
    always: Optional[ToolMcpRequireApprovalMcpToolApprovalFilterAlways] = None
    never: Optional[ToolMcpRequireApprovalMcpToolApprovalFilterNever] = None


ToolMcpRequireApproval: TypeAlias = Union[ToolMcpRequireApprovalMcpToolApprovalFilter, Literal["always", "never"], None]


class ToolMcp(Model):
    server_label: str
    type: Literal["mcp"]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]] = None
    allowed_tools: Optional[ToolMcpAllowedTools] = None
    authorization: Optional[str] = None
    connector_id: Optional[
        Literal[
            "connector_dropbox",
            "connector_gmail",
            "connector_googlecalendar",
            "connector_googledrive",
            "connector_microsoftteams",
            "connector_outlookcalendar",
            "connector_outlookemail",
            "connector_sharepoint",
        ]
    ] = None
    defer_loading: Optional[bool] = None
    headers: Optional[Dict[str, str]] = None
    require_approval: Optional[ToolMcpRequireApproval] = None
    server_description: Optional[str] = None
    server_url: Optional[str] = None
    tunnel_id: Optional[str] = None


ToolCodeInterpreterContainerCodeInterpreterToolAutoNetworkPolicy: TypeAlias = Union[
    ContainerNetworkPolicyDisabled, ContainerNetworkPolicyAllowlist
]


class ToolCodeInterpreterContainerCodeInterpreterToolAuto(Model):
    type: Literal["auto"]
    file_ids: Optional[List[str]] = None
    memory_limit: Optional[Literal["1g", "4g", "16g", "64g"]] = None
    network_policy: Optional[ToolCodeInterpreterContainerCodeInterpreterToolAutoNetworkPolicy] = None


ToolCodeInterpreterContainer: TypeAlias = Union[str, ToolCodeInterpreterContainerCodeInterpreterToolAuto]


class ToolCodeInterpreter(Model):
    container: ToolCodeInterpreterContainer
    type: Literal["code_interpreter"]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]] = None


class ToolProgrammaticToolCalling(Model):
    type: Literal["programmatic_tool_calling"]


class ToolImageGenerationInputImageMask(Model):
    file_id: Optional[str] = None
    image_url: Optional[str] = None


class ToolImageGenerationSvgReasoning(Model):
    effort: Optional[Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]] = None


class ToolImageGenerationSvg(Model):
    model: Optional[str] = None
    reasoning: Optional[ToolImageGenerationSvgReasoning] = None


class ToolImageGeneration(Model):
    type: Literal["image_generation"]
    action: Optional[Literal["generate", "edit", "auto"]] = None
    background: Optional[Literal["transparent", "opaque", "auto"]] = None
    complexity: Optional[Literal["low", "medium", "high"]] = None
    frame_count: Optional[int] = None
    frame_duration_ms: Optional[int] = None
    input_fidelity: Optional[Literal["high", "low"]] = None
    input_image_mask: Optional[ToolImageGenerationInputImageMask] = None
    model: Union[
        str,
        Literal[
            "gpt-image-1",
            "gpt-image-1-mini",
            "gpt-image-2",
            "gpt-image-2-2026-04-21",
            "gpt-image-2.5-sunburst",
            "gpt-image-2.5-sunburst-2026-09-08",
            "gpt-image-2.5-flare",
            "gpt-image-2.5-flare-2026-09-08",
            "gpt-image-2.6-sunburst",
            "gpt-image-2.6-flare",
            "gpt-image-1.5",
            "chatgpt-image-latest",
        ],
        None,
    ] = None
    moderation: Optional[Literal["auto", "low"]] = None
    output_compression: Optional[int] = None
    output_format: Optional[Literal["png", "webp", "jpeg", "gif", "svg"]] = None
    partial_images: Optional[int] = None
    quality: Optional[Literal["low", "medium", "high", "xhigh", "max", "auto"]] = None
    size: Union[str, Literal["1024x1024", "1024x1536", "1536x1024", "auto"], None] = None
    svg: Optional[ToolImageGenerationSvg] = None


class ToolLocalShell(Model):
    type: Literal["local_shell"]


Tool: TypeAlias = Union[
    FunctionTool,
    FileSearchTool,
    ComputerTool,
    ComputerUsePreviewTool,
    WebSearchTool,
    ToolMcp,
    ToolCodeInterpreter,
    ToolProgrammaticToolCalling,
    ToolImageGeneration,
    ToolLocalShell,
    FunctionShellTool,
    CustomTool,
    ToolSearchOutputNamespaceTool,
    ToolSearchTool,
    WebSearchPreviewTool,
    ApplyPatchTool,
]


class ResponseToolSearchOutputItemParam(Model):
    tools: List[Tool]
    type: Literal["tool_search_output"]
    id: Optional[str] = None
    call_id: Optional[str] = None
    execution: Optional[Literal["server", "client"]] = None
    status: Optional[Literal["in_progress", "completed", "incomplete"]] = None
