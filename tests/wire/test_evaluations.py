"""The evaluations: every task can be solved over the wire, at a known price, and no check is content with anything.

``UPDATE_EVALS=1 pytest tests/wire/test_evaluations.py`` writes the prices anew.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

import evaluations
from evaluations.crm import Crm
from evaluations.judging import Result, by_reference
from evaluations.place import TOOLSETS, place
from evaluations.report import as_data, as_table
from evaluations.tasks import every_task
from support.child import environment
from support.postgres import TestCluster
from zohocrm_mcp.app import catalog
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.xdist_group("evaluations")  # one worker solves them all
COSTS = Path(evaluations.__file__).with_name("costs.json")
UPDATE = bool(os.environ.get("UPDATE_EVALS"))
FEWEST = 30
TASKS = {task.name: task for task in every_task()}


@pytest.fixture(scope="module")
def address(postgres_cluster: TestCluster) -> Iterator[str]:
    """A database for all tasks together."""
    url = postgres_cluster.create()
    yield url
    postgres_cluster.drop(url)


@pytest.fixture(scope="module")
def done(address: str) -> tuple[dict[str, Result], dict[str, Any], set[str]]:
    """What came of the reference solutions, the same as data, and which tools they have used."""
    with place(address) as where:
        results = anyio.run(by_reference, where, TASKS.values())
        used = set(re.findall(r'"method":"tools/call","params":\{.*?"name":"(\w+)"', where.log.read_text()))
        return {result.task: result for result in results}, as_data(results, where.tool_list()), used


@pytest.mark.parametrize("name", TASKS)
def test_a_task_can_be_solved(done: Any, name: str) -> None:
    assert done[0][name].problem == ""


def prices(data: dict[str, Any]) -> dict[str, Any]:
    """Calls and characters by task; without those that no two runs have in common."""
    tasks = {}
    for name, row in data["tasks"].items():
        kept = ("calls", "sent", "received") if TASKS[name].steady else ("calls", "sent")
        tasks[name] = {what: row[what] for what in kept}
    return {"tool_list": data["tool_list"], "tasks": tasks}


def test_the_tasks_cost_what_is_written_down(done: Any) -> None:
    found = prices(done[1])
    if UPDATE:
        lines = [f"    {json.dumps(name)}: {json.dumps(row)}" for name, row in found["tasks"].items()]
        text = f'{{\n  "tool_list": {found["tool_list"]},\n  "tasks": {{\n' + ",\n".join(lines) + "\n  }\n}\n"
        COSTS.write_text(text, encoding="utf-8")
    assert found == json.loads(COSTS.read_text(encoding="utf-8"))


def test_there_are_tasks_for_every_tool(done: Any) -> None:
    assert len(TASKS) >= FEWEST
    served = {spec.name for spec in catalog().choose(TOOLSETS.split(","))}
    assert done[2] == served


def test_the_table_has_a_line_for_each_task_and_says_what_failed(done: Any) -> None:
    results = [*done[0].values()]
    table = as_table([*results, Result("hard_one", results[0].cost, "It is not so.")], 7)
    assert f"{len(results)} of {len(results) + 1} pass" in table
    assert re.search(r"^hard_one .* FAIL It is not so\.$", table, re.MULTILINE)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_not_solved_by_saying_and_doing_nothing(name: str) -> None:
    assert TASKS[name].problem("", Crm(Simulator(seed=1).state)) != ""


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_put_as_a_person_would(name: str) -> None:
    ask = TASKS[name].ask
    assert ask[-1] in ".?)"
    assert not {spec.name for spec in catalog().specs} & set(re.findall(r"\w+", ask))


def evaluate(database_url: str, client: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a client of somebody's own."""
    command = [
        sys.executable,
        "-m",
        "evaluations",
        "--json",
        "--database-url",
        database_url,
        "--client",
        client,
        *options,
    ]
    root = str(COSTS.parents[1])
    variables = environment(Path("unused"), PYTHONPATH=os.pathsep.join([root, *filter(None, [OWN_PATH])]))
    return subprocess.run(command, cwd=root, env=variables, capture_output=True, text=True, check=False, timeout=120)


OWN_PATH = os.environ.get("PYTHONPATH", "")
SCRIPTED = Path(__file__).parents[1] / "support" / "evaluated_client.py"


def test_a_client_of_ones_own_is_given_the_task_and_the_server_and_is_judged(database_url: str) -> None:
    done = evaluate(database_url, f"{sys.executable} {SCRIPTED} {{mcp_config}}", "--only", "how_many")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)["tasks"]["how_many"]
    assert (row["passed"], row["calls"]) == (True, 1)


def test_a_client_that_answers_wrongly_or_not_at_all_fails(database_url: str) -> None:
    wrong = evaluate(database_url, f'{sys.executable} -c "print(3)"', "--only", "how_many")
    assert wrong.returncode == 1
    assert json.loads(wrong.stdout)["tasks"]["how_many"]["problem"] == "The answer does not say 250."
    ended = evaluate(database_url, f'{sys.executable} -c "raise SystemExit(4)"', "--only", "how_many")
    assert "exit code 4" in json.loads(ended.stdout)["tasks"]["how_many"]["problem"]


def test_a_task_that_there_is_not_is_named() -> None:
    done = evaluate("", "true", "--only", "how_manny")
    assert (done.returncode, "how_manny" in done.stderr) == (2, True)
