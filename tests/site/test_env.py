"""The readers of environment variables, and that every variable is documented."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from wordgen_site.config import env

NAME = "WORDGEN_TEST_VALUE"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda value: monkeypatch.setenv(NAME, value)


@pytest.mark.parametrize(
    ("read", "default"),
    [
        (env.env_str, "text"),
        (env.env_bool, True),
        (env.env_int, 7),
        (env.env_list, ["a"]),
        (env.env_int_list, [1, 2]),
        (env.env_path, Path("/somewhere")),
    ],
)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_unset_or_empty_variable_has_the_default(
    monkeypatch: pytest.MonkeyPatch, read: Callable[..., Any], default: Any, value: str | None
) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if value is not None:
        monkeypatch.setenv(NAME, value)
    assert read(NAME, default) == default


def test_text_is_stripped(given: Callable[[str], None]) -> None:
    given("  some text \n")
    assert env.env_str(NAME) == "some text"


def test_a_choice_must_be_one_of_them(given: Callable[[str], None]) -> None:
    given("local")
    assert env.env_str(NAME, "local", choices=["local", "scripted"]) == "local"
    given("Local")
    said = f"Unexpected value {NAME}='Local': expected one of local, scripted"
    with pytest.raises(ImproperlyConfigured, match=f"^{re.escape(said)}$"):
        env.env_str(NAME, "local", choices=["local", "scripted"])


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        (" On ", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("off", False),
    ],
)
def test_booleans(given: Callable[[str], None], value: str, meant: bool) -> None:
    given(value)
    assert env.env_bool(NAME, not meant) is meant


@pytest.mark.parametrize("value", ["2", "ja", "y", "truee"])
def test_any_other_boolean_is_an_error(given: Callable[[str], None], value: str) -> None:
    given(value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME}='{value}': expected true or false"):
        env.env_bool(NAME, True)


def test_a_number_within_its_range(given: Callable[[str], None]) -> None:
    for value, number in (("1", 1), (" 65535 ", 65535), ("0080", 80)):
        given(value)
        assert env.env_int(NAME, 5, minimum=1, maximum=65535) == number


@pytest.mark.parametrize("value", ["0", "65536", "-1", "1.5", "1e3", "eight"])
def test_a_number_out_of_its_range(given: Callable[[str], None], value: str) -> None:
    given(value)
    said = f"{NAME}='{value}': expected a whole number from 1 to 65535"
    with pytest.raises(ImproperlyConfigured, match=re.escape(said)):
        env.env_int(NAME, 5, minimum=1, maximum=65535)


def test_a_number_without_an_upper_bound(given: Callable[[str], None]) -> None:
    given("-1")
    with pytest.raises(ImproperlyConfigured, match=f"{NAME}='-1': .* at least 0"):
        env.env_int(NAME, 5)


def test_lists(given: Callable[[str], None]) -> None:
    given(" a.example , b.example,, ")
    assert env.env_list(NAME) == ["a.example", "b.example"]
    given("64, 128,512")
    assert env.env_int_list(NAME, [1]) == [64, 128, 512]


@pytest.mark.parametrize(("value", "wrong"), [("64,x", "x"), ("0,64", "0"), ("64;128", "64;128")])
def test_a_list_with_something_else_in_it(
    given: Callable[[str], None], value: str, wrong: str
) -> None:
    given(value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME}='{wrong}'"):
        env.env_int_list(NAME, [1])


def test_a_path_is_made_absolute(
    given: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    given("data/x")
    assert env.env_path(NAME, Path("/default")) == tmp_path / "data" / "x"
    given("~/data")
    assert env.env_path(NAME, Path("/default")) == tmp_path / "home" / "data"


def test_a_secret_from_the_variable_or_a_file(
    given: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert env.env_secret(NAME) == ""
    file = tmp_path / "secret"
    file.write_text("from the file\n", encoding="utf-8")
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    assert env.env_secret(NAME) == "from the file"
    given("from the variable")
    assert env.env_secret(NAME) == "from the variable"


def test_a_missing_secret_file_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match=f"{NAME}_FILE=.*none cannot be read"):
        env.env_secret(NAME)


# --- the documentation of the settings -----------------------------------------------------------


def variables_read_by_the_settings() -> set[str]:
    """Every literal name in settings.py that a reader or os.environ reads."""
    source = Path(django_settings.BASE_DIR, "wordgen_site", "settings.py").read_text("utf-8")
    names = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = ast.unparse(node.func)
        name = node.args[0]
        if called.startswith("env_") or called in ("os.environ.get", "os.getenv"):
            assert isinstance(name, ast.Constant), ast.unparse(node)
            assert isinstance(name.value, str)
            names.add(name.value)
    return names


def test_the_test_finds_the_settings() -> None:
    names = variables_read_by_the_settings()
    assert {"HOST", "SECRET_TOKEN", "ALLOWED_MAX_NEW_TOKENS", "TORCH_DTYPE", "ENV_FILE"} <= names
    assert len(names) > 40


def test_every_variable_is_documented_in_the_example() -> None:
    example = Path(django_settings.BASE_DIR, ".env.example")
    assert example.exists(), ".env.example is missing"
    # As an assignment, possibly commented out, or in the comment of another setting.
    documented = set(re.findall(r"\b[A-Z][A-Z0-9_]{2,}\b", example.read_text("utf-8")))
    assert variables_read_by_the_settings() - documented == set()


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["http://127.0.0.1:8010", "https://words.example.org", "http://[::1]:8010"]
)
def test_an_address_is_taken_as_it_is_without_a_slash_at_its_end(
    given: Callable[[str], None], value: str
) -> None:
    for written in (value, f"{value}/", f" {value} "):
        given(written)
        assert env.env_url(NAME) == value


def test_an_unset_address_is_an_empty_string(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert env.env_url(NAME) == ""


@pytest.mark.parametrize(
    "value",
    [
        "127.0.0.1:8010",
        "ftp://127.0.0.1",
        "http://",
        "http://:8010",
        "http://host:port",
        "http://host:99999",
        "http://host/path",
        "http://host?x=1",
        "http://name:password@host",
        "http://[::1",
    ],
)
def test_an_invalid_address_stops_the_start(given: Callable[[str], None], value: str) -> None:
    given(value)
    said = f"Unexpected value {NAME}={value!r}: expected an address such as"
    with pytest.raises(ImproperlyConfigured, match=f"^{re.escape(said)}"):
        env.env_url(NAME)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"ENGINE_URL": "http://127.0.0.1:8010"}, "ENGINE_URL needs ENGINE_KEY"),
        ({"ENGINE_KEY": "short"}, "ENGINE_KEY must have at least 32 characters"),
    ],
)
def test_a_shared_engine_needs_a_long_key(given_: dict[str, str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import wordgen_site.settings"],
        cwd=django_settings.BASE_DIR,
        env={"ENV_FILE": os.devnull, "SECRET_KEY": "x", **given_},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert "short" not in done.stderr.replace("at least 32", "")
