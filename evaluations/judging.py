"""Tasks done one after the other, each on an organisation made anew, and what came of them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import anyio.to_thread
from mcp import Client, MCPError, StdioServerParameters

from evaluations.configuration import written
from evaluations.measure import Cost
from evaluations.place import Place
from evaluations.session import Refused, Session
from evaluations.task import Task

Answerer: TypeAlias = Callable[[Task], Awaitable[str]]
PLACEHOLDER = "{mcp_config}"
VARIABLE = "EVALUATION_MCP_CONFIG"


class Unanswered(Exception):  # noqa: N818 -- told in the table
    """There is no answer to judge."""


@dataclass(frozen=True)
class Result:
    """``problem`` says what was wrong; it is empty for a task that is solved."""

    task: str
    cost: Cost
    problem: str

    @property
    def passed(self) -> bool:
        return not self.problem


async def by_reference(place: Place, tasks: Iterable[Task]) -> list[Result]:
    """Solve the tasks with the calls that stand beside them, over one connection."""
    command, *arguments = place.command
    parameters = StdioServerParameters(command=command, args=arguments, env=place.environment)
    async with Client(parameters) as client:
        await client.list_tools()
        session = Session(client)
        return await judged(place, tasks, partial(_solved, session))


async def by_client(place: Place, tasks: Iterable[Task], command: str, seconds: float) -> list[Result]:
    """Give the tasks to a program, each to a new run of it: the text on stdin, the answer on stdout."""
    config = written(place)
    started = [part.replace(PLACEHOLDER, str(config)) for part in shlex.split(command)]
    return await judged(place, tasks, partial(_ask, started, config, seconds))


async def judged(place: Place, tasks: Iterable[Task], answerer: Answerer) -> list[Result]:
    results = []
    for task in tasks:
        crm = place.begin()
        try:
            answer = await answerer(task)
            problem = await anyio.to_thread.run_sync(task.problem, answer, crm)
        except Unanswered as error:
            problem = str(error)
        results.append(Result(task.name, place.cost(), problem))
    return results


async def _solved(session: Session, task: Task) -> str:
    try:
        return await task.solve(session)
    except (Refused, MCPError, LookupError, TypeError, ValueError) as error:  # the answers are not what they were
        raise Unanswered(f"{type(error).__name__}: {error}") from error


async def _ask(command: list[str], config: Path, seconds: float, task: Task) -> str:
    return await anyio.to_thread.run_sync(_run, command, config, seconds, task.ask)


def _run(command: list[str], config: Path, seconds: float, text: str) -> str:
    variables = {**os.environ, VARIABLE: str(config)}
    try:
        done = subprocess.run(
            command, input=text, stdout=subprocess.PIPE, stderr=sys.stderr, env=variables, text=True, timeout=seconds,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unanswered(f"No answer within {seconds:g} seconds.") from error
    if done.returncode:
        raise Unanswered(f"The client ended with exit code {done.returncode}.")
    return done.stdout
