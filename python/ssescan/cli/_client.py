"""The key, the base URL and the timeout of a client, which `ssescan chat` and `ssescan batch` share."""

from __future__ import annotations

import argparse
import os
import re
from typing import Any

from ._output import Misuse
from ._sources import scheme_hint

__all__ = ["base_url", "client_options"]


def base_url(text: str) -> str:
    """Parse the base URL of an API. An empty one would ask OpenAI instead of the server that was meant."""
    if not re.match(r"(?i)https?://[^/?#]", text):
        hint = scheme_hint(text)
        raise argparse.ArgumentTypeError(
            f"expected a URL such as http://127.0.0.1:8080/v1, got {text!r}. {hint}".strip()
        )
    return text


def client_options(args: argparse.Namespace, key_variable: str, url_variable: str) -> dict[str, Any]:
    """Return the options of a client.

    Args:
        args: The arguments, with `base_url` and `timeout`.
        key_variable: The environment variable that has the key.
        url_variable: The environment variable that has the base URL.

    Raises:
        Misuse: There is no key, and the server is not the user's own.
    """
    key = os.environ.get(key_variable, "").strip()  # a key from a file ends with a line break
    if not (key or args.base_url or os.environ.get(url_variable)):
        raise Misuse(f"Missing API key: {key_variable} is not set. Set it, or name a server with --base-url.")
    options = {"api_key": key or "none", "base_url": args.base_url}  # a user's own server seldom needs a key
    return options if args.timeout is None else {**options, "timeout": args.timeout}
