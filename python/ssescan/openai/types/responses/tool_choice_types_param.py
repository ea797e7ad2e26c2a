"""`ToolChoiceTypesParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ToolChoiceTypesParam"]


class ToolChoiceTypesParam(TypedDict, total=False):
    type: Required[
        Literal[
            "file_search",
            "web_search_preview",
            "computer",
            "computer_use_preview",
            "computer_use",
            "web_search_preview_2025_03_11",
            "image_generation",
            "code_interpreter",
        ]
    ]
