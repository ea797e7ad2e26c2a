"""The exceptions, at the path where the `openai` package has them."""

from ssescan.errors import *  # noqa: F403
