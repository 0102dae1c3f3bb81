"""What Zoho says of a query, in terms of the query."""

from __future__ import annotations

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.coql.clauses import Query
from zohocrm_mcp.services.schema.service import SchemaService

_SHOWN = 500
_HINTS = {
    "SYNTAX_ERROR": "Text stands in single quotes, those inside doubled; more than two conditions need brackets.",
    "LIMIT_EXCEEDED": "At most 500 columns, 25 conditions, 100 values in a list, 10 columns to sort by.",
    "DUPLICATE_DATA": "Select each column once.",
    "DUPLICATE_ALIAS": "Give each alias once.",
}
_OPERATORS = {
    "boolean": "= with 'true' or 'false'",
    "textarea": "no condition: use search_records with contains",
    "multiselectpicklist": "like '%value%', not like, is null, is not null",
    **dict.fromkeys(
        ("lookup", "ownerlookup", "userlookup"), "=, !=, in, not in with ids, is null; or a field behind it"
    ),
    **dict.fromkeys(("text", "email", "phone", "website", "picklist"), "=, !=, like, not like, in, not in, is null"),
}
_ORDERED = "=, !=, <, >, <=, >=, between, in, not in, is null"


async def explained(error: InvalidInputError, sent: str, query: Query, schema: SchemaService) -> InvalidInputError:
    """Return Zoho's refusal with the query as it was sent and what to do about it."""
    module = query.module.partition("#")[0]
    schema.refresh(module)
    code, field = str(error.details.get("code", "")), error.details.get("field")
    hint = _HINTS.get(code) or (await _of_field(str(field), module, schema) if field else "")
    shown = sent if len(sent) <= _SHOWN else f"{sent[:_SHOWN]}…"
    return InvalidInputError(
        f"{error.message} The query was: {shown}",
        hint=hint or "crm://guides/coql explains the grammar.",
        field=field,
        code=code,
        status=error.details.get("status"),
    )


async def _of_field(name: str, module: str, schema: SchemaService) -> str:
    try:
        info = await schema.field(module, name)
    except InvalidInputError as unknown:
        return unknown.message
    return f"{info.api_name} is of type {info.type}; it takes {_OPERATORS.get(info.value_type, _ORDERED)}."
