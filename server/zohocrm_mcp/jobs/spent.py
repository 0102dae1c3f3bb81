"""Confirmation tokens that have been used, so that each goes through once."""

from __future__ import annotations

import anyio.to_thread

from zohocrm_mcp.db.pool import Database


class SpentTokens:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, token_id: str, seconds: float) -> bool:
        """Mark a token as used; False when it was already. It is forgotten after ``seconds``, when it has expired."""
        return await anyio.to_thread.run_sync(self._spend, token_id, seconds)

    def _spend(self, token_id: str, seconds: float) -> bool:
        with self._database.connection() as db:
            db.execute("DELETE FROM spent_confirmations WHERE expires_at < now()")
            spent = db.execute(
                """INSERT INTO spent_confirmations VALUES (%s, now() + make_interval(secs => %s))
                   ON CONFLICT DO NOTHING""",
                (token_id, seconds),
            )
            return spent.rowcount == 1
