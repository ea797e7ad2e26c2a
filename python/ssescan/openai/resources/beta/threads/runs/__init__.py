"""The runs of a thread, and their steps."""

from .runs import Runs
from .steps import Steps

__all__ = ["Runs", "Steps"]
