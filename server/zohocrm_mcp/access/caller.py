"""Who is calling: a name, the connection whose data is theirs, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from zohocrm_mcp.connections.names import DEFAULT

Role = Literal["read", "write", "admin"]
"""`read` sees, `write` changes records as well, `admin` may also reach for what belongs to the whole organisation."""

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Caller:
    """A caller of the HTTP transports; on stdio it is whoever started the process."""

    name: str
    connection: str = DEFAULT
    role: Role = "admin"

    def has(self, role: Role) -> bool:
        """Whether this caller may do what ``role`` may."""
        return ROLES.index(self.role) >= ROLES.index(role)
