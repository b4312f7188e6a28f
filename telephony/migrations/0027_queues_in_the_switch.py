"""Protect queues and codes, and let the switch hold callers and carry out codes."""

from django.db import migrations

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace, Tables

EMPLOYEES = ("QueueMember", "QueueOffer", "ProfileQueue", "CodeUse", "Forward")
UNDO = (
    "DROP TABLE switch.default_code; DROP INDEX queue_call_open; DROP INDEX queue_call_to_do;"
    " REVOKE INSERT, UPDATE ON telephony_profilechoice FROM switch_owner"
)


class Migration(migrations.Migration):
    dependencies = [("telephony", "0026_queues")]
    operations = [
        *(
            Protect(model, switch_reads=True)
            for model in (
                "Queue",
                "QueueHours",
                "QueueMember",
                "QueuePhone",
                "ProfileQueue",
                "QueueCall",
                "QueueOffer",
                "FeatureCode",
                "CodeUse",
                "Forward",
            )
        ),
        *(WithinCustomer(model, "employee_id", "tenancy_employee") for model in EMPLOYEES),
        WithinCustomer("Queue", "extension_id", "telephony_extension"),
        WithinCustomer("QueueHours", "queue_id", "telephony_queue"),
        WithinCustomer("QueueMember", "queue_id", "telephony_queue"),
        WithinCustomer("QueueMember", "profile_id", "telephony_ringprofile"),
        WithinCustomer("QueuePhone", "member_id", "telephony_queuemember"),
        WithinCustomer("QueuePhone", "phone_id", "telephony_phone"),
        WithinCustomer("ProfileQueue", "profile_id", "telephony_ringprofile"),
        WithinCustomer("ProfileQueue", "queue_id", "telephony_queue"),
        WithinCustomer("QueueCall", "queue_id", "telephony_queue"),
        WithinCustomer("QueueCall", "answered_by_id", "tenancy_employee"),
        WithinCustomer("QueueCall", "taken_by_id", "tenancy_employee"),
        WithinCustomer("QueueCall", "done_by_id", "tenancy_employee"),
        WithinCustomer("QueueOffer", "call_id", "telephony_queuecall"),
        WithinCustomer("QueueOffer", "phone_id", "telephony_phone"),
        WithinCustomer("CodeUse", "phone_id", "telephony_phone"),
        Tables("0022_codes", "switch", undo=UNDO),
        Replace(
            "is_in_call",
            "is_at_home",
            "planned_legs",
            "call_steps",
            "feature_codes",
            "customer_codes",
            "code_phrase",
            "settle_members",
            "sign_member",
            "sign_in_to_queue",
            "code_forward",
            "code_profile",
            "feature_code",
            "plan_queue",
            "plan_number",
            "plan_employee",
            "preview_employee",
            "queue_enter",
            "queue_waits",
            "queue_phones",
            "queue_lost",
            "queue_dispatch",
            "queue_targets",
            "queue_answered",
            "queue_over",
            "queue_restart",
            "queue_reached",
            "queue_board",
        ),
    ]
