"""The exceptions, at the path where the `openai` package has them."""

from ssescan.errors import *  # noqa: F403
from ssescan.errors import AuthenticationError

# Nothing here raises these, but programs name them in `except`.


class OAuthError(AuthenticationError):
    """A workload identity was refused."""


class InvalidWebhookSignatureError(ValueError):
    """A webhook is not from where it says."""
