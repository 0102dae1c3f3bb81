"""What deploy/ holds is what the linters of each kind accept, and it names settings that there are."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zohocrm_mcp.config import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
MANIFESTS = sorted(file for file in (DEPLOY / "kubernetes").glob("*.yaml") if file.stem != "kustomization")
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
YAML_RULES = "{extends: default, rules: {line-length: {max: 120}, braces: disable, document-start: disable, \
comments: {min-spaces-from-content: 1}}}"
SETTINGS = {str(field.alias) for field in Settings.model_fields.values()}
OURS = re.compile(r"\b(?:ZOHO_(?:SDK|MCP)|DATABASE)_[A-Z_]+\b")


def said_by(*command: object) -> str:
    """Run a linter that must be content, and return what it says."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def linter(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def test_hadolint_accepts_the_dockerfile() -> None:
    assert said_by(linter("hadolint"), DEPLOY / "docker" / "Dockerfile") == ""


def test_the_compose_file_follows_its_specification() -> None:
    compose = DEPLOY / "docker" / "compose.yaml"
    said_by(linter("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", compose)


def test_every_setting_reaches_the_containers_of_the_compose_file() -> None:
    """A setting in service.env that nobody passes on, such as ZOHO_MCP_READ_ONLY, would be ignored without a word."""
    text = (DEPLOY / "docker" / "compose.yaml").read_text(encoding="utf-8")
    block = text[text.index("&environment") : text.index("services:")]
    passed_on = set(re.findall(r"^    ([A-Z_]+):", block, re.MULTILINE))
    of_the_file = {f"DATABASE_{part}" for part in ("HOST", "PORT", "NAME", "USER", "PASSWORD")}
    elsewhere = {"ZOHO_MCP_DATA_DIR", "ZOHO_MCP_LOG_FORMAT", "ZOHO_MCP_MIGRATE_URL"}  # the image, and the owner alone
    assert SETTINGS - passed_on == of_the_file | elsewhere


def test_kubernetes_accepts_every_manifest() -> None:
    said = said_by(linter("kubernetes-validate"), "--strict", *MANIFESTS)
    assert said.count(" passed for resource ") == sum(file.read_text().count("\nkind: ") for file in MANIFESTS)


def test_the_kustomization_names_every_manifest() -> None:
    listed = (DEPLOY / "kubernetes" / "kustomization.yaml").read_text()
    assert sorted(re.findall(r"- (\S+\.yaml)", listed)) == [file.name for file in MANIFESTS]


def test_the_yaml_is_tidy() -> None:
    assert said_by(linter("yamllint"), "-s", "-d", YAML_RULES, DEPLOY) == ""


@pytest.mark.integration
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    for unit in UNITS:
        text = unit.read_text().replace("/opt/zohocrm-mcp/bin/zohocrm-mcp", linter("zohocrm-mcp"))
        (tmp_path / unit.name).write_text(text)
    assert said_by("systemd-analyze", "verify", *(tmp_path / unit.name for unit in UNITS)) == ""


def test_only_settings_that_there_are_stand_in_it() -> None:
    files = [file for file in DEPLOY.rglob("*") if file.is_file()]
    named = {name for file in files for name in OURS.findall(file.read_text(encoding="utf-8"))}
    assert named - SETTINGS == set()
    assert {"DATABASE_URL", "ZOHO_MCP_ENCRYPTION_KEYS", "ZOHO_MCP_MIGRATE_URL"} <= named
