"""A response must use one built-in tool."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ToolChoiceTypes"]


class ToolChoiceTypes(Model):
    type: Literal[
        "file_search",
        "web_search_preview",
        "computer",
        "computer_use_preview",
        "computer_use",
        "web_search_preview_2025_03_11",
        "image_generation",
        "code_interpreter",
    ]
