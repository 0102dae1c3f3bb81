"""A task: what is asked, the calls that solve it, and what must be so afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from evaluations.answers import Wrong
from evaluations.crm import Crm
from evaluations.session import Session

Solve: TypeAlias = Callable[[Session], Awaitable[str]]
Check: TypeAlias = Callable[[str, Crm], None]
"""Takes the final answer and the organisation as it is then; raises ``Wrong`` with what is not as it should be."""


@dataclass(frozen=True)
class Task:
    name: str
    ask: str
    solve: Solve
    check: Check
    steady: bool = True
    """Whether the server's answers have the same number of characters every time."""

    def problem(self, answer: str, crm: Crm) -> str:
        """Return what is wrong with an answer and its effects, nothing when all is well."""
        try:
            self.check(answer, crm)
        except Wrong as wrong:
            return str(wrong)
        return ""


class Tasks:
    """The tasks of one subject, in the order in which they are written down."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}

    def __call__(self, ask: str, *, steady: bool = True) -> Callable[[Solve], Solve]:
        """Make a task of a function that solves it; the function's name is the task's."""

        def add(solve: Solve) -> Solve:
            name = solve.__name__
            self._tasks[name] = Task(name, ask, solve, _unchecked, steady)
            return solve

        return add

    def checked(self, solve: Solve) -> Callable[[Check], Check]:
        """Say how the task that ``solve`` solves is checked."""

        def add(check: Check) -> Check:
            name = solve.__name__
            self._tasks[name] = replace(self._tasks[name], check=check)
            return check

        return add

    def all(self) -> list[Task]:
        return list(self._tasks.values())


def _unchecked(_answer: str, _crm: Crm) -> None:
    raise Wrong("This task has no check.")
