"""The tasks, by subject: a file that holds ``task = Tasks()`` is found by looking."""

from __future__ import annotations

import importlib
import pkgutil

from evaluations.task import Task


def every_task() -> list[Task]:
    """Return all tasks, those of a file together.

    Raises:
        ValueError: two have the same name.
    """
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    tasks = [one for module in modules for one in module.task.all()]
    if len({one.name for one in tasks}) != len(tasks):
        raise ValueError("Two tasks have the same name.")
    return tasks
