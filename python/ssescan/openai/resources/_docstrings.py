"""Docstrings of methods, with all of their arguments. They are made when `help` asks for them."""

from __future__ import annotations

import re
from inspect import Signature, cleandoc

from ._words import words_for

__all__ = ["with_arguments"]


def with_arguments(text: str | None, arguments: type | None, signature: Signature) -> str | None:
    """Return a docstring with the arguments that it does not describe itself, in the order of the signature.

    Args:
        text: The docstring as it is written. A line `**arguments: ...` is replaced by the arguments.
        arguments: The `TypedDict` of the method.
        signature: The signature of the method.
    """
    if not text:
        return text
    text = cleandoc(text)
    described = set(re.findall(r"^    (\w+): ", text, re.MULTILINE))
    names = [name for name in signature.parameters if name not in described and name != "self"]
    words = {name: words_for(arguments, name) for name in names}
    lines = "\n".join(f"    {name}: {sentence}" for name, sentence in words.items() if sentence)
    if "    **arguments: " in text:
        return re.sub(r"^    \*\*arguments: .*$", lambda _: lines, text, flags=re.MULTILINE)
    return f"{text}\n\nArgs:\n{lines}" if lines and "Args:\n" not in text else text
