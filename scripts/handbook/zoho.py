"""What is known about Zoho CRM, and what is guessed."""

from __future__ import annotations

from handbook.markdown import page as whole
from handbook.markdown import table
from zohocrm_mcp.datacentres import DATA_CENTRES
from zohocrm_mcp.simulator.routes import load_endpoints
from zohocrm_mcp.simulator.sources import behaviours

ABOUT = """\
Tests and demo run on a simulator of Zoho CRM v8. Each of its behaviours says where it comes from: seen live, documented
by Zoho, or guessed where no public source settles it. What is guessed may be different in your organisation. Whoever
has a sandbox can ask it: `uv run pytest tests/live` runs the same tests against the real service.

It runs no workflow, blueprint, approval or assignment rule and knows no territories and no sharing rules: what your
organisation adds to a write is not in it. Lead conversion, composite requests, notifications and the list interface's
`filters` are not there either."""
CENTRES = "The hosts of each data centre, and who names them."


def page() -> str:
    load_endpoints()
    guesses = [(f"`{one.subject}`", one.text) for one in behaviours("guessed")]
    known = [(f"`{one.subject}`", one.text) for one in behaviours("known")]
    centres = [
        (f"`{one.region}`", one.name, f"`{one.api_url('production')}`", f"`{one.token_url}`", one.source)
        for one in DATA_CENTRES.values()
    ]
    return whole(
        "What is known and what is guessed about Zoho",
        ABOUT,
        "## Data centres",
        CENTRES,
        table(["region", "where", "API", "tokens", "source"], centres),
        "## Guessed",
        f"{len(guesses)} behaviours; `zohocrm-mcp simulator --guesses` lists them too.",
        table(["part of the simulator", "what is assumed"], guesses),
        "## Known",
        f"{len(known)} behaviours.",
        table(["part of the simulator", "source"], known),
    )
