"""The table zoho_organisations: what an organisation allows and what is left of it. One row, short statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from zohocrm_mcp.limits.editions import DAY_SECONDS, Organisation

Db = Connection[Any]

_LEVEL = f"least(credits, tokens + credits / {DAY_SECONDS} * extract(epoch FROM clock_timestamp() - tokens_at))"
_HEARD = "stated_at > clock_timestamp() - interval '1 hour'"
"""While Zoho states what is left, an answer that does not is no news."""


@dataclass(frozen=True)
class Shared:
    """The row as all processes see it. Times are in seconds from now; ``level`` and ``credits`` None: not known."""

    credits: float | None
    level: float | None
    stated: bool
    ceiling: int | None
    strikes: int
    age: float
    wait: float


def find(db: Db, key: str) -> Organisation | None:
    found = db.execute("SELECT org, coalesce(edition, ''), users FROM zoho_organisations WHERE org = %s", (key,))
    row = found.fetchone()
    return Organisation(row[0], row[1], row[2] or 0) if row else None


def keep(db: Db, organisation: Organisation) -> None:
    """Write down what Zoho has told. A new bucket is full; one that grows or shrinks does so by the difference."""
    db.execute(
        """INSERT INTO zoho_organisations AS o (org, edition, users, credits, tokens)
           VALUES (%(key)s, nullif(%(edition)s, ''), %(users)s, %(credits)s, %(credits)s)
           ON CONFLICT (org) DO UPDATE SET edition = excluded.edition, users = excluded.users,
               credits = excluded.credits, asked_at = clock_timestamp(),
               tokens = coalesce(o.tokens + excluded.credits - o.credits, excluded.credits)""",
        {
            "key": organisation.key,
            "edition": organisation.edition,
            "users": organisation.users,
            "credits": organisation.credits,
        },
    )


def read(db: Db, key: str) -> Shared | None:
    with db.cursor(row_factory=class_row(Shared)) as cursor:
        return cursor.execute(
            f"""SELECT credits, {_LEVEL} AS level, coalesce({_HEARD}, false) AS stated, ceiling, strikes,
                    coalesce(extract(epoch FROM clock_timestamp() - ceiling_at), 0)::float8 AS age,
                    coalesce(extract(epoch FROM throttled_until - clock_timestamp()), 0)::float8 AS wait
                FROM zoho_organisations WHERE org = %s""",  # noqa: S608 -- constants
            (key,),
        ).fetchone()


def lend(db: Db, key: str, wanted: int) -> tuple[int, float | None]:
    """Take credits out of the bucket: (how many, what is left in it). A bucket that is not known gives all.

    No more than half of what is left: another process may want some as well.
    """
    row = db.execute(
        f"""WITH bucket AS (SELECT org, {_LEVEL} AS level FROM zoho_organisations WHERE org = %(key)s FOR UPDATE),
                 lent AS (SELECT org, level, CASE WHEN level IS NULL THEN %(wanted)s WHEN level < 1 THEN 0
                              ELSE least(%(wanted)s, ceil(floor(level) / 2)) END AS loan FROM bucket)
            UPDATE zoho_organisations AS o SET tokens = level - loan, tokens_at = clock_timestamp()
            FROM lent WHERE o.org = lent.org RETURNING loan::int, o.tokens""",  # noqa: S608 -- constants
        {"key": key, "wanted": wanted},
    ).fetchone()
    return (row[0], row[1]) if row else (0, None)


def give_back(db: Db, key: str, unspent: int) -> None:
    db.execute("UPDATE zoho_organisations SET tokens = tokens + %s WHERE org = %s", (unspent, key))


def stated(db: Db, key: str, left: int, unspent: int) -> None:
    """Zoho has stated how many credits are left; ``unspent`` of them are lent to this process already."""
    db.execute(
        """UPDATE zoho_organisations SET tokens = %(left)s - %(unspent)s, credits = greatest(credits, %(left)s),
               tokens_at = clock_timestamp(), stated_at = clock_timestamp() WHERE org = %(key)s""",
        {"key": key, "left": left, "unspent": min(unspent, left)},
    )


def unstated(db: Db, key: str) -> float | None:
    """Zoho has stated nothing: at least half is left (Zoho CRM v8 docs, API limits), whatever our count says."""
    row = db.execute(
        f"""UPDATE zoho_organisations SET tokens = greatest({_LEVEL}, credits / 2), tokens_at = clock_timestamp()
            WHERE org = %s AND ({_HEARD}) IS NOT TRUE RETURNING tokens""",  # noqa: S608 -- constants
        (key,),
    ).fetchone()
    return row[0] if row else None


def throttled(db: Db, key: str, ceiling: int, strikes: int, wait: float) -> None:
    """Share a 429; what another process has met in the same second and is harder stays."""
    db.execute(
        """UPDATE zoho_organisations SET
               throttled_until = greatest(throttled_until, clock_timestamp() + make_interval(secs => %(wait)s)),
               ceiling = CASE WHEN ceiling_at > clock_timestamp() - interval '1 second'
                              THEN least(ceiling, %(ceiling)s) ELSE %(ceiling)s END,
               strikes = %(strikes)s, ceiling_at = clock_timestamp() WHERE org = %(key)s""",
        {"key": key, "ceiling": ceiling, "strikes": strikes, "wait": wait},
    )
