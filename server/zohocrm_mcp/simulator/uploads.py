"""Files of multipart forms."""

from __future__ import annotations

from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP

from zohocrm_mcp.simulator.wire import Call


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    file_name: str | None
    content: bytes


def parts_of(call: Call) -> list[Part]:
    """The parts of a multipart body; empty for any other body."""
    kind = call.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/"):
        return []
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body)
    if not message.is_multipart():
        return []
    return [
        Part(
            str(part.get_param("name", "", header="content-disposition")),
            part.get_filename(),
            part.get_payload(decode=True) or b"",  # type: ignore[arg-type]
        )
        for part in message.iter_parts()
    ]


def file_of(call: Call) -> Part | None:
    """The part named ``file``, or the first that has a file name."""
    parts = parts_of(call)
    named = [part for part in parts if part.name == "file"]
    return next(iter(named or [part for part in parts if part.file_name]), None)
