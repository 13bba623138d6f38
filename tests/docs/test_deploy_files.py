"""The files of deploy/: what they name exists, and the programs that read them accept them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.markdown import ROOT
from tests.site.test_env import variables_read_by_the_settings

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")
# Read by other programs than the settings.
OTHER_VARIABLES = {"HOME", "HF_HOME"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))[
        "services"
    ]
    return services


def instructions(name: str) -> list[str]:
    """Return the values of an instruction of the Dockerfile, with its lines joined."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    return re.findall(rf"^\s*{name} +(.+)$", text, re.MULTILINE)


# --- Dockerfile ----------------------------------------------------------------------------------


def test_the_dockerfile_copies_what_exists_and_nothing_is_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    sources = [
        source
        for copy in instructions("COPY")
        if "--from" not in copy
        for source in copy.split()[:-1]
    ]
    assert "deploy/start.sh" in sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, source
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"tests", "benchmarks"} <= set(sources)


def test_the_image_runs_without_root_and_without_a_shell() -> None:
    assert instructions("USER") == ["wordgen"]
    assert json.loads(instructions("CMD")[-1]) == ["web"]
    assert json.loads(instructions("HEALTHCHECK")[0].partition("CMD")[2])[0] == "python"
    assert json.loads(instructions("ENTRYPOINT")[0]) == ["/usr/local/bin/start.sh"]
    assert "useradd --uid 10001" in instructions("RUN")[-1]
    assert instructions("VOLUME") == ["/data"]


# --- compose -------------------------------------------------------------------------------------


def test_every_variable_of_our_containers_is_a_setting(services: dict[str, Any]) -> None:
    known = variables_read_by_the_settings()
    gpu = yaml.safe_load((DEPLOY / "compose.gpu.yaml").read_text("utf-8"))["services"]
    for environment in (
        services["web"]["environment"],
        services["worker"]["environment"],
        gpu["web"]["environment"],
    ):
        assert set(environment) - known == set()


def test_every_value_of_the_compose_files_is_in_the_example() -> None:
    example = (DEPLOY / "example.env").read_text("utf-8")
    for name in ("compose.yaml", "compose.gpu.yaml"):
        text = (DEPLOY / name).read_text("utf-8")
        for variable in re.findall(r"(?<!\$)\$\{(\w+)", text):
            assert re.search(rf"^#?{variable}=", example, re.MULTILINE), variable


def test_our_containers_cannot_write_outside_of_their_volume(services: dict[str, Any]) -> None:
    for name in ("web", "worker"):
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["volumes"] == ["data:/data"]
        assert "ports" not in service  # nginx alone is reached from outside
    assert services["worker"]["stop_grace_period"] == "120s"
    assert services["worker"]["depends_on"] == {"web": {"condition": "service_healthy"}}


def test_what_compose_makes_of_the_nginx_file_names_its_own_server(
    services: dict[str, Any], tmp_path: Path
) -> None:
    """The command of the container, with other places and without nginx itself."""
    shell, flags, script = services["nginx"]["command"]
    made = tmp_path / "default.conf"
    script = script.replace("$$", "$").replace("/etc/nginx/conf.d/default.conf", str(made))
    script = script.replace("/recipe.conf", str(DEPLOY / "nginx" / "wordgen.conf"))
    script = script.replace("exec nginx -g 'daemon off;'", "")
    subprocess.run([shell, flags, script], env={"DOMAIN": "words.school.test"}, check=True)
    text = made.read_text("utf-8")
    assert text.count("server web:8010;") == 2
    assert text.count("server_name words.school.test;") == 2
    assert "/live/words.school.test/fullchain.pem" in text
    assert "127.0.0.1" not in text


# --- systemd -------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: str(unit.name))
def test_every_variable_of_the_units_is_a_setting(unit: Path) -> None:
    lines = re.findall(r"^Environment=(.+)$", unit.read_text("utf-8"), re.MULTILINE)
    names = {pair.partition("=")[0] for line in lines for pair in line.split()}
    assert "DATA_DIR" in names
    assert names - variables_read_by_the_settings() - OTHER_VARIABLES == set()


def test_the_worker_gets_one_signal_and_ends_before_the_web_server() -> None:
    worker = (DEPLOY / "systemd" / "wordgen-worker.service").read_text("utf-8")
    for line in ("KillMode=mixed", "TimeoutStopSec=120", "After=wordgen-web.service"):
        assert f"\n{line}\n" in worker


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="systemd is not installed")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """With another place of the programs, which must exist."""
    for name in ("wordgen", "python"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    files = []
    for unit in [*UNITS, *(DEPLOY / "systemd").glob("*.timer")]:
        files.append(tmp_path / unit.name)
        files[-1].write_text(unit.read_text("utf-8").replace("/opt/wordgen/bin", str(tmp_path)))
    ended = subprocess.run(
        [str(SYSTEMD_ANALYZE), "verify", "--man=no", *map(str, files)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    ours = [line for line in ended.stderr.splitlines() if "wordgen" in line]
    assert ours == []
    assert ended.returncode == 0, ended.stderr
