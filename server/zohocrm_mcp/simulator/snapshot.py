"""The state as JSON data: what was written over the seed, and back again."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from zohocrm_mcp.simulator.oauth.tokens import AccessToken, Client, RefreshToken
from zohocrm_mcp.simulator.store.reference import Reference
from zohocrm_mcp.simulator.store.table import Deleted, Table
from zohocrm_mcp.simulator.tags import Tag

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.state import State
    from zohocrm_mcp.simulator.wire import Json

VERSION = 1


def export(state: State) -> Json:
    """What differs from a simulator that has just started with the same seed."""
    return {
        "version": VERSION,
        "seed": state.settings.seed,
        "accounts": state.settings.accounts,
        "last_id": state.last_id,
        "org": asdict(state.org),
        "schema_changes": [[operation, arguments] for operation, arguments in state.schema_changes],
        "tables": {name: _table(table) for name, table in state.tables.items() if table.version},
        "tags": [asdict(tag) for tag in state.tags.by_key.values()],
        "files": {str(file_id): base64.b64encode(content).decode() for file_id, content in state.files.items()},
        "clients": [asdict(client) for client in state.clients.values()],
        "refresh_tokens": [_grant(grant) for grant in state.tokens.refresh.values()],
        "access_tokens": [asdict(token) for token in state.tokens.access.values() if not token.revoked],
    }


def restore(state: State, exported: Json) -> list[tuple[str, dict[str, Any]]]:
    """Take over an export; the schema changes that are left to do. Raises ValueError for one of another version."""
    if exported.get("version") != VERSION:
        raise ValueError(f"The state must have version {VERSION}.")
    state.settings.seed, state.settings.accounts = exported["seed"], exported["accounts"]
    state.reset_data()
    state.last_id = exported["last_id"]
    for name, value in exported["org"].items():
        setattr(state.org, name, value)
    for name, written in exported["tables"].items():
        _fill(state.tables[name], written)
    for tag in exported["tags"]:
        state.tags.by_key[tag["module"], tag["name"]] = Tag(**tag)
    state.files = {int(file_id): base64.b64decode(text) for file_id, text in exported["files"].items()}
    _restore_tokens(state, exported)
    return [(operation, arguments) for operation, arguments in exported["schema_changes"]]


def _restore_tokens(state: State, exported: Json) -> None:
    state.clients = {client["id"]: Client(**client) for client in exported["clients"]}
    tokens = state.tokens
    tokens.refresh = {each["value"]: RefreshToken(**_tupled(each)) for each in exported["refresh_tokens"]}
    tokens.access = {each["value"]: AccessToken(**_tupled(each)) for each in exported["access_tokens"]}
    for token in tokens.access.values():
        if token.refresh in tokens.refresh:
            tokens.refresh[token.refresh].live.append(token)


def _tupled(each: Json) -> Json:
    return {**each, "scopes": tuple(each["scopes"])}


def _grant(grant: RefreshToken) -> Json:
    kept = ("value", "client_id", "user_id", "scopes")
    return {name: getattr(grant, name) for name in kept}


def _table(table: Table) -> Json:
    return {
        "added": table.added,
        "written": {
            str(record_id): {name: _packed(value) for name, value in row.items()}
            for record_id, row in table.written.items()
        },
        "gone": [asdict(deleted) for deleted in table.gone.values()],
    }


def _fill(table: Table, written: Json) -> None:
    rows = {
        int(record_id): {name: _unpacked(value) for name, value in row.items()}
        for record_id, row in written["written"].items()
    }
    added = set(written["added"])
    for record_id in written["added"]:
        table.insert(record_id, rows[record_id])
    for record_id, row in rows.items():
        if record_id not in added:
            table.update(record_id, row)
    for deleted in written["gone"]:
        table.delete(Deleted(**deleted))


def _packed(value: object) -> object:
    return {"$module": value.module, "$id": value.id} if isinstance(value, Reference) else value


def _unpacked(value: Any) -> object:
    if isinstance(value, dict) and "$module" in value:
        return Reference(value["$module"], value["$id"])
    return value
