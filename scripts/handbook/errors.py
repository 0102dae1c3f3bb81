"""The errors: who can act, what a model reads, and which answers of Zoho become which."""

from __future__ import annotations

import inspect

from handbook.markdown import fenced, table
from handbook.markdown import page as whole
from zohocrm_mcp import errors
from zohocrm_mcp.zoho.faults import BY_CODE, BY_STATUS

ABOUT = """\
Each error is two sentences: what happened, and what to do about it. A tool answers it as
`{"error": {"kind", "message", "hint", "call_id", "code"?, "field"?, "retry_after_seconds"?}}`; the log and the audit
log tell more under the call id. Python raises it, with `details` beside it. Nothing secret and no stack trace is ever
in it. The tree, with who can act:"""
CODES = """\
Other codes follow the HTTP status of the answer. `429`, `TOO_MANY_REQUESTS` and `RATE_LIMIT_EXCEEDED` are
`rate_limited`; `5xx` and no answer at all are `unavailable` for a call that reads and `unknown_outcome` for one that
may have written."""


def _first(error: type[errors.ZohoError]) -> str:
    return inspect.cleandoc(error.__doc__ or "").split("\n\n")[0].replace("``", "`")


def page() -> str:
    tree = inspect.cleandoc(errors.__doc__ or "").split("\n\n")[1]
    rows = [
        (f"`{one.kind}`", f"`{one.__name__}`", _first(one), one.default_hint)
        for one in vars(errors).values()
        if inspect.isclass(one) and issubclass(one, errors.ZohoError)
    ]
    codes = [(f"`{code}`", f"`{kind.kind}`") for code, kind in BY_CODE.items()]
    codes += [(f"HTTP {status}", f"`{kind.kind}`") for status, kind in BY_STATUS.items()]
    return whole(
        "Errors",
        ABOUT,
        fenced(inspect.cleandoc(tree), "text"),
        "## Kinds",
        table(["kind", "Python", "what happened", "what to do, unless the error says better"], rows),
        "## Codes of Zoho",
        table(["Zoho says", "kind"], codes),
        CODES,
    )
