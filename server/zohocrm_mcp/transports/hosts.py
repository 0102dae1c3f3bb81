"""Which Host and Origin headers are answered: the defence against pages that point a name of theirs at this server."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from mcp.server.transport_security import TransportSecuritySettings

from zohocrm_mcp.config import LOOPBACK, Settings

ANY_PORT = ":*"
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 -- compared with, not listened on


def allowed(settings: Settings, host: str) -> TransportSecuritySettings:
    """Return the allow-lists of a server that listens on ``host``; the check is never off.

    The loopback is always among them, and the host of the server's public URL. Beyond the loopback and without
    ZOHO_MCP_ALLOWED_HOSTS so are ``host`` and the names and addresses of this machine: a page elsewhere can make none
    of them its own.
    """
    names = [_bracketed(name) for name in LOOPBACK]
    if settings.http_resource:
        names.append(urlsplit(settings.http_resource).netloc)
    named = list(settings.allowed_hosts)
    if not named and host not in LOOPBACK:
        named = own_names(host)
    origins = [f"http://{_bracketed(name)}" for name in LOOPBACK]
    return TransportSecuritySettings(
        allowed_hosts=[word for name in [*names, *named] for word in _with_ports(name)],
        allowed_origins=[*origins, *(f"{origin}{ANY_PORT}" for origin in origins), *settings.allowed_origins],
    )


def names(security: TransportSecuritySettings) -> list[str]:
    """Return the hosts that are answered as a person reads them: each once, though it is answered with any port."""
    return list(dict.fromkeys(host.removesuffix(ANY_PORT) for host in security.allowed_hosts))


def own_names(host: str) -> list[str]:
    """Return ``host``, or all names and addresses of this machine where it stands for every one."""
    if host not in EVERYWHERE:
        return [_bracketed(host)]
    name = socket.gethostname()
    try:
        addresses = {str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(name, None)}
    except OSError:
        addresses = set()
    return sorted({name, socket.getfqdn(), *map(_bracketed, addresses)})


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _with_ports(name: str) -> list[str]:
    """Return a name as it stands in a Host header: alone, and with any port where none is given."""
    has_port = ":" in name.rpartition("]")[2]
    return [name] if has_port else [name, f"{name}{ANY_PORT}"]
