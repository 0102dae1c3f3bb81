"""The settings: every variable, its default and what it means."""

from __future__ import annotations

from pydantic_settings import BaseSettings

from handbook.markdown import page as whole
from handbook.markdown import table
from zohocrm_mcp.cli.config import default_of
from zohocrm_mcp.config import Settings
from zohocrm_mcp.config.bounds import BoundSettings
from zohocrm_mcp.config.serving import ServiceSettings
from zohocrm_mcp.config.storing import StoreSettings
from zohocrm_mcp.config.watching import WatchSettings
from zohocrm_mcp.config.zoho import ZohoSettings

ABOUT = """\
From the environment or from a file `.env` in the working folder; the environment wins. An empty value counts as not
set. What is wrong on its face (malformed, unknown) ends the start with exit code 2 and one sentence that names the
variable, what was found and what to do. `.env.example` holds them all, and `zohocrm-mcp config --env` prints it."""
ROOMS: dict[str, type[BaseSettings]] = {
    "Zoho": ZohoSettings,
    "Database and keys": StoreSettings,
    "HTTP transports": ServiceSettings,
    "Bounds": BoundSettings,
    "Watching": WatchSettings,
}
HEADS = ("variable", "default", "meaning")


def readme_table() -> str:
    """Return the README's table: every setting."""
    return table(HEADS, _rows(list(Settings.model_fields)))


def page() -> str:
    rooms = {title: list(room.model_fields) for title, room in ROOMS.items()}
    known = {name for names in rooms.values() for name in names}
    rooms["What a model may do, and the rest"] = [name for name in Settings.model_fields if name not in known]
    return whole("Settings", ABOUT, *(f"## {title}\n\n{table(HEADS, _rows(names))}" for title, names in rooms.items()))


def _rows(names: list[str]) -> list[tuple[str, str, str]]:
    fields = Settings.model_fields
    return [
        (f"`{fields[name].alias}`", default_of(name, fields[name].get_default()), fields[name].description or "")
        for name in names
    ]
