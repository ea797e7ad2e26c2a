"""One test for many small cases: a parameter for each costs more than most checks do."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from functools import wraps
from itertools import groupby
from typing import Any

import pytest

from fixtures import Case

__all__ = ["for_each", "for_each_case"]

#: More fixtures than this are checked by several tests, so that workers share them.
MAX_CASES = 40


def for_each(cases: Iterable[str], parts: int = 1) -> Callable[[Callable[..., Any]], Callable[[str], None]]:
    """Decorate a check of one case, by name. A test checks the cases whose names begin with the same parts.

    Args:
        cases: The names of the cases, with dots between their parts.
        parts: How many parts the cases of one test have in common.
    """
    groups: dict[str, list[str]] = {}
    for case in cases:
        groups.setdefault(".".join(case.split(".")[:-1][:parts]), []).append(case)

    def decorate(check: Callable[..., Any]) -> Callable[[str], None]:
        def test(group: str, *args: Any) -> None:
            failed: list[Exception] = []
            for case in groups[group]:
                try:
                    check(*args, case)
                except Exception as error:
                    error.add_note(f"case: {case}")
                    failed.append(error)
            if failed:
                raise failed[0] if len(failed) == 1 else ExceptionGroup(f"{len(failed)} cases failed", failed)

        in_class = "." in check.__qualname__
        test_function: Any = (lambda self, group: test(group, self)) if in_class else (lambda group: test(group))
        test_function.__name__, test_function.__doc__ = check.__name__, check.__doc__
        test_function.__module__, test_function.__qualname__ = check.__module__, check.__qualname__
        return pytest.mark.parametrize("group", groups)(test_function)

    return decorate


def for_each_case(cases: Iterable[Case]) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Decorate a check of one fixture, the argument `case`. A test checks fixtures whose names begin alike."""
    groups = {}
    for kind, alike in groupby(cases, lambda case: re.match("[a-z]+", case.name)[0]):
        members = list(alike)
        for first in range(0, len(members), MAX_CASES):
            groups[f"{kind} {members[first].name}"] = members[first : first + MAX_CASES]

    def decorate(check: Callable[..., Any]) -> Callable[..., None]:
        @wraps(check)
        def test(*args: Any, cases: list[Case], **more: Any) -> None:
            failed: list[Exception] = []
            for case in cases:
                try:
                    check(*args, case=case, **more)
                except Exception as error:
                    error.add_note(f"fixture: {case.name}")
                    failed.append(error)
            if failed:
                raise failed[0] if len(failed) == 1 else ExceptionGroup(f"{len(failed)} fixtures failed", failed)

        shown = inspect.signature(check)
        arguments = [one.replace(name="cases") if one.name == "case" else one for one in shown.parameters.values()]
        test.__signature__ = shown.replace(parameters=arguments)  # type: ignore[attr-defined]
        del test.__wrapped__  # pytest would ask it for its arguments
        return pytest.mark.parametrize("cases", groups.values(), ids=groups)(test)

    return decorate
