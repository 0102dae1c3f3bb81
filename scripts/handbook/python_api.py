"""The calls for scripts: signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from typing import Any

import zohocrm_mcp
from handbook.markdown import fenced, table
from handbook.markdown import page as whole
from zohocrm_mcp.errors import ZohoError

ABOUT = """\
The services of the server for scripts and agent frameworks, signed in the same way and by the same
[settings](settings.md). Nothing else of the package is promised to stay as it is."""
EXAMPLE = """\
from zohocrm_mcp import ZohoAPIError, ZohoSDKClient

with ZohoSDKClient() as crm:
    for account in crm.iter_accounts(criteria="Account_Status:equals:Active", fields=["Account_Name", "Owner"]):
        print(account["Account_Name"])
    try:
        crm.update_account("5437896100000000749", {"Health_Score": 85})
    except ZohoAPIError as error:
        print(error, error.hint, error.details)
"""


def page() -> str:
    client = zohocrm_mcp.ZohoSDKClient
    methods = [one for name, one in vars(client).items() if inspect.isfunction(one) and not name.startswith("_")]
    functions = [zohocrm_mcp.create_zoho_client, zohocrm_mcp.check_zoho_sdk_health]
    return whole(
        "Python",
        ABOUT,
        fenced(EXAMPLE, "python"),
        _described("##", client, "ZohoSDKClient"),
        *(_described("###", one, one.__name__) for one in methods),
        "## Functions",
        *(_described("###", one, one.__name__) for one in functions),
        "## Errors",
        table(["error", "raised when"], _errors()),
    )


def _errors() -> list[tuple[str, str]]:
    found = [getattr(zohocrm_mcp, name) for name in zohocrm_mcp.__all__]
    return [
        (f"`{one.__name__}`", (one.__doc__ or "").splitlines()[0])
        for one in found
        if inspect.isclass(one) and issubclass(one, ZohoError)
    ]


def _described(level: str, what: Any, name: str) -> str:
    signature = str(inspect.signature(what)).replace("self, ", "").replace("(self)", "()").replace("'", "")
    return "\n\n".join([f"{level} `{name}`", fenced(f"{name}{_short(signature)}", "python"), _text(what)])


def _short(signature: str) -> str:
    """Return a signature without the folders of the types in it."""
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", signature.replace(" -> None", ""))


def _text(what: Any) -> str:
    """Return a docstring as Markdown: its sections as bold words, what they list as lists."""
    lines = []
    for line in (inspect.getdoc(what) or "").splitlines():
        if re.fullmatch(r"[A-Z][a-z]+:", line):
            lines += [f"**{line[:-1]}**", ""]
        elif found := re.match(r"    (\w+): (.*)", line):
            lines.append(f"- `{found[1]}`: {found[2]}")
        else:
            lines.append(line.replace("``", "`").strip())
    return "\n".join(lines)
