"""``zohocrm-mcp simulator``: a Zoho CRM v8 on this machine."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zohocrm_mcp.cli._prepared import show

if TYPE_CHECKING:
    from zohocrm_mcp.simulator import Simulator

EXAMPLES = (
    "zohocrm-mcp simulator --port 8089 --accounts 1000",
    'zohocrm-mcp simulator --fault "reset_after PUT /crm/v8/{module} count=3"',
    "zohocrm-mcp simulator --set index_lag_seconds=30",
    "zohocrm-mcp simulator --guesses",
)
FAULT_HELP = "A fault, such as 'reset_after PUT /crm/v8/{module} count=3 probability=0.1'. May be given several times."
SWITCH_HELP = "A switch, such as strict_picklists=true or index_lag_seconds=30. May be given several times."


def simulator(  # noqa: PLR0913 -- one argument an option
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")] = 0,
    accounts: Annotated[int, typer.Option(min=0, help="How many accounts to begin with.")] = 250,
    seed: Annotated[int, typer.Option(help="The same seed makes the same data.")] = 1,
    latency_ms: Annotated[float, typer.Option(min=0, help="Added to every call.")] = 0,
    profile: Annotated[str, typer.Option(help="free, standard, professional, enterprise or ultimate.")] = "enterprise",
    fault: Annotated[list[str] | None, typer.Option(help=FAULT_HELP)] = None,
    switch: Annotated[list[str] | None, typer.Option("--set", help=SWITCH_HELP)] = None,
    state: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="An exported state to load.")] = None,
    guesses: Annotated[bool, typer.Option("--guesses", help="List what the simulator guesses, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="List the guesses as JSON.")] = False,
) -> None:
    """Run the Zoho CRM simulator; prints one JSON line with its addresses and credentials when it is ready."""
    from zohocrm_mcp.simulator import Simulator

    if guesses:
        list_guesses(as_json=as_json)
        return
    with ExitStack() as stack:
        try:
            running = Simulator(
                host=host, port=port, accounts=accounts, seed=seed, latency_ms=latency_ms, profile=profile
            )
            prepare(running, fault or [], switch or [], state)
            stack.enter_context(running)
        except (ValueError, TypeError, KeyError, OSError) as error:
            raise typer.BadParameter(str(error)) from error
        ended = end_of_process()
        typer.echo(json.dumps(running.ready_line()))
        ended.wait()


def prepare(running: Simulator, faults: list[str], switches: list[str], state: Path | None) -> None:
    """Load a state, turn switches, script faults."""
    from zohocrm_mcp.simulator.faults import parse, value_of

    if state:
        running.import_state(json.loads(state.read_text()))
    for text in switches:
        name, _, value = text.partition("=")
        running.switch(**{name: value_of(value)})
    for text in faults:
        running.faults.add(**parse(text))


def end_of_process() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended


def list_guesses(*, as_json: bool = False) -> None:
    """Print each guessed behaviour: where it is, and what was assumed."""
    from zohocrm_mcp.simulator.routes import load_endpoints
    from zohocrm_mcp.simulator.sources import behaviours

    load_endpoints()
    found = [{"subject": one.subject, "guess": one.text} for one in behaviours("guessed")]
    show(found, "\n".join(f"{one['subject']}: {one['guess']}" for one in found), as_json=as_json)


if __name__ == "__main__":
    typer.run(simulator)
