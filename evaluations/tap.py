"""A server with a tap on its line: ``python -m evaluations.tap LOG COMMAND…`` passes on what goes over stdio.

Every message is written to LOG before it is passed on, whichever way it goes.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import IO


def main(log: Path, command: list[str]) -> int:
    """Run the command with both directions tapped, and return its exit code."""
    lock = threading.Lock()
    with log.open("ab", buffering=0) as note, subprocess.Popen(command, stdin=-1, stdout=-1) as process:
        assert process.stdin
        assert process.stdout
        inwards = threading.Thread(target=_pass_on, args=[sys.stdin.buffer, process.stdin, note, lock], daemon=True)
        inwards.start()
        _pass_on(process.stdout, sys.stdout.buffer, note, lock)
        return process.wait()


def _pass_on(source: IO[bytes], target: IO[bytes], note: IO[bytes], lock: threading.Lock) -> None:
    try:
        for line in source:
            with lock:
                note.write(line)
            target.write(line)
            target.flush()
    except (BrokenPipeError, ValueError):
        return  # the other side is gone: there is nobody to pass anything on to
    finally:
        if target is not sys.stdout.buffer:
            target.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
