"""Addresses of sign-in: allauth's pages that this product uses, and no others."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.usersessions.urls import urlpatterns as sessions
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from myfone.accounts import addresses, invitations, welcome

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    # allauth links to these by name; accounts are made by companies, and addresses are theirs to change.
    path("signup/", account.signup, name="account_signup"),
    path("invitation/<str:token>/", invitations.accept, name="accept_invitation"),
    path("join/<str:token>/", invitations.join, name="join_company"),
    path("address/<str:token>/", addresses.confirm, name="confirm_address"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("email/", RedirectView.as_view(pattern_name="settings_security"), name="account_email"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        welcome.choose_password,
        name="account_reset_password_from_key",
    ),
    # One page shows all that allauth's own index shows, and more.
    path("2fa/", RedirectView.as_view(pattern_name="settings_security"), name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/", include("allauth.mfa.totp.urls")),
    path("2fa/webauthn/", include("allauth.mfa.webauthn.urls")),
    path("2fa/recovery-codes/", include("allauth.mfa.recovery_codes.urls")),
    path("sessions/", include(sessions)),
]
