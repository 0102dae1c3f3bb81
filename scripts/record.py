"""Record the demo: ``uv run python scripts/record.py`` runs it on a terminal and writes docs/demo.cast and demo.svg.

The first is an asciicast of version 2 (docs.asciinema.org/manual/asciicast/v2), to be played by asciinema; the second
is its last picture, for pages. Paths of this machine and pauses are evened out.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS, LINES = 96, 60
LONGEST_PAUSE, AT_ONCE = 1.5, 0.04
SCRIPT = "/home/you/zohocrm-mcp/.venv/bin/zohocrm-mcp"
PROMPT = "\x1b[1m$ zohocrm-mcp demo\x1b[0m\r\n"
DOCS = Path(__file__).parents[1] / "docs"
Event = tuple[float, str]


def main() -> None:
    """Record, and write both files."""
    events = evened(recorded())
    (DOCS / "demo.cast").write_text(cast(events), encoding="utf-8")
    (DOCS / "demo.svg").write_text(svg(last_picture(events)), encoding="utf-8")


def recorded() -> list[Event]:
    """Run the demo on a terminal and return what it showed, with the second that it did."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    with tempfile.TemporaryDirectory(prefix="zohocrm-mcp-") as data:
        Path(data).chmod(0o755)  # as root, the database's own user has to reach it
        process = subprocess.Popen([*command(), "demo"], stdin=theirs, stdout=theirs, stderr=theirs, env=env(data))
        os.close(theirs)
        began, events = time.monotonic(), []
        while chunk := read(ours):
            events.append((time.monotonic() - began, chunk.decode()))
        os.close(ours)
        if process.wait():
            sys.exit("the demo failed:\n" + "".join(text for _, text in events))
    return events


def command() -> list[str]:
    return [str(Path(sys.executable).with_name("zohocrm-mcp"))]


def env(data: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ZOHO_", "DATABASE_", "COLUMNS"))}
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "ZOHO_MCP_DATA_DIR": data}


def read(descriptor: int) -> bytes:
    """Return what there is to read; on Linux the end of a terminal is an error."""
    try:
        return os.read(descriptor, 65_536)
    except OSError:
        return b""


def evened(events: list[Event]) -> list[Event]:
    """Return the events with the prompt before them, no long pauses, and the path of the program that a reader has."""
    told, now, before = [(0.0, PROMPT)], 0.5, 0.0
    for at, text in joined(events):
        now, before = now + min(at - before, LONGEST_PAUSE), at
        told.append((round(now, 2), text.replace(command()[0], SCRIPT)))
    return told


def joined(events: list[Event]) -> list[Event]:
    """Return the events with what came at once as one, so that no word is in two."""
    whole = events[:1]
    for at, text in events[1:]:
        if at - whole[-1][0] < AT_ONCE:
            whole[-1] = (whole[-1][0], whole[-1][1] + text)
        else:
            whole.append((at, text))
    return whole


def cast(events: list[Event]) -> str:
    head = {"version": 2, "width": COLUMNS, "height": LINES, "title": "zohocrm-mcp demo"}
    lines = [json.dumps(head), *(json.dumps([at, "o", text], ensure_ascii=False) for at, text in events)]
    return "\n".join(lines) + "\n"


def last_picture(events: list[Event]) -> str:
    """Return what stands on the screen at the end, with its colours; a line that was redrawn counts once."""
    whole = re.sub(r"\x1b\[(?:\?25[hl]|2K|1A)", "", "".join(text for _, text in events))
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in whole.split("\n"))


def svg(text: str) -> str:
    """Return the text as a picture of a terminal, which loads nothing from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(text.strip("\n")))
    drawn = console.export_svg(title="zohocrm-mcp demo", unique_id="demo")
    return re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL).replace("Fira Code,", "ui-monospace,")


if __name__ == "__main__":
    main()
