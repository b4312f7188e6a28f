"""The snapshot that the portal gives where the process of streams is away."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.bench.pages import AIM, counted
from tests.cast import Cast, signed_in


def test_a_snapshot_asks_as_little_as_a_page(cast: Cast) -> None:
    assert cast.line.employee is not None
    browser = signed_in(cast.mette)
    browser.get("/settings/")  # what only a first request does is done
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(f"/live/?people={cast.line.employee.public_id}")
    assert str(cast.line.employee.public_id) in answer.content.decode()
    assert '"me":' in answer.content.decode()
    assert counted(captured.captured_queries, answer.status_code).statements <= AIM
