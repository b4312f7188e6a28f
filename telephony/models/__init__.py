"""What can ring, and how it rings."""

from telephony.models.calls import BlockedNumber, CallLeg, CallRecord, Direction, Outcome, Part
from telephony.models.contacts import Contact, ContactImport, ContactSource, ImportState
from telephony.models.numbers import (
    CallPolicy,
    Ddi,
    PickupGroup,
    PickupMember,
    ShownNumber,
    Trunk,
    TrunkSource,
)
from telephony.models.phones import Extension, Phone, PhoneKind, SipDomain
from telephony.models.policies import SkypePolicy
from telephony.models.presence import Favourite, HandState, Presence
from telephony.models.profiles import (
    Callers,
    ProfileChoice,
    RingMember,
    RingProfile,
    RingStep,
    RingTarget,
    Situation,
    Template,
)

__all__ = [
    "BlockedNumber",
    "CallLeg",
    "CallPolicy",
    "CallRecord",
    "Callers",
    "Contact",
    "ContactImport",
    "ContactSource",
    "Ddi",
    "Direction",
    "Extension",
    "Favourite",
    "HandState",
    "ImportState",
    "Outcome",
    "Part",
    "Phone",
    "PhoneKind",
    "PickupGroup",
    "PickupMember",
    "Presence",
    "ProfileChoice",
    "RingMember",
    "RingProfile",
    "RingStep",
    "RingTarget",
    "ShownNumber",
    "SipDomain",
    "Situation",
    "SkypePolicy",
    "Template",
    "Trunk",
    "TrunkSource",
]
