"""The Inspector's command line calls every tool there is, over both HTTP transports and in both eras."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from support.serving import Served
from zohocrm_mcp.app import catalog

WAYS = [(transport, era) for transport in ("http", "sse") for era in ("legacy", "modern")]
SECONDS = 120
Result = dict[str, Any]


class Inspector:
    """One way to reach the server, and what each tool has answered to it."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self._command, self._env = command, env
        self.answers: dict[str, Result] = {}

    def ask(self, method: str, *options: str) -> Result:
        command = [*self._command, "--method", method, *options]
        done = subprocess.run(command, env=self._env, capture_output=True, text=True, check=False, timeout=SECONDS)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return cast("Result", json.loads(done.stdout)["result"])

    def call(self, tool: str, **arguments: Any) -> Result:
        """Call a tool; where it wants to be told that a person agrees, call it again and tell it."""
        result = self.ask("tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))
        answer = cast("Result", result["structuredContent"])
        assert json.loads(result["content"][0]["text"]) == answer
        if "confirm_token" in answer:
            assert answer["preview"]
            return self.call(tool, **arguments, confirm_token=answer["confirm_token"])
        self.answers[tool] = answer
        return answer


def read(inspector: Inspector, name: str) -> str:
    """Make an account, and look at it in every way there is. Returns its id."""
    inspector.call("list_modules")
    inspector.call("describe_module", module="Accounts")
    inspector.call("check_health")
    account = str(inspector.call("create_account", values={"Account_Name": name})["record_id"])
    inspector.call("get_account", account_id=account)
    inspector.call("get_accounts", limit=2)
    inspector.call("account_overview", account_id=account)
    inspector.call("search_accounts", criteria=f"Account_Name:equals:{name}")
    inspector.call("bulk_read_accounts", criteria=f"Account_Name:equals:{name}")
    inspector.call("query_records", select_query=f"select id from Accounts where Account_Name = '{name}'")  # noqa: S608
    inspector.call("count_records", criteria=f"Account_Name:equals:{name}")
    return account


def change(inspector: Inspector, name: str, account: str) -> None:
    """Change the account by itself and by jobs, and take it back."""
    inspector.call("update_account", account_id=account, values={"Phone": "1"})
    job = inspector.call("bulk_update_accounts", records=[{"id": account, "Health_Score": 7}])["job_id"]
    inspector.call("get_job", job_id=job)
    inspector.call("undo_job", job_id=job)
    upserted = [{"Account_Name": name, "Phone": "2"}]
    inspector.call("bulk_upsert_accounts", records=upserted, duplicate_check_fields=["Account_Name"])
    named = [{"field": "Account_Name", "op": "equals", "value": name}]
    inspector.call(
        "run_job", job_id=inspector.call("update_accounts_where", values={"Phone": "3"}, filters=named)["job_id"]
    )
    planned = inspector.call("bulk_update_accounts", records=[{"id": account, "Phone": "4"}], dry_run=True)["job_id"]
    inspector.call("cancel_job", job_id=planned)
    inspector.call("resume_job", job_id=planned)
    inspector.call("list_jobs")


def other_modules(inspector: Inspector, name: str, account: str) -> None:
    """Work with another module, and clean up."""
    values = {"Last_Name": name, "Account_Name": account}
    made = inspector.call("create_record", module="Contacts", values=values)
    contact = {"module": "Contacts", "record_id": made["record_id"]}
    inspector.call("get_record", **contact)
    inspector.call("update_record", **contact, values={"Phone": "5"})
    inspector.call("search_records", module="Contacts", criteria=f"Last_Name:equals:{name}")
    inspector.call("add_note", **contact, title="Seen", content="by the Inspector")
    inspector.call("get_related_records", **contact, related_list="Notes", fields=["Note_Title"])
    inspector.call("delete_record", **contact)
    inspector.call("zoho_request", path="/crm/v8/org")
    inspector.call("delete_account", account_id=account)


def work(inspector: Inspector, name: str) -> Inspector:
    account = read(inspector, name)
    change(inspector, name, account)
    other_modules(inspector, name, account)
    return inspector


@pytest.fixture(scope="module")
def reach(npm: Path, node: str, served: Served, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Inspector]:
    home = tmp_path_factory.mktemp("inspector")
    places = {"HOME": home, "MCP_CATALOG_PATH": home / "catalog.json", "NODE_COMPILE_CACHE": home / "compiled"}
    env = {**os.environ, **{name: str(place) for name, place in places.items()}}
    program = npm / "node_modules" / "@modelcontextprotocol" / "inspector" / "clients" / "cli" / "build" / "index.js"
    fixed = ["--format", "json", "--quiet", "--stored-auth-only", "--protocol-era"]

    def one(transport: str, era: str) -> Inspector:
        return Inspector([node, str(program), getattr(served, transport), *fixed, era], env)

    return one


@pytest.fixture(scope="module")
def worked(reach: Callable[..., Inspector]) -> Iterator[dict[tuple[str, str], Inspector]]:
    """Every way through all the tools, two ways at a time."""
    with ThreadPoolExecutor(2) as pool:
        futures = {way: pool.submit(work, reach(*way), f"Seen over {way[0]} {way[1]}") for way in WAYS}
        yield {way: future.result() for way, future in futures.items()}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_every_tool_answers(worked: dict[tuple[str, str], Inspector], way: tuple[str, str]) -> None:
    answers = worked[way].answers
    assert set(answers) == {spec.name for spec in catalog().choose(catalog().toolsets)}
    assert [one["Account_Name"] for one in answers["search_accounts"]["records"]] == [f"Seen over {' '.join(way)}"]
    assert answers["get_job"]["succeeded"] == 1
    assert answers["undo_job"]["succeeded"] == 1
    assert answers["resume_job"]["state"] == "succeeded"
    assert [one["Note_Title"] for one in answers["get_related_records"]["records"]] == ["Seen"]
    assert answers["count_records"]["count"] == 1


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_every_tool_is_portable(reach: Callable[..., Inspector], way: tuple[str, str]) -> None:
    listed = reach(*way).ask("tools/list", "--strict")["tools"]
    assert {tool["name"] for tool in listed} == {spec.name for spec in catalog().choose(catalog().toolsets)}


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_resources_prompts_and_levels_of_logging_work(reach: Callable[..., Inspector], way: tuple[str, str]) -> None:
    inspector = reach(*way)
    (content,) = inspector.ask("resources/read", "--uri", "crm://accounts/schema")["contents"]
    assert json.loads(content["text"])["required"] == ["Account_Name"]
    rendered = inspector.ask("prompts/get", "--prompt-name", "account_review", "--prompt-args", "account=Acme")
    assert "Acme" in rendered["messages"][0]["content"]["text"]
    if way[1] == "legacy":  # the stateless revision has no such method
        assert inspector.ask("logging/setLevel", "--log-level", "debug") == {}
