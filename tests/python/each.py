"""One test for many small cases: a parameter for each costs more than most checks do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

__all__ = ["for_each"]


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
