"""When a certificate is made is said by one phrase, to readers of each language."""

from __future__ import annotations

import datetime as dt

import pytest
from django.template import Context, Template
from django.utils import translation

from provisioning.certificate_texts import moment, next_action, report
from provisioning.rules.certificate_plan import next_run

EVENING = dt.datetime(2026, 11, 22, 19, 0, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 11, 22, 4, 47, tzinfo=dt.UTC)  # 05:47 in Copenhagen
LAST = dt.datetime(2026, 11, 22, 5, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "at", "said"),
    [
        ("da", EVENING, "lige efter midnat, natten til den 23. november"),
        ("da", MORNING, "i dag lige efter kl. 06:00"),
        ("da", LAST, "lige efter midnat, natten til den 23. november"),
        ("sv", EVENING, "strax efter midnatt, natten till den 23 november"),
        ("sv", MORNING, "i dag strax efter kl. 06:00"),
        ("en", EVENING, "just after midnight on November 23"),
        ("en", MORNING, "today just after 06:00"),
    ],
)
def test_the_moment_is_said_as_people_say_it(language: str, at: dt.datetime, said: str) -> None:
    with translation.override(language):
        assert moment(next_run(at), at) == said


def test_a_mail_that_is_late_names_the_day() -> None:
    with translation.override("da"):
        assert moment(LAST, EVENING - dt.timedelta(days=1)) == "den 22. november lige efter kl. 06:00"


@pytest.mark.parametrize("at", [EVENING, MORNING])
def test_pages_mails_and_lists_say_the_same(at: dt.datetime) -> None:
    with translation.override("da"):
        phrase = moment(next_run(at), at)
        assert report(verified=True, at=at).heading == f"Certifikatet laves {phrase}"
        assert next_action(None, None, at) == f"Det laves {phrase}."
        template = Template("{% load certificates %}{{ run|certificate_moment:at }}")
        for run in (next_run(at), next_run(at).isoformat()):
            assert template.render(Context({"run": run, "at": at})) == phrase
