"""What processes cost, read from outside, and medians of runs that take turns. Linux only: it reads ``/proc``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
Measured = Callable[[], "Cost"]


@dataclass(frozen=True)
class Scale:
    """How much of everything is run: ``rounds`` that count after one that does not, and a ``share`` of the work."""

    rounds: int
    share: float

    def of(self, number: int, least: int = 1) -> int:
        return max(int(number * self.share), least)


FULL = Scale(5, 1.0)
QUICK = Scale(2, 0.2)


@dataclass(frozen=True)
class Cost:
    """``seconds`` by the clock and ``cpu`` seconds of the processes counted; both of one unit of the work."""

    seconds: float
    cpu: float


def family(*roots: int) -> list[int]:
    """Return the processes given that live, and everything they have started that lives."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdecimal() and (parent := _stat(int(folder.name))):
            children.setdefault(int(parent[1]), []).append(int(folder.name))
    found = list(dict.fromkeys(roots))
    for one in found:
        found += [child for child in children.get(one, []) if child not in found]
    return found


def cpu_seconds(processes: Iterable[int]) -> float:
    """Return what the processes have used so far, and what their ended children have."""
    return sum(_own_cpu(one) + _ended_cpu(one) for one in processes)


def pss_mb(*roots: int) -> float:
    """Return the memory of processes and their children; what they share with others counts by its share."""
    return sum(_pss_kb(one) for one in family(*roots)) / 1024


def peak_mb(process: int) -> float:
    """Return the most memory that a process has held so far (VmHWM of proc(5))."""
    lines = (_PROC / str(process) / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def cost_of(work: Callable[[], float | None], roots: Iterable[int], units: int = 1) -> Cost:
    """Do the work and return what a unit of it has cost the processes and those they have started.

    ``work`` may return CPU seconds that come on top: those of a process that has ended.
    """
    roots = list(roots)
    before, began = cpu_seconds(family(*roots)), time.perf_counter()
    apart = work()
    seconds = time.perf_counter() - began
    return Cost(seconds / units, (cpu_seconds(family(*roots)) - before + (apart or 0.0)) / units)


def interleaved(rounds: int, sides: Mapping[str, Measured]) -> dict[str, Cost]:
    """Let the sides take turns, a first time for nothing, and return each one's medians."""
    for side in sides.values():
        side()
    taken: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            taken[name].append(side())
    return {
        name: Cost(median(one.seconds for one in costs), median(one.cpu for one in costs))
        for name, costs in taken.items()
    }


def _own_cpu(process: int) -> float:
    try:
        return time.clock_gettime((~process << 3) | 2)  # the CPU clock of another process, see clock_getcpuclockid(3)
    except OSError:
        return 0.0


def _ended_cpu(process: int) -> float:
    fields = _stat(process)
    return (int(fields[13]) + int(fields[14])) / _TICKS if fields else 0.0


def _pss_kb(process: int) -> int:
    lines = (_PROC / str(process) / "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _stat(process: int) -> list[str]:
    """Return what stands behind the name in ``/proc/PID/stat`` (proc(5)), nothing when the process has ended."""
    try:
        return (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
