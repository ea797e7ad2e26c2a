"""The synchronous client of the `openai` package, on ssescan. Change the import and keep the program.

    from ssescan.openai import OpenAI

Names and module paths are those of the `openai` package, as far as streaming programs use them. For programs that do not make
a client, the package has one: its variables (`api_key`, `base_url`, ...) apply to `chat`, `responses`, `beta` and the other
groups of endpoints.
"""

import os as _os
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

from ssescan._lazy import attach

from ._constants import DEFAULT_CONNECTION_LIMITS as DEFAULT_CONNECTION_LIMITS
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

    from ._async import AsyncAPIResponse as AsyncAPIResponse
    from ._async import AsyncAssistantEventHandler as AsyncAssistantEventHandler
    from ._async import AsyncAzureOpenAI as AsyncAzureOpenAI
    from ._async import AsyncBedrockOpenAI as AsyncBedrockOpenAI
    from ._async import AsyncClient as AsyncClient
    from ._async import AsyncComputerDriver as AsyncComputerDriver
    from ._async import AsyncComputerToolset as AsyncComputerToolset
    from ._async import AsyncOpenAI as AsyncOpenAI
    from ._async import AsyncStream as AsyncStream
    from ._async import DefaultAioHttpClient as DefaultAioHttpClient
    from ._async import DefaultAsyncHttpx2Client as DefaultAsyncHttpx2Client
    from ._async import DefaultAsyncHttpxClient as DefaultAsyncHttpxClient
    from ._binary import HttpxBinaryResponseContent as HttpxBinaryResponseContent
    from ._client import Client as Client
    from ._client import OpenAI as OpenAI
    from ._exceptions import InvalidWebhookSignatureError as InvalidWebhookSignatureError
    from ._exceptions import OAuthError as OAuthError
    from ._http_client import DefaultHttpx2Client as DefaultHttpx2Client
    from ._http_client import DefaultHttpxClient as DefaultHttpxClient
    from ._install import install as install
    from ._install import uninstall as uninstall
    from ._models import BaseModel as BaseModel
    from ._module_client import audio as audio
    from ._module_client import batches as batches
    from ._module_client import beta as beta
    from ._module_client import chat as chat
    from ._module_client import completions as completions
    from ._module_client import conversations as conversations
    from ._module_client import embeddings as embeddings
    from ._module_client import files as files
    from ._module_client import images as images
    from ._module_client import models as models
    from ._module_client import moderations as moderations
    from ._module_client import responses as responses
    from ._module_client import uploads as uploads
    from ._module_client import vector_stores as vector_stores
    from ._response import APIResponse as APIResponse
    from ._streaming import Stream as Stream
    from ._unsupported import BedrockOpenAI as BedrockOpenAI
    from ._unsupported import ComputerDriver as ComputerDriver
    from ._unsupported import ComputerToolset as ComputerToolset
    from ._unsupported import ProxiesTypes as ProxiesTypes
    from ._unsupported import ReconnectingEvent as ReconnectingEvent
    from ._unsupported import ReconnectingOverrides as ReconnectingOverrides
    from ._unsupported import Transport as Transport
    from ._unsupported import WebSocketConnectionClosedError as WebSocketConnectionClosedError
    from ._unsupported import WebSocketQueueFullError as WebSocketQueueFullError
    from ._unsupported import file_from_path as file_from_path
    from ._version import VERSION as VERSION
    from ._version import __title__ as __title__
    from ._version import __version__ as __version__
    from .lib._tools import pydantic_function_tool as pydantic_function_tool
    from .lib._tools import pydantic_responses_function_tool as pydantic_responses_function_tool
    from .lib.azure import AzureOpenAI as AzureOpenAI
    from .lib.streaming import AssistantEventHandler as AssistantEventHandler
else:
    _names = {
        "_binary": "HttpxBinaryResponseContent",
        "_client": "Client OpenAI",
        "_exceptions": "APIConnectionError APIError APIResponseValidationError APIStatusError APITimeoutError "
        "AuthenticationError BadRequestError ConflictError ContentFilterFinishReasonError InternalServerError "
        "LengthFinishReasonError NotFoundError OpenAIError "
        "PermissionDeniedError RateLimitError UnprocessableEntityError "
        "InvalidWebhookSignatureError OAuthError",
        "_models": "BaseModel",
        "_module_client": "_load_client _reset_client "
        "audio batches beta chat completions conversations embeddings files images models moderations responses uploads vector_stores",
        "_response": "APIResponse",
        "_streaming": "Stream",
        "_install": "install uninstall",
        "_http_client": "DefaultHttpx2Client DefaultHttpxClient",
        "_unsupported": "BedrockOpenAI ComputerDriver ComputerToolset ProxiesTypes ReconnectingEvent ReconnectingOverrides Transport WebSocketConnectionClosedError WebSocketQueueFullError file_from_path",
        "_version": "__title__ __version__ VERSION",
        "lib._tools": "pydantic_function_tool pydantic_responses_function_tool",
        "lib.azure": "AzureOpenAI",
        "lib.streaming": "AssistantEventHandler",
    }
    from ._left_out import find_name as _find_name

    __getattr__, __dir__, __all__ = attach(
        __name__, {name: module for module, names in _names.items() for name in names.split()}, _find_name
    )
    __all__ += [
        "DEFAULT_CONNECTION_LIMITS",
        "DEFAULT_MAX_RETRIES",
        "DEFAULT_TIMEOUT",
        "DataResidency",
        "NOT_GIVEN",
        "NoneType",
        "NotGiven",
        "Omit",
        "RequestOptions",
        "Timeout",
    ]
    __all__ += ["not_given", "omit", "types"]
    __all__ += [
        "AsyncBedrockOpenAI",
        "AsyncClient",
        "AsyncComputerDriver",
        "AsyncComputerToolset",
        "AsyncOpenAI",
        "AsyncStream",
        "DefaultAioHttpClient",
        "DefaultAsyncHttpx2Client",
        "DefaultAsyncHttpxClient",
    ]

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
