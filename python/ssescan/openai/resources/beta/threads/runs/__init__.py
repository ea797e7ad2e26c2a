"""The runs of a thread, and their steps."""

from ....._async import add_async_names
from .runs import Runs
from .steps import Steps

__all__ = ["Runs", "Steps"]

add_async_names(__name__)
