"""The demo data are the guide's example, written once however often they are written."""

import pytest
from allauth.mfa.models import Authenticator

from demo.people import PASSWORD, PROVIDER
from demo.seed import seed
from myfone.accounts.models import Membership, User
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer, Employee
from telephony.models import Extension, Queue, QueueCall


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
def test_there_is_a_sign_in_for_every_role_and_staff_have_a_second_factor() -> None:
    seed()
    assert set(Membership.objects.values_list("role", flat=True)) == set(Role.values)
    provider = User.objects.get(email=PROVIDER[0].email)
    assert provider.check_password(PASSWORD)
    assert Authenticator.objects.filter(user=provider, type=Authenticator.Type.TOTP).count() == 1
