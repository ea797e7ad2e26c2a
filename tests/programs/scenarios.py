"""Run the scenarios of a program one by one, and print the result of each on a line."""

from __future__ import annotations

import json
import logging
import os
import warnings
from collections.abc import Callable
from typing import Any

__all__ = ["MARK", "MODEL", "PROMPT", "SCENARIOS", "run"]

MODEL, PROMPT = "gpt-4o-mini", "Say hello."
#: The start of a line with a result; programs print other text too, also without a newline.
MARK = "scenario: "
#: The scenarios that every program has. Programs may have more, which are functions of their own.
SCENARIOS = ("text", "whole", "tools", "structured", "retry", "refused", "stream_error", "cut", "early_end")
#: Exceptions that programs catch. What another class derives from is what is compared.
PUBLIC = {
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "InternalServerError",
    "RateLimitError",
}


def run(**functions: Callable[[str], Any]) -> None:
    """Run scenarios and print the result of each.

    Args:
        functions: The scenarios by name. Each takes the URL for its client. `text` also runs the scenarios that are
            missing: they differ in what the server does.
    """
    warnings.simplefilter("ignore")
    logging.disable()
    for name in (*SCENARIOS, *(name for name in functions if name not in SCENARIOS)):
        function = functions.get(name, functions["text"])
        try:
            seen = {"result": plain(function(f"{os.environ['PROGRAMS_URL']}/{name}/v1"))}
        except Exception as error:
            seen = {"error": shown(error)}
        print(f"\n{MARK}{name} {json.dumps(seen, sort_keys=True)}", flush=True)


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else type(value).__name__


def shown(error: BaseException) -> Any:
    """Return an exception and its causes, by the classes that programs catch."""
    chain: list[Any] = []
    seen: BaseException | None = error
    while seen is not None:
        public = [cls.__name__ for cls in type(seen).__mro__ if cls.__name__ in PUBLIC]
        facts = {key: getattr(seen, key, None) for key in ("status_code", "code")}
        named = {"class": public[0] if public else type(seen).__name__}
        chain.append({**named, **{key: plain(value) for key, value in facts.items() if value is not None}})
        if public:  # below it are the exceptions of the transport
            return chain
        seen = seen.__cause__ or seen.__context__
    return chain
