"""A gateway straight to the simulator: for services under test, without sign-in, retries and database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import httpx2

from zohocrm_mcp.models import Answer, Call
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho import faults
from zohocrm_mcp.zoho.api import CrmApi


class DirectGateway:
    """Sends each call once, with the simulator's own access token."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def call(self, call: Call) -> Answer:
        body = None if call.body is None else json.dumps(call.body)
        reply = await self._client.request(call.method, call.path, params=call.params, content=body)
        if reply.status_code == HTTPStatus.NO_CONTENT:
            return Answer(reply.status_code, None, dict(reply.headers))
        answer = reply.json()
        if isinstance(answer, dict) and answer.get("status") == "error":
            raise faults.refusal(call, reply.status_code, dict(reply.headers), answer)
        return Answer(reply.status_code, answer, dict(reply.headers))


@asynccontextmanager
async def connected(simulator: Simulator) -> AsyncIterator[CrmApi]:
    """The API of a running simulator."""
    headers = {"Authorization": f"Zoho-oauthtoken {simulator.access_token}"}
    async with httpx2.AsyncClient(base_url=simulator.api_url, headers=headers, trust_env=False) as client:
        yield CrmApi(DirectGateway(client))
