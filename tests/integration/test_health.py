"""Those who watch get an answer that tells what is wrong, and no more."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client


def test_the_process_says_that_it_is_alive_without_a_database(client: Client) -> None:
    assert client.get("/health").content == b"ok\n"  # a database access would be refused by pytest-django


def test_it_is_ready_with_its_tables(db: None, client: Client) -> None:
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "faults": []})


def test_it_is_not_ready_without_its_database(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise OperationalError("connection refused by 10.0.0.1")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        patch.setattr("django.db.connections.close_all", lambda: None)
        answer = client.get("/ready")
    assert (answer.status_code, answer.json()["faults"]) == (503, ["database: OperationalError"])


def test_figures_are_for_those_with_the_token(db: None, client: Client, settings) -> None:
    assert client.get("/metrics").status_code == 404
    client.generic("MADEUP", "/health")
    object.__setattr__(settings.ENVIRONMENT, "metrics_token", "t0ken")
    try:
        assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
        text = client.get("/metrics", headers={"Authorization": "Bearer t0ken"}).content.decode()
    finally:
        object.__setattr__(settings.ENVIRONMENT, "metrics_token", "")
    assert "myfone_oldest_due_job_seconds 0.0" in text
    assert 'method="other",route="health"' in text
    assert "MADEUP" not in text, "whoever makes up methods must not make up series"
    assert 'myfone_requests_total{method="GET",route="metrics",status="404"}' in text
