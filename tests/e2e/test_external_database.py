"""The six tools for accounts through clients that are not ours, with `serve`, `simulator` and PostgreSQL as processes.

PostgreSQL is once the embedded one, and once that of the operating system with a user who may do nothing special.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import psycopg
import pytest
from psycopg import sql

from support.child import environment, serve
from support.postgres import stop_embedded
from zohocrm_mcp.db.account import Account
from zohocrm_mcp.db.embedded import ensure

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
SUPERUSER_PASSWORD, PASSWORD = "of-postgres", "of@crm: 1/2"
MANY = 150


Place = Callable[[int], dict[str, str]]
"""Variables that lead to the database behind a port."""


def as_url(port: int) -> dict[str, str]:
    return {"DATABASE_URL": f"postgresql://crm:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/crm"}


def as_parts(port: int) -> dict[str, str]:
    parts = {"HOST": "127.0.0.1", "PORT": str(port), "NAME": "crm", "USER": "crm", "PASSWORD": PASSWORD}
    return {f"DATABASE_{name}": value for name, value in parts.items()}


class Product:
    """What a client has to be told, as variables. ``port`` is that of the external PostgreSQL, 0 without one."""

    def __init__(self, folder: Path, simulator: dict[str, str], port: int) -> None:
        self.data_dir, self._folder, self.port = folder / "data", folder, port
        self._admin = f"{simulator['api_url']}/_simulator"
        names = ("client_id", "client_secret", "refresh_token", "api_url", "accounts_url", "upload_url")
        self.seen: dict[object, dict[str, Any]] = {}
        self.sign_in = {f"ZOHO_SDK_{name.upper()}": simulator[name] for name in names}

    def variables(self, database: Place) -> dict[str, str]:
        place = database(self.port) if self.port else {}
        return {"ZOHO_MCP_DATA_DIR": str(self.data_dir), **self.sign_in, **place}

    def environment(self) -> dict[str, str]:
        homes = {"HOME": str(self._folder), "MCP_CATALOG_PATH": str(self._folder / "catalog.json")}
        return environment(self.data_dir, **self.variables(as_url), **homes)

    def database_url(self) -> str:
        return as_url(self.port)["DATABASE_URL"] if self.port else ensure(self.data_dir)

    def token_calls(self) -> int:
        counters = httpx2.get(f"{self._admin}/counters", trust_env=False).json()
        return int(counters["token_calls"])


@contextmanager
def simulator() -> Iterator[dict[str, str]]:
    """A simulator in a process of its own; what it says of itself when it is ready."""
    command = [sys.executable, "-m", "zohocrm_mcp", "simulator", "--accounts", "200"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(Path("/nonexistent"))) as running:
        assert running.stdout
        try:
            yield json.loads(running.stdout.readline())
        finally:
            running.terminate()
    assert running.returncode == 0


@contextmanager
def postgresql(port: int) -> Iterator[int]:
    """The operating system's PostgreSQL, with a database of a user's own."""
    if not BINARIES:
        pytest.skip("no PostgreSQL of the operating system (apt-get install postgresql)")
    account = Account.choose(Path("/nonexistent"))

    def run(program: str, *options: str) -> None:
        command, silence = [str(BINARIES[-1] / program), *options], subprocess.DEVNULL
        subprocess.run(command, cwd="/", check=True, stdout=silence, **account.identity())

    with tempfile.TemporaryDirectory() as name:
        folder, password = Path(name), Path(name) / "password"
        password.write_text(SUPERUSER_PASSWORD)
        for each in (folder, password):
            account.give(each)
        data = ("-D", str(folder / "data"))
        run("initdb", *data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password}", "--no-sync")
        server = f"-c listen_addresses=127.0.0.1 -c fsync=off -p {port} -k {folder}"
        run("pg_ctl", *data, "-w", "-l", str(folder / "log"), "-o", server, "start")
        try:
            add_database(port)
            yield port
        finally:
            run("pg_ctl", *data, "-m", "immediate", "stop")


def add_database(port: int) -> None:
    url = f"postgresql://postgres:{SUPERUSER_PASSWORD}@127.0.0.1:{port}/postgres"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE crm LOGIN PASSWORD {}").format(PASSWORD))
        connection.execute("CREATE DATABASE crm OWNER crm")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("embedded")
    with simulator() as told:
        yield Product(folder, told, port=0)
        stop_embedded(folder / "data")


@pytest.fixture(scope="module")
def external(tmp_path_factory: pytest.TempPathFactory, free_tcp_port_factory: Callable[[], int]) -> Iterator[Product]:
    with postgresql(free_tcp_port_factory()) as port, simulator() as told:
        yield Product(tmp_path_factory.mktemp("external"), told, port)


def inspect(product: Product, npm: Path, method: str, *options: str, database: Place = as_url) -> Any:
    """Run one method through the Inspector, which starts a server for it, and return the result."""
    program = ("node", str(npm / "node_modules" / ".bin" / "mcp-inspector"), "--cli", *serve())
    fixed = ("--format", "json", "--quiet", "--stored-auth-only")
    passed_on = [part for name, value in product.variables(database).items() for part in ("-e", f"{name}={value}")]
    return json.loads(run([*program, "--method", method, *options, *fixed, *passed_on], product, npm))["result"]


def run(command: list[str], product: Product, folder: Path) -> str:
    done = subprocess.run(
        command, env=product.environment(), capture_output=True, text=True, check=False, timeout=120, cwd=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def by_inspector(product: Product, npm: Path) -> dict[str, Any]:
    """What each tool answered, each from a server of its own."""

    def call(tool: str, **arguments: Any) -> Any:
        options = ("--tool-name", tool, "--tool-args-json", json.dumps(arguments))
        return inspect(product, npm, "tools/call", *options)["structuredContent"]

    page = call("get_accounts", limit=MANY, fields=["Account_Name"])
    ids = [record["id"] for record in page["records"]]
    read = call("bulk_read_accounts", criteria="Account_Status:equals:Active")
    (export,) = inspect(product, npm, "resources/read", "--uri", read["export_uri"])["contents"]
    return {
        "get_accounts": page,
        "get_account": call("get_account", account_id=ids[0]),
        "search_accounts": call("search_accounts", criteria="Account_Status:equals:Active"),
        "update_account": call("update_account", account_id=ids[0], values={"Health_Score": 85}),
        "bulk_update_accounts": call(
            "bulk_update_accounts", records=[{"id": each, "Health_Score": 90} for each in ids]
        ),
        "bulk_read_accounts": read,
        "export": json.loads(export["text"]),
    }


def by_typescript(product: Product, npm: Path) -> dict[str, Any]:
    """What each tool answered, all from one server."""
    script = shutil.copy(Path(__file__).with_name("six_tools.mjs"), npm / "six_tools.mjs")
    answers: dict[str, Any] = json.loads(run(["node", str(script), *serve()], product, npm))
    return answers


@pytest.fixture(params=["embedded", "external"])
def product(request: pytest.FixtureRequest) -> Product:
    chosen: Product = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture(params=[by_inspector, by_typescript])
def seen(request: pytest.FixtureRequest, product: Product, npm: Path) -> dict[str, Any]:
    """What a client saw; it is asked once."""
    if request.param not in product.seen:
        product.seen[request.param] = request.param(product, npm)
    return product.seen[request.param]


def test_accounts_are_listed_read_and_found(seen: dict[str, Any]) -> None:
    first = seen["get_accounts"]["records"][0]
    assert seen["get_accounts"]["count"] == MANY
    assert seen["get_account"]["record"]["Account_Name"] == first["Account_Name"]
    assert seen["search_accounts"]["records"]
    assert {record["Account_Status"] for record in seen["search_accounts"]["records"]} == {"Active"}


def test_one_account_and_many_are_changed(seen: dict[str, Any]) -> None:
    job = seen["bulk_update_accounts"]
    assert seen["update_account"]["changed"]["Health_Score"]["after"] == 85
    assert (job["state"], job["total"], job["succeeded"], job["failures"]) == ("succeeded", MANY, MANY, [])


def test_all_that_fit_are_read_into_an_export_that_another_call_opens(seen: dict[str, Any]) -> None:
    read = seen["bulk_read_accounts"]
    assert read["count"] == len(seen["export"]["records"]) > 0


@pytest.mark.usefixtures("seen")
def test_every_start_after_the_first_makes_no_token_call(product: Product) -> None:
    assert product.token_calls() == 1


@pytest.mark.usefixtures("seen")
def test_the_tokens_are_in_the_database_and_sealed(product: Product) -> None:
    with psycopg.connect(product.database_url()) as connection:
        rows = connection.execute("SELECT zoho_tokens::text FROM zoho_tokens").fetchall()
    assert len(rows) == 1
    assert product.sign_in["ZOHO_SDK_REFRESH_TOKEN"] not in rows[0][0]


def test_the_address_in_parts_leads_to_the_same_tokens(external: Product, npm: Path) -> None:
    for database in (as_url, as_parts):
        options = ("--tool-name", "get_accounts", "--tool-args-json", '{"limit": 1}')
        answer = inspect(external, npm, "tools/call", *options, database=database)
        assert answer["structuredContent"]["count"] == 1
    assert external.token_calls() == 1
    assert not (external.data_dir / "postgresql").exists()
