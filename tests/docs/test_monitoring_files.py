"""The alert rules and the dashboard of deploy/monitoring name only metrics that /metrics has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from tests.docs.markdown import ROOT

MONITORING = ROOT / "deploy" / "monitoring"
NAME = re.compile(r"\b(?:wordgen|process)_\w+\b")
LABEL = re.compile(r"\b(wordgen_\w+)\{([^}]*)\}")
# Made by Prometheus itself, or missing until there is a worker.
WITHOUT_A_WORKER = {"wordgen_batch_worker_heartbeat_age_seconds"}


def alert_rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((MONITORING / "alerts.yaml").read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
    found: list[dict[str, Any]] = dashboard["panels"]
    return found


def expressions() -> Iterator[str]:
    for rule in alert_rules():
        yield rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield target["expr"]


@pytest.fixture
def samples(client: Client, bearer: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """The names in /metrics, each with the labels of its samples."""
    client.get("/health/live")  # so that a request is counted
    answer = client.get("/metrics", headers=bearer)
    assert answer.status_code == 200
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def test_every_metric_exists(samples: dict[str, list[dict[str, str]]]) -> None:
    named = {name for expression in expressions() for name in NAME.findall(expression)}
    assert len(named) > 20
    assert named - set(samples) - WITHOUT_A_WORKER == set()


def test_every_label_of_a_selector_exists(samples: dict[str, list[dict[str, str]]]) -> None:
    for expression in expressions():
        for name, selector in LABEL.findall(expression):
            for label, _, value in re.findall(r'(\w+)(=~?)"([^"]*)"', selector):
                known = {labels[label] for labels in samples[name]}
                if label != "status" or name != "wordgen_http_requests_total":
                    assert set(value.split("|")) <= known, expression
                else:  # counted since this process started
                    assert all(re.fullmatch(r"\dxx", each) for each in {value, *known})


def test_every_alert_has_a_name_of_its_own_and_a_sentence() -> None:
    rules = alert_rules()
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_the_panels_do_not_overlap() -> None:
    cells = [
        (x, y)
        for panel in panels()
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_the_page_has_every_alert() -> None:
    page = (ROOT / "docs" / "production.md").read_text("utf-8")
    section = page.partition("## Alerts")[2].partition("\n## ")[0]
    for rule in alert_rules():
        assert f"`{rule['alert']}`" in section, rule["alert"]
