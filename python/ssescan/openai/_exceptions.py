"""The exceptions, at their module path in the `openai` package."""

from ssescan.errors import *  # noqa: F403
from ssescan.errors import AuthenticationError

# ssescan does not raise these, but programs name them in `except`.


class OAuthError(AuthenticationError):
    """A workload identity was rejected."""


class InvalidWebhookSignatureError(ValueError):
    """The signature of a webhook is invalid."""


for _cls in (OAuthError, InvalidWebhookSignatureError):
    _cls.__module__ = __package__
