"""Scopes: what a token may do, in Zoho's notation."""

from __future__ import annotations

from zohocrm_mcp.simulator.sources import guessed, known

ALL_SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.ALL",
    "ZohoCRM.org.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.ALL",
    "ZohoCRM.mass_update.ALL",
    "ZohoCRM.mass_delete.ALL",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.apis.READ",
    "ZohoFiles.files.ALL",
    "ZohoSearch.securesearch.READ",
)
SHORTEST = len(("ZohoCRM", "modules", "ALL"))
WRITES = frozenset({"create", "update", "delete"})
SERVICES = ("zohocrm.", "zohofiles.", "zohosearch.", "aaaserver.")


def parse(text: str) -> tuple[str, ...]:
    """The scopes of a comma or space separated list."""
    return tuple(part for part in text.replace(" ", ",").split(",") if part)


def well_formed(scopes: tuple[str, ...]) -> bool:
    """Whether every scope names a service and an operation that exist."""
    return bool(scopes) and all(
        scope.lower().startswith(SERVICES) and len(scope.split(".")) >= SHORTEST for scope in scopes
    )


@known("Zoho CRM v8 docs, scopes: ALL covers every operation, a group covers its resources")
@guessed("scopes are compared without case; WRITE covers create, update and delete")
def holds(granted: tuple[str, ...], needed: str) -> bool:
    """Whether one of the granted scopes covers the needed one."""
    *path, operation = needed.lower().split(".")
    for scope in granted:
        *held, may = scope.lower().split(".")
        if path[: len(held)] == held and (may in ("all", operation) or (may == "write" and operation in WRITES)):
            return True
    return False
