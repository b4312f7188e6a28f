"""The demo data are the guide's example, written once however often they are written."""

import pytest
from allauth.mfa.models import Authenticator

from demo.history import seed_history
from demo.people import PASSWORD, PROVIDER
from demo.phones import password_of
from demo.seed import seed
from myfone.accounts.models import Membership, User
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer, Employee
from stack.postgres import Postgres
from telephony.models import CallLeg, Ddi, Extension, Phone, Queue, QueueCall, Trunk


@pytest.mark.django_db
def test_it_bixen_has_24_employees_with_local_numbers() -> None:
    seed()
    actor = Actor.platform(doing="test")
    with tenant(actor):
        customer = Customer.objects.visible_to(actor).get(name="IT-bixen ApS")
        people = Employee.objects.visible_to(actor).filter(customer=customer)
        assert people.count() == 24
        assert {email.partition("@")[2] for email in people.values_list("email", flat=True)} == {
            "it-bixen.dk"
        }
        numbers = Extension.objects.visible_to(actor).filter(customer=customer)
        assert numbers.exclude(employee=None).values("number").distinct().count() == 24
        assert {queue.name for queue in Queue.objects.visible_to(actor).filter(customer=customer)} == {
            "Salg",
            "Support",
        }


@pytest.mark.django_db
def test_writing_twice_adds_nothing_and_overwrites_nothing() -> None:
    first = seed()
    User.objects.filter(email="mette@it-bixen.dk").update(name="Mette Holm")
    actor = Actor.platform(doing="test")
    with tenant(actor):
        Queue.objects.visible_to(actor).filter(name="Salg").update(name="Kundesalg")
        calls = QueueCall.objects.visible_to(actor).count()
    assert (first > 24, seed()) == (True, 0)
    with tenant(actor):
        kept = Queue.objects.visible_to(actor).values_list("name", flat=True)
        assert (set(kept), QueueCall.objects.visible_to(actor).count()) == ({"Kundesalg", "Support"}, calls)
    assert User.objects.get(email="mette@it-bixen.dk").name == "Mette Holm"


@pytest.mark.django_db
def test_calls_in_vain_say_of_each_agent_why_they_did_not_ring_there() -> None:
    seed()
    actor = Actor.platform(doing="test")
    with tenant(actor):
        for call in QueueCall.objects.visible_to(actor).select_related("queue"):
            agents = set(call.queue.members.values_list("employee_id", flat=True))
            assert {who for who, _, _ in call.left_out} == agents
            free = {who for who, why, _ in call.left_out if not why}
            assert free == ({call.answered_by_id} if call.answered_by_id else set())


@pytest.mark.django_db
def test_numbers_lead_to_people_and_queues_and_desk_phones_have_passwords(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for place in ("127.9.9.9:5080", "127.9.9.9:5081"):
        monkeypatch.setenv("DEMO_TRUNK", place)
        seed()
    trunk = Trunk.objects.get()
    assert (trunk.gateway, trunk.sources.get().address) == ("127.9.9.9:5081", "127.9.9.9")
    actor = Actor.platform(doing="test")
    with tenant(actor):
        ddis = Ddi.objects.visible_to(actor)
        assert ddis.get(is_main=True).number == "+4569142400"
        assert ddis.get(extension__queue__name="Support").number == "+4569142440"
        assert ddis.filter(extension=None).count() == 2
        names = Phone.objects.visible_to(actor).values_list("username", flat=True)
        assert "mette-desk" in set(names)
    assert password_of("mette-desk") != password_of("line-desk")


@pytest.mark.django_db
def test_there_is_a_sign_in_for_every_role_and_staff_have_a_second_factor() -> None:
    seed()
    assert set(Membership.objects.values_list("role", flat=True)) == set(Role.values)
    provider = User.objects.get(email=PROVIDER[0].email)
    assert provider.check_password(PASSWORD)
    assert Authenticator.objects.filter(user=provider, type=Authenticator.Type.TOTP).count() == 1


def test_the_queues_calls_stand_in_the_history_once(live_db: None, postgres: Postgres) -> None:
    seed()
    admin = postgres.superuser_url("postgres")
    assert (seed_history(admin) > 60, seed_history(admin)) == (True, 0)
    actor = Actor.platform(doing="test")
    with tenant(actor):
        calls = QueueCall.objects.visible_to(actor)
        stays = CallLeg.objects.visible_to(actor).filter(role="queue")
        assert stays.count() == calls.count()
        taken = CallLeg.objects.visible_to(actor).filter(part="answered")
        assert taken.count() == calls.filter(outcome="answered").count()
