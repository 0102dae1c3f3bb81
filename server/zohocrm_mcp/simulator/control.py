"""What tests and operators may do to a running simulator, in process and over the admin endpoint alike."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from zohocrm_mcp.simulator import snapshot
from zohocrm_mcp.simulator.oauth.codes import SELF_CLIENT_MINUTES
from zohocrm_mcp.simulator.oauth.scopes import ALL_SCOPES
from zohocrm_mcp.simulator.oauth.tokens import Client

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.state import State
    from zohocrm_mcp.simulator.wire import Json


class Control:
    """Operations on the state."""

    def __init__(self, state: State) -> None:
        self.state = state

    def revoke_tokens(self) -> None:
        """Revoke every refresh and access token."""
        self.state.tokens.revoke_all()

    def expire_access_tokens(self) -> None:
        """Let every access token expire now."""
        self.state.tokens.expire_access()

    def register_client(
        self, kind: str = "web", redirect_uris: list[str] | None = None, client_id: str = "", client_secret: str = ""
    ) -> dict[str, str]:
        """A new OAuth client; ``kind`` is ``web``, ``self`` or ``public``."""
        made = self.state.tokens.new_value(f"client/{kind}").split(".")
        client = Client(
            client_id or f"1000.{made[1][:30].upper()}", client_secret or made[2], kind, redirect_uris or []
        )
        self.state.clients[client.id] = client
        return {"client_id": client.id, "client_secret": client.secret}

    def allow_redirect(self, redirect_uri: str, client_id: str | None = None) -> None:
        """Register a redirect address with a client, the default one unless named."""
        self.state.clients[client_id or self.state.client.id].redirect_uris.append(redirect_uri)

    def self_client_code(
        self, scopes: list[str] | None = None, minutes: float = SELF_CLIENT_MINUTES, client_id: str | None = None
    ) -> str:
        """A code as a self client's page makes it; it is exchanged without a redirect address."""
        client = self.state.clients[client_id or self.state.client.id]
        wanted = tuple(scopes or ALL_SCOPES)
        user = self.state.users.current.id
        return self.state.codes.make(client, user, wanted, minutes * 60, offline=True, consented=True).value

    def grant(
        self, scopes: list[str] | None = None, user: str | None = None, client_id: str | None = None
    ) -> dict[str, str]:
        """New tokens without any quota, for a user named by e-mail or id, with fewer scopes if wanted."""
        people = self.state.users
        chosen = next((each for each in people.by_id.values() if user in (each.email, str(each.id))), people.current)
        granted = self.state.tokens.grant(client_id or self.state.client.id, chosen.id, tuple(scopes or ALL_SCOPES))
        access = self.state.tokens.issue(granted, counted=False)
        return {"refresh_token": granted.value, "access_token": access.value}

    def org(self, **changes: str) -> Json:
        """Change values of the organisation (``company_name``, ``zgid``, ``kind``, …); what it is then."""
        return _changed(self.state.org, changes)

    def switch(self, **changes: Any) -> Json:
        """Turn switches and limits of ``Settings``; what they are then. Raises ValueError for a wrong one."""
        _known_names(self.state.settings, changes)
        replace(self.state.settings, **changes)
        return _changed(self.state.settings, changes)

    def add_field(self, module: str, api_name: str, data_type: str, label: str = "", **more: Any) -> str:
        """A new custom field; its id. ``values`` is a list of pick list values."""
        self._note("add_field", module=module, api_name=api_name, data_type=data_type, label=label, **more)
        return str(self.state.schema.add_field(module, api_name, data_type, label, **_paired(more)).id)

    def change_field(self, module: str, api_name: str, **changes: Any) -> None:
        """Change a field: ``label``, ``length``, ``mandatory``, ``layout_mandatory``, ``unique``, ``values``, …."""
        self._note("change_field", module=module, api_name=api_name, **changes)
        field = self.state.schema.module(module).field_named(api_name)
        if not field:
            raise ValueError(f"{module} has no field {api_name}.")
        _changed(field, _paired(changes))

    def remove_field(self, module: str, api_name: str) -> None:
        self._note("remove_field", module=module, api_name=api_name)
        self.state.schema.remove_field(module, api_name)

    def put(self, module: str, record_id: str, **values: Any) -> None:
        """Change a record as somebody else would: stored at once, by the administrator, without any check."""
        now = int(self.state.clock.now())
        self.state.remember(module, int(record_id), existed=True)
        audit = {"Modified_Time": now, "Modified_By": self.state.users.current.id}
        self.state.tables[module].update(int(record_id), {**audit, **values})

    def _note(self, operation: str, **arguments: Any) -> None:
        self.state.schema_changes.append((operation, arguments))

    def export_state(self) -> Json:
        """Everything that was written since the start, as JSON data; the seed makes the rest."""
        return snapshot.export(self.state)

    def import_state(self, exported: Json) -> None:
        """Become the simulator that ``export_state`` was called on."""
        for operation, arguments in snapshot.restore(self.state, exported):
            getattr(self, operation)(**arguments)

    def reset(self) -> None:
        """Data, schema, tokens, settings, clock, faults, limits, log and counters as they were at the start."""
        _changed(self.state.settings, asdict(self.state.initial))
        self.state.clock.reset()
        self.state.reset_data()
        self.state.reset_tokens()
        self.state.faults.clear()
        self.state.limits.reset()
        self.state.log.clear()
        self.state.counters.reset()


def _paired(more: dict[str, Any]) -> dict[str, Any]:
    if "values" not in more:
        return more
    return {**more, "values": [(value, value) for value in more["values"]]}


def _known_names(thing: Any, changes: dict[str, Any]) -> list[str]:
    names = [field.name for field in fields(thing)]
    unknown = set(changes) - set(names)
    if unknown:
        raise ValueError(f"There is no {', '.join(sorted(unknown))} here; there are {', '.join(names)}.")
    return names


def _changed(thing: Any, changes: dict[str, Any]) -> Json:
    names = _known_names(thing, changes)
    for name, value in changes.items():
        setattr(thing, name, value)
    return {name: getattr(thing, name) for name in names}
