"""``keys``: the keys that stored tokens are sealed under."""

from __future__ import annotations

from typing import Annotated

import typer

from zohocrm_mcp.cli._prepared import AsJson, prepared, show, store, tell

EXAMPLES = (
    "zohocrm-mcp keys rotate",
    "zohocrm-mcp keys rotate --new",
)
group = typer.Typer(no_args_is_help=True, help="The keys that stored tokens are sealed under.")


@group.callback()
def keys() -> None:
    """The keys that stored tokens are sealed under."""


@group.command()
def rotate(
    *,
    new: Annotated[bool, typer.Option("--new", help="Make a new key first (key file or desktop keyring).")] = False,
    as_json: AsJson = False,
) -> None:
    """Seal every stored sign-in under the newest key; servers may run meanwhile."""
    from dataclasses import asdict

    from zohocrm_mcp.services.authentication.rotation import rotate as rotated

    settings = prepared()
    with store(settings) as database:
        done = rotated(settings, database, new=new)
    text = (
        f"{len(done.resealed)} sign-ins sealed under key {done.newest} from {done.source}; {len(done.unchanged)} were."
    )
    show(asdict(done), text, as_json=as_json)
    if done.spare:
        tell(f"Keys that seal nothing here any more: {', '.join(done.spare)}.")
