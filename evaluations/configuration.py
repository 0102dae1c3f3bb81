"""The server as clients read of it: an ``mcp.json``."""

from __future__ import annotations

import json
from pathlib import Path

from evaluations.place import Place


def written(place: Place) -> Path:
    """Write the configuration, which only the owner can read, and return where it is."""
    command, *arguments = place.command
    server = {"command": command, "args": arguments, "env": place.environment}
    file = place.folder / "mcp.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"mcpServers": {"zohocrm": server}}, indent=2), encoding="utf-8")
    return file
