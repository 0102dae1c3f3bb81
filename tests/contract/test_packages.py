"""What registries and Claude Desktop are told of the server agrees with the server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from zohocrm_mcp import __version__
from zohocrm_mcp.config import SECRET, Settings

ROOT = Path(__file__).parents[2]
BY_VARIABLE = {str(field.alias): field for field in Settings.model_fields.values()}


def read(name: str) -> Any:
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture
def entry() -> dict[str, Any]:
    """What the MCP registry is told."""
    found: dict[str, Any] = read("server.json")
    return found


@pytest.fixture
def manifest() -> dict[str, Any]:
    """What Claude Desktop is told."""
    found: dict[str, Any] = read("packaging/mcpb/manifest.json")
    return found


def test_the_registry_takes_the_entry(entry: dict[str, Any]) -> None:
    schema = read("tests/contract/server_json.schema.json")
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(entry, schema, cls=jsonschema.Draft7Validator)


def test_the_entry_is_of_this_version(entry: dict[str, Any]) -> None:
    (package,) = entry["packages"]
    assert {entry["version"], package["version"]} == {__version__}
    assert package["identifier"] == "zohocrm-mcp"


def test_the_entry_names_settings_as_they_are(entry: dict[str, Any]) -> None:
    variables = entry["packages"][0]["environmentVariables"]
    assert {one["name"]: one["description"] for one in variables} == {
        one["name"]: BY_VARIABLE[one["name"]].description for one in variables
    }
    assert {one["name"] for one in variables if one.get("isSecret")} == {one["name"] for one in variables} & SECRET


def test_the_bundle_is_of_this_version(manifest: dict[str, Any]) -> None:
    assert manifest["version"] == __version__


def test_the_bundle_sets_variables_that_there_are(manifest: dict[str, Any]) -> None:
    assert set(manifest["server"]["mcp_config"]["env"]) <= set(BY_VARIABLE)


def test_the_bundle_asks_for_what_it_uses_and_hides_what_is_secret(manifest: dict[str, Any]) -> None:
    asked = manifest["user_config"]
    env = manifest["server"]["mcp_config"]["env"]
    used = {name: re.fullmatch(r"\$\{user_config\.(\w+)\}", value) for name, value in env.items()}
    assert {found[1] for found in used.values() if found} == set(asked)
    hidden = {name for name, found in used.items() if found and asked[found[1]].get("sensitive")}
    assert hidden == set(used) & SECRET


def test_what_the_bundle_does_not_require_has_a_default(manifest: dict[str, Any]) -> None:
    """Else a client passes the placeholder on as it is."""
    asked = manifest["user_config"]
    assert [name for name, one in asked.items() if not one.get("required") and "default" not in one] == []


def test_the_bundle_starts_a_file_that_there_is(manifest: dict[str, Any]) -> None:
    assert (ROOT / manifest["server"]["entry_point"]).is_file()


@pytest.mark.parametrize(
    ("schema", "pattern"), [("vendor.github-issue-forms", "*_*.yml"), ("vendor.github-issue-config", "config.yml")]
)
def test_the_forge_takes_the_issue_forms(schema: str, pattern: str) -> None:
    files = sorted(map(str, (ROOT / ".github" / "ISSUE_TEMPLATE").glob(pattern)))
    assert files
    checker = shutil.which("check-jsonschema") or str(Path(sys.executable).with_name("check-jsonschema"))
    done = subprocess.run(
        [checker, "--builtin-schema", schema, *files], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout


def test_the_hooks_before_a_commit_fetch_nothing() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"- repo: (\S+)", text)) == {"local"}
    assert set(re.findall(r"language: (\S+)", text)) == {"system"}
    assert all(entry.startswith("uv run --no-sync ") for entry in re.findall(r"entry: (.+)", text))


def test_the_hooks_before_a_commit_can_be_read() -> None:
    prek = str(Path(sys.executable).with_name("prek"))
    done = subprocess.run(
        [prek, "validate-config", str(ROOT / ".pre-commit-config.yaml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_every_recipe_says_what_it_is_for() -> None:
    nox = str(Path(sys.executable).with_name("nox"))
    command = [nox, "--list", "-f", str(ROOT / "noxfile.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    recipes = dict(re.findall(r"^[*-] (\S+)(?: -> (.+))?$", done.stdout, re.MULTILINE))
    assert {"lint", "types", "tests-3.11", "tests-3.13", "floors", "docs", "lock"} <= set(recipes)
    assert [name for name, description in recipes.items() if not description] == []
