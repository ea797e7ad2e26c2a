"""The runs of a thread, and their steps."""

from typing import TYPE_CHECKING

from ....._async import async_names
from .runs import Runs
from .steps import Steps

if not TYPE_CHECKING:
    __getattr__ = async_names(__name__)

__all__ = ["Runs", "Steps"]
