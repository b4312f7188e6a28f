"""What meets one's calls now, in words and with how to end it: on every page, and live on Today."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import Forward, PauseReason, RingProfile, RingTarget
from telephony.models.profiles import Situation
from telephony.selectors.standing import own
from telephony.services import presence, profiles, queues
from telephony.templatetags.presence import when
from tests.cast import Cast, Person, signed_in
from tests.environment import PASSWORDS
from tests.queue_office import Office
from tests.streams import Follower, streams


@pytest.fixture
def office(live_cast: Cast, postgres: Postgres) -> Iterator[Office]:
    name = settings.DATABASES["default"]["NAME"]
    with (
        psycopg.connect(postgres.url(name, "kamailio", PASSWORDS["kamailio"]), autocommit=True) as switch,
        psycopg.connect(postgres.superuser_url(name), autocommit=True) as server,
    ):
        yield Office(live_cast, switch, server)


def browser_of(person: Person) -> Client:
    browser = signed_in(person)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return browser


def read(browser: Client, path: str = "/colleagues/") -> str:
    words = " ".join(browser.get(path).content.decode().split())
    return words[words.index("<main") :]


def forward(person: Person, number: str = "+4522334455") -> None:
    assert person.employee is not None
    with tenant(person.actor):
        Forward(customer_id=person.actor.customer_id, employee=person.employee, number=number).save()


def profile(person: Person, template: str) -> RingProfile:
    assert person.employee is not None
    with tenant(person.actor):
        profiles.create_templates(actor=person.actor, employee=person.employee)
        row: RingProfile = RingProfile.objects.visible_to(person.actor).get(
            employee=person.employee, template=template
        )
        return row


def test_a_forward_is_said_on_every_page_and_stopped_there(cast: Cast) -> None:
    browser = browser_of(cast.mette)
    assert "All your calls go to" not in read(browser)
    forward(cast.mette)
    assert "All your calls go to 22 33 44 55" in read(browser)
    assert "All your calls go to" not in read(browser_of(cast.line))
    answer = browser.post("/profiles/forward/stop/", {"next": "/colleagues/?q=x"})
    assert answer["Location"] == "/colleagues/?q=x"
    said = read(browser)
    assert "All your calls go to" not in said
    assert "no longer forwarded" in said


def test_do_not_disturb_is_said_with_its_end_and_turned_off(cast: Cast) -> None:
    until = timezone.localtime() + dt.timedelta(minutes=30)
    with tenant(cast.mette.actor):
        presence.set_state(actor=cast.mette.actor, state="dnd", until=until, at=clock.now())
    browser = browser_of(cast.mette)
    # Half an hour before midnight it is tomorrow's, in words.
    with translation.override("en"):
        said = f"Do not disturb until {when(until)}"
    assert said in read(browser)
    browser.post("/presence/", {"state": "", "next": "/colleagues/"})
    assert "Do not disturb until" not in read(browser)


def test_what_the_profile_does_is_said_and_turned_off(live_cast: Cast) -> None:
    holiday = profile(live_cast.mette, "holiday")
    browser = browser_of(live_cast.mette)
    assert "The ring profile" not in read(browser)
    with tenant(live_cast.mette.actor):
        RingTarget.objects.visible_to(live_cast.mette.actor).filter(profile=holiday).delete()
        RingProfile.objects.visible_to(live_cast.mette.actor).filter(pk=holiday.pk).update(state="dnd")
        RingTarget(
            customer=live_cast.bixen,
            employee=live_cast.mette.employee,
            profile=holiday,
            situation=Situation.ALWAYS,
            colleague=live_cast.line.employee,
        ).save()
        until = clock.now() + dt.timedelta(minutes=20)
        profiles.choose(actor=live_cast.mette.actor, profile=holiday, until=until, at=clock.now())
    said = read(browser)
    assert f"The ring profile Holiday holds until {when(until)}" in said
    assert "All your calls go to Line Mark" in said
    assert "Set by your ring profile Holiday" in said
    with tenant(live_cast.sara.actor):
        queue = queues.save_queue(
            actor=live_cast.sara.actor, queue=None, draft=queues.Draft("Support", "240")
        )
    with tenant(live_cast.mette.actor):
        target = RingTarget.objects.visible_to(live_cast.mette.actor).filter(profile=holiday)
        target.update(colleague=None, queue=queue)
        held = own(live_cast.mette.actor).standing.profile
    assert held is not None
    assert "All your calls go to Support" in read(browser)
    # A forward goes before the profile: what that says is not so then.
    forward(live_cast.mette)
    said = read(browser)
    assert "All your calls go to 22 33 44 55" in said
    assert "All your calls go to Support" not in said
    browser.post("/profiles/forward/stop/", {"next": "/colleagues/"})
    answer = browser.post("/profiles/undo/", {"choice": held.choice, "next": "/colleagues/"})
    assert answer["Location"] == "/colleagues/"
    said = read(browser)
    assert "The ring profile" not in said
    assert "All your calls go to" not in said
    assert "Nothing keeps calls from you." in read(browser, "/")


def test_turning_off_brings_the_usual_profile_back_and_not_the_choice_before(live_cast: Cast) -> None:
    profile(live_cast.mette, "office")
    browser = browser_of(live_cast.mette)
    for template in ("home", "off"):
        browser.post(f"/profiles/{profile(live_cast.mette, template).public_id}/choose/")
    said = read(browser)
    assert "The ring profile Off holds" in said
    form = said.partition("The ring profile Off holds")[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    sent = {name: fields[name] for name in ("choice", "do") if name in fields}
    # A second click asks for what is so already.
    for _ in range(2):
        answer = browser.post("/profiles/undo/", sent, follow=True)
        assert "Office holds from the next call on." in answer.content.decode()
        assert "The ring profile" not in read(browser)
    browser.post(f"/profiles/{profile(live_cast.mette, 'home').public_id}/choose/")
    stays = browser.post("/profiles/undo/", sent, follow=True).content.decode()
    assert "Something else was chosen since." in stays
    assert "The ring profile Home holds" in read(browser)


def test_a_profile_is_switched_on_today(live_cast: Cast) -> None:
    office, home = profile(live_cast.mette, "office"), profile(live_cast.mette, "home")
    browser = browser_of(live_cast.mette)
    assert "Office holds until you choose another." in read(browser, "/")
    assert browser.post(f"/profiles/{home.public_id}/choose/", {"next": "/"})["Location"] == "/"
    said = read(browser, "/")
    assert "Home holds until you choose another." in said
    assert f'id="profile-{home.public_id}" type="submit" aria-pressed="true"' in said
    assert f'id="profile-{office.public_id}" type="submit" aria-pressed="false"' in said


def test_queues_are_signed_in_to_and_pauses_end_on_today(live_cast: Cast, office: Office) -> None:
    mette = live_cast.mette
    member = office.enrol(mette)
    browser = browser_of(mette)
    here = f"/queues/{office.queue.public_id}/sign/"
    assert "nobody waits · 0 of 1 can take a call now" in read(browser, "/")
    assert browser.post(here, {"do": "in", "next": "/"})["Location"] == "/"
    assert "Signed in, but no phone is" in read(browser, "/")
    # A forward stops one's own calls; a queue's still ring.
    forward(mette)
    assert "Queues that you are signed in to still ring you." in read(browser)
    with tenant(mette.actor):
        queues.pause(actor=mette.actor, members=[member], reason=PauseReason.LUNCH, at=clock.now())
    said = read(browser)
    assert "Pause in Salg" in said
    assert "Lunch since" in said
    assert "still ring you" not in said
    assert 'id="pause-end"' in read(browser, "/")
    browser.post("/queues/pause/", {"do": "resume", "next": "/colleagues/"})
    assert "Pause in Salg" not in read(browser)
    assert 'id="pause-end"' not in read(browser, "/")
    # Whoever does not take its calls cannot sign in to it; nor can somebody of another company.
    assert browser_of(live_cast.peter).post(here, {"do": "in"}).status_code == 404
    assert browser_of(live_cast.stig).post(here, {"do": "in"}).status_code == 404


def test_forwards_and_queues_change_on_today_while_one_looks(live_cast: Cast, office: Office) -> None:
    with streams() as port:
        member = office.enrol(live_cast.mette)
        mette = Follower(port, live_cast.mette)
        name, data = mette.next()
        assert name == "snapshot"
        assert "nobody waits" in data["places"]["standing"]
        forward(live_cast.mette)
        assert "22" in mette.until("All your calls go to")[1]["places"]["strip"]
        office.sign(live_cast.mette, member)
        assert mette.until("Signed in")[0] == "change"
        office.arrive("one")
        assert mette.until("1 waits")[0] == "change"
        mette.close()


def test_a_queue_is_followed_by_those_who_may_see_it_alone(live_cast: Cast, office: Office) -> None:
    office.enrol(live_cast.mette)
    queue = str(office.queue.public_id)
    with streams() as port:
        peter = Follower(port, live_cast.peter, queues=[queue])
        stig = Follower(port, live_cast.stig, queues=[queue])
        line = Follower(port, live_cast.line, queues=[queue])
        for follower in (peter, stig, line):
            assert follower.next()[0] == "snapshot"
        office.arrive("one")
        assert peter.next()[1] == {"queues": [queue]}
        for person, follower in ((live_cast.stig, stig), (live_cast.line, line)):
            with tenant(person.actor):
                presence.set_state(actor=person.actor, state="away", until=None, at=clock.now())
            assert "queues" not in follower.next()[1]
        for follower in (peter, stig, line):
            follower.close()
