"""The synchronous client of the `openai` package, on ssescan. Change the import and keep the program.

    from ssescan.openai import OpenAI

Names and module paths are those of the `openai` package, as far as streaming programs use them. For programs that do not make
a client, the package has one: its variables (`api_key`, `base_url`, ...) apply to `chat`, `responses`, `beta`, `completions`
and `models`.
"""

import os as _os
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

from ssescan._lazy import attach

from ._constants import DEFAULT_MAX_RETRIES as DEFAULT_MAX_RETRIES
from ._constants import DEFAULT_TIMEOUT as DEFAULT_TIMEOUT
from ._timeout import Timeout as Timeout
from ._types import NOT_GIVEN as NOT_GIVEN
from ._types import DataResidency as DataResidency
from ._types import NoneType as NoneType
from ._types import NotGiven as NotGiven
from ._types import Omit as Omit
from ._types import RequestOptions as RequestOptions
from ._types import not_given as not_given
from ._types import omit as omit

if TYPE_CHECKING:
    from ssescan.errors import APIConnectionError as APIConnectionError
    from ssescan.errors import APIError as APIError
    from ssescan.errors import APIResponseValidationError as APIResponseValidationError
    from ssescan.errors import APIStatusError as APIStatusError
    from ssescan.errors import APITimeoutError as APITimeoutError
    from ssescan.errors import AuthenticationError as AuthenticationError
    from ssescan.errors import BadRequestError as BadRequestError
    from ssescan.errors import ConflictError as ConflictError
    from ssescan.errors import ContentFilterFinishReasonError as ContentFilterFinishReasonError
    from ssescan.errors import InternalServerError as InternalServerError
    from ssescan.errors import LengthFinishReasonError as LengthFinishReasonError
    from ssescan.errors import NotFoundError as NotFoundError
    from ssescan.errors import OpenAIError as OpenAIError
    from ssescan.errors import PermissionDeniedError as PermissionDeniedError
    from ssescan.errors import RateLimitError as RateLimitError
    from ssescan.errors import UnprocessableEntityError as UnprocessableEntityError

    from ._client import Client as Client
    from ._client import OpenAI as OpenAI
    from ._exceptions import InvalidWebhookSignatureError as InvalidWebhookSignatureError
    from ._exceptions import OAuthError as OAuthError
    from ._models import BaseModel as BaseModel
    from ._module_client import beta as beta
    from ._module_client import chat as chat
    from ._module_client import completions as completions
    from ._module_client import models as models
    from ._module_client import responses as responses
    from ._streaming import Stream as Stream
    from ._version import __version__ as __version__
    from .lib._tools import pydantic_function_tool as pydantic_function_tool
    from .lib._tools import pydantic_responses_function_tool as pydantic_responses_function_tool
    from .lib.azure import AzureOpenAI as AzureOpenAI
    from .lib.streaming import AssistantEventHandler as AssistantEventHandler
else:
    _names = {
        "_client": "Client OpenAI",
        "_exceptions": "APIConnectionError APIError APIResponseValidationError APIStatusError APITimeoutError "
        "AuthenticationError BadRequestError ConflictError ContentFilterFinishReasonError InternalServerError "
        "LengthFinishReasonError NotFoundError OpenAIError "
        "PermissionDeniedError RateLimitError UnprocessableEntityError "
        "InvalidWebhookSignatureError OAuthError",
        "_models": "BaseModel",
        "_module_client": "_load_client _reset_client beta chat completions models responses",
        "_streaming": "Stream",
        "_version": "__title__ __version__ VERSION",
        "lib._tools": "pydantic_function_tool pydantic_responses_function_tool",
        "lib.azure": "AzureOpenAI",
        "lib.streaming": "AssistantEventHandler",
    }
    __getattr__, __dir__, __all__ = attach(
        __name__, {name: module for module, names in _names.items() for name in names.split()}
    )
    __all__ += [
        "DEFAULT_MAX_RETRIES",
        "DEFAULT_TIMEOUT",
        "NOT_GIVEN",
        "NoneType",
        "NotGiven",
        "Omit",
        "RequestOptions",
        "Timeout",
    ]
    __all__ += ["not_given", "omit"]

# The client of programs that make none.

api_key: Optional[str] = None
admin_api_key: Optional[str] = None
organization: Optional[str] = None
project: Optional[str] = None
webhook_secret: Optional[str] = None
base_url: Optional[str] = None
timeout: Any = DEFAULT_TIMEOUT
max_retries: int = DEFAULT_MAX_RETRIES
default_headers: Optional[Mapping[str, str]] = None
default_query: Optional[Mapping[str, object]] = None
http_client: Any = None
#: `openai` or `azure`; None finds out.
api_type: Optional[str] = _os.environ.get("OPENAI_API_TYPE")
api_version: Optional[str] = _os.environ.get("OPENAI_API_VERSION")
azure_endpoint: Optional[str] = _os.environ.get("AZURE_OPENAI_ENDPOINT")
azure_ad_token: Optional[str] = _os.environ.get("AZURE_OPENAI_AD_TOKEN")
azure_ad_token_provider: Optional[Callable[[], str]] = None

if "OPENAI_LOG" in _os.environ:
    from ._logs import setup_logging as _setup_logging

    _setup_logging(_os.environ["OPENAI_LOG"])
