"""Protect ring profiles, and let them decide what a call rings."""

from django.db import migrations

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace

MODELS = ("RingProfile", "RingStep", "RingMember", "RingTarget", "ProfileChoice")


class Migration(migrations.Migration):
    dependencies = [("telephony", "0013_profiles")]
    operations = [
        *(Protect(model, switch_reads=True) for model in MODELS),
        *(WithinCustomer(model, "employee_id", "tenancy_employee") for model in MODELS),
        WithinCustomer("RingProfile", "outgoing_id", "telephony_ddi"),
        WithinCustomer("RingStep", "profile_id", "telephony_ringprofile"),
        WithinCustomer("RingMember", "phone_id", "telephony_phone"),
        WithinCustomer("RingMember", "colleague_id", "tenancy_employee"),
        WithinCustomer("RingTarget", "profile_id", "telephony_ringprofile"),
        WithinCustomer("RingTarget", "colleague_id", "tenancy_employee"),
        WithinCustomer("RingTarget", "other_id", "telephony_ringprofile"),
        WithinCustomer("ProfileChoice", "profile_id", "telephony_ringprofile"),
        Replace(
            "profile_at", "active_profile", "plan_target", "plan_profile", "plan_employee", "outgoing_number"
        ),
    ]
