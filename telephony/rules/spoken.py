"""What is said on the line once a code was dialled: by what came of it, in each language (G29)."""

from __future__ import annotations

#: By result, as switch.feature_code names it: Danish, Swedish, English.
PHRASES: dict[str, tuple[str, str, str]] = {
    "signed_in": (
        "Du er logget ind i køen.",
        "Du är inloggad i kön.",
        "You are signed in to the queue.",
    ),
    "already_in": (
        "Du er allerede logget ind i køen.",
        "Du är redan inloggad i kön.",
        "You are signed in to the queue already.",
    ),
    "signed_out": (
        "Du er logget ud af køen.",
        "Du är utloggad ur kön.",
        "You are signed out of the queue.",
    ),
    "already_out": (
        "Du er allerede logget ud af køen.",
        "Du är redan utloggad ur kön.",
        "You are signed out of the queue already.",
    ),
    "out_after_call": (
        "Du logges ud af køen efter kaldet.",
        "Du loggas ut ur kön efter samtalet.",
        "You will be signed out of the queue after the call.",
    ),
    "not_member": (
        "Du er ikke medlem af køen.",
        "Du ingår inte i kön.",
        "You are not a member of the queue.",
    ),
    "unknown_queue": ("Køen findes ikke.", "Kön finns inte.", "There is no such queue."),
    "paused": ("Du holder pause.", "Du har paus.", "You are paused."),
    "resumed": ("Pausen er slut.", "Pausen är slut.", "The pause is over."),
    "no_queues": (
        "Du er ikke logget ind i nogen kø.",
        "Du är inte inloggad i någon kö.",
        "You are not signed in to any queue.",
    ),
    "profile": ("Ringeprofilen er skiftet.", "Ringprofilen är bytt.", "The ring profile is switched."),
    "unknown_profile": (
        "Ringeprofilen findes ikke.",
        "Ringprofilen finns inte.",
        "There is no such ring profile.",
    ),
    "forwarded": (
        "Dine kald er viderestillet.",
        "Dina samtal är vidarekopplade.",
        "Your calls are forwarded.",
    ),
    "forward_off": ("Viderestillingen er slut.", "Vidarekopplingen är av.", "Forwarding is off."),
    "unknown_number": ("Nummeret findes ikke.", "Numret finns inte.", "The number does not exist."),
    "abroad": (
        "Der kan kun viderestilles til numre i landet.",
        "Det går bara att vidarekoppla till nummer i landet.",
        "Only numbers of this country can be used.",
    ),
    "refused": ("Nummeret er lukket.", "Numret är spärrat.", "The number is barred."),
    "dnd": ("Du bliver ikke forstyrret.", "Du blir inte störd.", "You will not be disturbed."),
    "dnd_off": ("Du kan forstyrres igen.", "Du kan bli störd igen.", "You may be disturbed again."),
    "nothing_rings": (
        "Der er ingen opkald at hente.",
        "Det finns inget samtal att hämta.",
        "There is no call to take.",
    ),
    "no_group": (
        "Du er ikke med i en gruppe.",
        "Du är inte med i någon grupp.",
        "You are in no pickup group.",
    ),
}
LANGUAGES = ("da", "sv", "en")
