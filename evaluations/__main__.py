"""The command line of the evaluations."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

import anyio

from evaluations.judging import PLACEHOLDER, VARIABLE, by_client, by_reference
from evaluations.place import place
from evaluations.report import as_data, as_table
from evaluations.tasks import every_task

CLIENT = (
    f"a command that reads a task from stdin and writes the answer to stdout; {PLACEHOLDER} in it, and the variable "
    f"{VARIABLE}, is the path of an mcp.json with the server to use"
)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m evaluations", description=__doc__)
    made.add_argument("--list", action="store_true", help="print the tasks as they are asked, and end")
    made.add_argument("--only", nargs="+", metavar="TASK", help="do these tasks only")
    made.add_argument("--client", metavar="COMMAND", help=CLIENT)
    made.add_argument("--seconds", type=float, default=300, help="how long the client may take for a task")
    made.add_argument("--database-url", default="", help="a PostgreSQL database to use instead of an embedded one")
    made.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the tasks, print what came of them, and return 0 when all are solved, else 1; 2 for a task there is not."""
    options = parser().parse_args(arguments)
    tasks = every_task()
    if options.only:
        unknown = set(options.only) - {task.name for task in tasks}
        if unknown:
            sys.stderr.write(f"There is no task {', '.join(sorted(unknown))}; --list shows what there is.\n")
            return 2
        tasks = [task for task in tasks if task.name in options.only]
    if options.list:
        sys.stdout.write("".join(f"{task.name}: {task.ask}\n" for task in tasks))
        return 0
    with place(options.database_url) as where:
        if options.client:
            results = anyio.run(by_client, where, tasks, options.client, options.seconds)
        else:
            results = anyio.run(by_reference, where, tasks)
        size = where.tool_list()
    told = json.dumps(as_data(results, size), indent=2) if options.json else as_table(results, size)
    sys.stdout.write(f"{told}\n")
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
