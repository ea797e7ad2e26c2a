"""The `openai` package's synchronous streaming client over ssescan: change the import, keep the program.

    from ssescan.openai import OpenAI

Names and module paths are those of the `openai` package, for what streams touch.
"""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

if TYPE_CHECKING:
    from ssescan.errors import APIConnectionError as APIConnectionError
    from ssescan.errors import APIError as APIError
    from ssescan.errors import APIResponseValidationError as APIResponseValidationError
    from ssescan.errors import APIStatusError as APIStatusError
    from ssescan.errors import APITimeoutError as APITimeoutError
    from ssescan.errors import AuthenticationError as AuthenticationError
    from ssescan.errors import BadRequestError as BadRequestError
    from ssescan.errors import ConflictError as ConflictError
    from ssescan.errors import InternalServerError as InternalServerError
    from ssescan.errors import NotFoundError as NotFoundError
    from ssescan.errors import OpenAIError as OpenAIError
    from ssescan.errors import PermissionDeniedError as PermissionDeniedError
    from ssescan.errors import RateLimitError as RateLimitError
    from ssescan.errors import UnprocessableEntityError as UnprocessableEntityError

    from ._client import Client as Client
    from ._client import OpenAI as OpenAI
    from ._models import BaseModel as BaseModel
    from ._streaming import Stream as Stream
    from ._types import NOT_GIVEN as NOT_GIVEN
    from ._types import NotGiven as NotGiven
    from ._types import Omit as Omit
    from ._types import not_given as not_given
    from ._types import omit as omit
else:
    _errors = dict.fromkeys(
        [
            "APIConnectionError",
            "APIError",
            "APIResponseValidationError",
            "APIStatusError",
            "APITimeoutError",
            "AuthenticationError",
            "BadRequestError",
            "ConflictError",
            "InternalServerError",
            "NotFoundError",
            "OpenAIError",
            "PermissionDeniedError",
            "RateLimitError",
            "UnprocessableEntityError",
        ],
        "_exceptions",
    )
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            **_errors,
            "BaseModel": "_models",
            "Client": "_client",
            "NOT_GIVEN": "_types",
            "NotGiven": "_types",
            "Omit": "_types",
            "OpenAI": "_client",
            "Stream": "_streaming",
            "not_given": "_types",
            "omit": "_types",
        },
    )
