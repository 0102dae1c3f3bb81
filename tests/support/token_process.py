"""A process that wants tokens: `python -m support.token_process THREADS`."""

from __future__ import annotations

import json
import sys

from support.tokens import HOUR, Clock, at_once, keeper_of
from zohocrm_mcp.config import load_settings
from zohocrm_mcp.connections.keeper import Held
from zohocrm_mcp.observe.logging import configure_logging


def main(threads: int) -> None:
    configure_logging()
    clock = Clock()
    with keeper_of(load_settings(), clock=clock) as keeper:
        keeper.current("default")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        assert sys.stdin.readline() == "go\n"
        clock.now += HOUR
        got = at_once(threads, lambda: keeper.current("default"))
        json.dump([one.generation for one in got if isinstance(one, Held)], sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
