"""What a password for the portal must be (NIST SP 800-63B-4 §3.1.1): long and unknown, nothing else.

The Skype client's password has a rule of its own, the guide's (G18); it is not here.
"""

from __future__ import annotations

import re

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ALONE = 15
WITH_SECOND_FACTOR = 8
LONGEST = 128

# Words an attacker of this portal tries first.
CONTEXT = (
    "myfone",
    "flexfone",
    "flexskype",
    "skype",
    "telefon",
    "velkommen",
    "welcome",
    "password",
    "adgangskode",
)


class LengthByFactors:
    """Ask for 15 characters, or 8 where a second factor is asked for as well."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError for a password that is too short, or too long to hash in reasonable time."""
        least = WITH_SECOND_FACTOR if has_second_factor(user) else ALONE
        if len(password) < least:
            raise ValidationError(
                _("The password has %(length)d characters; at least %(least)d are needed.")
                % {"length": len(password), "least": least},
                code="password_too_short",
            )
        if len(password) > LONGEST:
            raise ValidationError(
                _("At most %(most)d characters, please.") % {"most": LONGEST}, code="password_too_long"
            )

    def get_help_text(self) -> str:
        """Say the rule before it is broken."""
        return _(
            "At least %(alone)d characters, or %(second)d when a second step is switched on. Three or four "
            "words that do not belong together are easy to remember."
        ) % {"alone": ALONE, "second": WITH_SECOND_FACTOR}


class NotFromContext:
    """Refuse passwords made of little else than our own names, and of one thing repeated."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError when nearly nothing is left once the known words are taken out."""
        rest = password.casefold()
        for word in CONTEXT:
            rest = rest.replace(word, "")
        if len(re.sub(r"[\W\d_]", "", rest)) < 4 and len(rest) < len(password):
            raise ValidationError(
                _("This password is among the first that somebody would guess."), code="context"
            )
        if len(set(password)) < 5:
            raise ValidationError(_("The password repeats the same few characters."), code="repeated")

    def get_help_text(self) -> str:
        """Say the rule before it is broken."""
        return _("Not your name, not the company's, not one that is used by many.")


class UnlikeTheOwner(UserAttributeSimilarityValidator):
    """Refuse passwords that are close to the owner's name or address, in words that fit both."""

    def get_error_message(self) -> str:
        """Say what is wrong without naming the field: its name has a gender of its own in Danish and Swedish."""
        return _("The password is too much like your name or your e-mail address.")

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError for a password that is too similar."""
        try:
            super().validate(password, user)  # type: ignore[arg-type]
        except ValidationError as error:
            raise ValidationError(self.get_error_message(), code="password_too_similar") from error


def has_second_factor(user: AbstractBaseUser | None) -> bool:
    """Tell whether the user signs in with more than a password."""
    return user is not None and user.pk is not None and is_mfa_enabled(user)
