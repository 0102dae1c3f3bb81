"""Which scopes a sign-in needs: the least for the toolsets that are served, and those of a single call.

Source of both tables: Zoho CRM v8 docs, scopes of each call. Search and count need ZohoSearch.securesearch.READ besides
the module's own scope: without it everything works but search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from zohocrm_mcp.config import Settings

SEARCH = "ZohoSearch.securesearch.READ"
COQL = "ZohoCRM.coql.READ"
LAYOUTS = "ZohoCRM.settings.layouts.READ"

_ALWAYS = ("ZohoCRM.users.READ", "ZohoCRM.org.READ")
_NAMES = (
    "ZohoCRM.settings.modules.READ",
    "ZohoCRM.settings.fields.READ",
    LAYOUTS,
    "ZohoCRM.settings.related_lists.READ",
)
_BESIDE_ACCOUNTS = tuple(
    f"ZohoCRM.modules.{module}.READ" for module in ("contacts", "deals", "tasks", "events", "calls", "notes")
)

TOOLSETS: dict[str, tuple[str, ...]] = {
    "accounts": ("ZohoCRM.modules.accounts.{all}", *_BESIDE_ACCOUNTS, *_NAMES, SEARCH, COQL),
    "bulk": ("ZohoCRM.modules.accounts.{all}", *_NAMES, SEARCH, COQL, "ZohoCRM.bulk.{all}", "ZohoFiles.files.{all}"),
    "schema": _NAMES,
    "query": ("ZohoCRM.modules.READ", *_NAMES, SEARCH, COQL),
    "service": (),
    "records": ("ZohoCRM.modules.{all}", *_NAMES, SEARCH, COQL),
    "rest": ("ZohoCRM.modules.{all}", "ZohoCRM.settings.{all}", SEARCH, COQL),
}
"""``{all}`` is ALL, or READ for a server that only reads."""

_WORDS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "PATCH": "UPDATE", "DELETE": "DELETE"}
_MODULE = r"/crm/v8/(?P<module>\w+)"
_CALLS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), scopes)
    for pattern, scopes in (
        (r"POST /crm/v8/coql$", (COQL,)),
        (r"\w+ /crm/v8/users", ("ZohoCRM.users.{word}",)),
        (r"\w+ /crm/v8/org", ("ZohoCRM.org.{word}",)),
        (r"\w+ /crm/v8/settings/(?P<part>\w+)", ("ZohoCRM.settings.{part}.{word}",)),
        (r"\w+ /crm/bulk/v8/read", ("ZohoCRM.bulk.READ",)),
        (r"\w+ /crm/bulk/v8/write", ("ZohoCRM.bulk.{word}",)),
        (r"GET /v8/crm/.+/bulk-write/", ("ZohoCRM.bulk.READ",)),
        (r"POST /crm/v8/upload", ("ZohoFiles.files.CREATE",)),
        (rf"GET {_MODULE}/search$", ("ZohoCRM.modules.{module}.READ", SEARCH)),
        (rf"GET {_MODULE}/actions/count$", ("ZohoCRM.modules.{module}.READ", SEARCH, LAYOUTS)),
        (rf"POST {_MODULE}/upsert$", ("ZohoCRM.modules.{module}.CREATE", "ZohoCRM.modules.{module}.UPDATE")),
        (rf"GET {_MODULE}/actions/(?P<part>mass_\w+)$", ("ZohoCRM.{part}.{module}.READ",)),
        (rf"POST {_MODULE}/actions/mass_update$", ("ZohoCRM.mass_update.{module}.UPDATE",)),
        (rf"POST {_MODULE}/actions/mass_delete$", ("ZohoCRM.mass_delete.{module}.DELETE",)),
        (rf"GET {_MODULE}/\d+/(actions|photo|__timeline)", ("ZohoCRM.modules.{module}.READ",)),
        (rf"POST {_MODULE}/\d+/actions/clone$", ("ZohoCRM.modules.{module}.CREATE",)),
        (rf"\w+ {_MODULE}(/\d+)?/(actions/|photo)", ("ZohoCRM.modules.{module}.UPDATE",)),
        (rf"\w+ {_MODULE}/\d+/(?P<part>[Nn]otes|[Aa]ttachments)", ("ZohoCRM.modules.{part}.{word}",)),
        (rf"GET {_MODULE}/\d+/(?P<part>\w+)", ("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.{part}.READ")),
        (rf"\w+ {_MODULE}/\d+/\w+", ("ZohoCRM.modules.{module}.UPDATE",)),
        (rf"\w+ {_MODULE}", ("ZohoCRM.modules.{module}.{word}",)),
    )
)
_WRITES = frozenset({"create", "update", "delete"})


def needed(settings: Settings) -> tuple[str, ...]:
    """Return the least scopes for what the settings serve; none of them is covered by another."""
    word = "READ" if settings.read_only else "ALL"
    rows = (_ALWAYS, *(TOOLSETS.get(toolset, ()) for toolset in settings.toolsets))
    scopes = dict.fromkeys(scope.format(all=word) for row in rows for scope in row)
    return tuple(one for one in scopes if not covers([other for other in scopes if other != one], one))


def needed_for(method: str, path: str) -> tuple[str, ...]:
    """Return the scopes of one call."""
    for pattern, scopes in _CALLS:
        if found := pattern.match(f"{method} {path}"):
            parts = {name: str(value).lower() for name, value in found.groupdict().items()}
            return tuple(scope.format(**parts, word=_WORDS[method]) for scope in scopes)
    return ()


def missing(granted: str, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``wanted`` that the comma-separated ``granted`` does not cover."""
    held = granted.split(",")
    return tuple(scope for scope in wanted if not covers(held, scope))


def covers(granted: Iterable[str], wanted: str) -> bool:
    """Whether one of the granted scopes holds the wanted one: ALL holds every word, a group its parts, any case."""
    *path, word = wanted.lower().split(".")
    for scope in granted:
        *held, may = scope.lower().split(".")
        holds_word = may in {"all", word} or (may == "write" and word in _WRITES)
        if held and path[: len(held)] == held and holds_word:
            return True
    return False
