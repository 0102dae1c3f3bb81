"""Whether a server of several companies is ready: it is when any of its callers can be served."""

from __future__ import annotations

import httpx2

from support.tenants import Companies, Server, both_companies  # noqa: F401 -- a fixture
from support.watching import until


def wrong(server: Server) -> list[str]:
    checks = httpx2.get(f"{server.root}/readyz", trust_env=False).json()["checks"]
    return [name for name, check in checks.items() if check["status"] == "error"]


def test_a_server_whose_callers_bring_sign_ins_of_their_own_needs_none_itself(both: Companies) -> None:
    both.token("reader", "acme")
    with both.serving() as server:
        until(lambda: httpx2.get(f"{server.root}/readyz", trust_env=False).status_code == 200)


def test_it_is_not_ready_when_zoho_refuses_all_of_them(both: Companies) -> None:
    both.token("writer", "acme")
    refused = """UPDATE zoho_tokens SET failure = 'invalid_code', failure_until = now() + interval '1 hour',
                 access_expires_at = now()"""
    with both.database.connection() as db:
        db.execute(refused)
    with both.serving() as server:
        until(lambda: wrong(server) == ["sign_in"])
        with both.database.connection() as db:
            db.execute("UPDATE zoho_tokens SET failure = NULL WHERE connection = 'contoso'")
        until(lambda: wrong(server) == [])
