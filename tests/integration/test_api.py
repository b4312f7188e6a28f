"""The API knows its caller, and says what is wrong in one form."""

from __future__ import annotations

from django.test import Client

from tests.cast import Cast, signed_in


def test_a_caller_learns_who_they_are(cast: Cast, client: Client) -> None:
    client.force_login(cast.mette.user)
    body = client.get("/api/v1/me").json()
    assert (body["name"], body["role"], body["customer"]) == ("Mette Hansen", "employee", "IT-bixen ApS")
    assert body["employee"] == str(cast.mette.employee.public_id)


def test_staff_have_no_employee_row(cast: Cast) -> None:
    body = signed_in(cast.jonas).get("/api/v1/me").json()
    assert (body["role"], body["employee"], body["customer"]) == ("reseller_staff", None, None)


def test_without_a_session_the_answer_is_a_problem(db: None, client: Client) -> None:
    answer = client.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Unauthorized"


def test_a_method_that_is_not_there_is_a_problem_too(cast: Cast, client: Client) -> None:
    client.force_login(cast.mette.user)
    answer = client.delete("/api/v1/me")
    assert (answer.status_code, answer.json()["title"]) == (405, "Method Not Allowed")


def test_the_schema_tells_of_the_api(cast: Cast, client: Client) -> None:
    client.force_login(cast.mette.user)
    schema = client.get("/api/schema.json").json()
    assert schema["openapi"].startswith("3.1")
    assert set(schema["paths"]) == {"/api/v1/me"}
