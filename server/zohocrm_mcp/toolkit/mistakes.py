"""Arguments that do not fit, told in our own words: which one, why, and what would be right."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.toolkit.schema import Schema

_SHOWN, _LONGEST = 40, 200
_TOLD = 3
_REASONS = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_long": "may have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "too_long": "may have at most {max_length} items",
    "too_short": "must have at least {min_length} items",
    "value_error": "{error}",
}


def refuse_unknown(tool: str, parameters: Schema, given: Iterable[str]) -> None:
    """Pydantic would drop an argument that the tool does not have, and a misspelt ``dry_run`` with it.

    Raises:
        InvalidInputError: there is one; the nearest name is told.
    """
    known = list(parameters.get("properties", {}))
    unknown = [name for name in given if name not in known]
    if unknown:
        told = [f"Unknown argument {_short(name)} of {tool}.{_nearest(name, known)}" for name in unknown[:_TOLD]]
        raise _mistake(tool, known, told, unknown[0], len(unknown))


def refuse_unspeakable(arguments: Any) -> None:
    """JSON has two kinds of text that neither PostgreSQL nor UTF-8 has: with NUL, and with half of a surrogate pair.

    Raises:
        InvalidInputError: there is one, in a name or a value, whatever its depth.
    """
    for text in _texts(arguments):
        if "\0" in text or not (text.isascii() or _is_encodable(text)):
            raise InvalidInputError(
                "A text holds the character NUL or half of a character, which no record can hold.",
                hint="Leave it out and call again.",
                code="INVALID_DATA",
            )


def _texts(arguments: Any) -> Iterator[str]:
    """Names and values of every depth, those in a text of JSON too: the SDK takes one for a list or an object."""
    rest = [arguments]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += [*one, *one.values()]
        elif isinstance(one, list):
            rest += one
        elif isinstance(one, str):
            yield one
            rest += [_parsed(one)] if "\\u" in one and one[:1] in {"[", "{"} else []


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None  # then it is a text like any other


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def explain(tool: str, parameters: Schema, error: ValidationError) -> InvalidInputError:
    """Return the error that a model can act on. Values are echoed only when they are short."""
    known = list(parameters.get("properties", {}))
    found = error.errors(include_url=False)
    told = [_sentence(tool, one) for one in found[:_TOLD]]
    return _mistake(tool, known, told, str(found[0]["loc"][0]), len(found))


def _mistake(tool: str, known: Sequence[str], told: Sequence[str], field: str, count: int) -> InvalidInputError:
    more = f" {count - _TOLD} more arguments are wrong." if count > _TOLD else ""
    takes = f"{tool} takes {', '.join(known)}." if known else f"{tool} takes no arguments."
    return InvalidInputError(" ".join(told) + more, hint=takes, field=field[:_SHOWN])


def _sentence(tool: str, one: ErrorDetails) -> str:
    where = _where(one["loc"])[:_LONGEST]
    if one["type"] == "missing":
        return f"Argument '{where}' of {tool} is missing."
    if one["type"] == "extra_forbidden":
        return f"Argument '{where}' of {tool} is unknown."
    return f"Argument '{where}' of {tool} {_reason(one)}{_found(one['input'])}."


def _short(name: str) -> str:
    return f"'{name}'" if len(name) <= _SHOWN else f"'{name[:_SHOWN]}…'"


def _where(loc: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}"[not at :] for at, part in enumerate(loc))


def _nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name.lower(), known, n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _reason(one: ErrorDetails) -> str:
    facts: dict[str, Any] = one.get("ctx", {})
    template = _REASONS.get(one["type"])
    return template.format(**facts) if template else f"is not right: {one['msg'][:1].lower()}{one['msg'][1:]}"


def _found(value: object) -> str:
    if isinstance(value, str | int | float) and len(repr(value)) <= _SHOWN:
        return f", not {value!r}"
    return ""
