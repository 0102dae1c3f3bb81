"""The pages a person sees at the accounts server."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from zohocrm_mcp.simulator.wire import Answer

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.users import User

HTML = "text/html;charset=UTF-8"
_FRAME = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>{body}</body></html>
"""
_CONSENT = """
<p>The application <b>{client}</b> would like to use this organisation's data:</p>
<ul>{scopes}</ul>
<form method="post" action="/oauth/v2/auth">{hidden}
<label>Sign in as <select name="user_id">{users}</select></label>
<button type="submit" name="decision" value="accept">Accept</button>
<button type="submit" name="decision" value="reject">Reject</button>
</form>"""


def page(title: str, body: str, status: int = 200) -> Answer:
    return Answer(_FRAME.format(title=escape(title), body=body).encode(), status, media_type=HTML)


def error_page(code: str, message: str) -> Answer:
    return page("An error has occurred", f"<p>{escape(message)}</p><p>error: <code>{escape(code)}</code></p>", 400)


def consent_page(client_id: str, scopes: tuple[str, ...], form: dict[str, str], users: list[User]) -> Answer:
    """The page on which a person accepts or rejects; ``form`` is sent along unchanged."""
    hidden = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(form[name])}">' for name in form)
    options = "".join(
        f'<option value="{user.id}">{escape(user.name)} ({escape(user.email)})</option>' for user in users
    )
    listed = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
    body = _CONSENT.format(client=escape(client_id), scopes=listed, hidden=hidden, users=options)
    return page("Zoho CRM simulator: allow access?", body)
