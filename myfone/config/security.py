"""Settings of sign-in and of what a browser may load; settings.py takes them in whole."""

from csp.constants import NONE, SELF

AUTHENTICATION_BACKENDS = ["myfone.accounts.backends.EnteringBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "myfone.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = str
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
# A mail to an address that is not known here would let anybody send mail to anybody.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
# allauth counts in the cache, which is each process's own; ours are counted in Postgres (accounts.limits).
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
ACCOUNT_FORMS = {
    "login": "myfone.accounts.forms.LoginForm",
    "reset_password": "myfone.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "myfone.accounts.forms.ResetPasswordKeyForm",
    "change_password": "myfone.accounts.forms.ChangePasswordForm",
    "reauthenticate": "myfone.accounts.forms.ReauthenticateForm",
}
MFA_ADAPTER = "myfone.accounts.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Myfone"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "myfone.accounts.forms.SecondFactorForm",
    "reauthenticate": "myfone.accounts.forms.SecondFactorAgainForm",
    "activate_totp": "myfone.accounts.forms.ActivateTotpForm",
}
USERSESSIONS_TRACK_ACTIVITY = False

PASSWORD_RESET_TIMEOUT = 60 * 60
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "myfone.accounts.passwords.LengthByFactors"},
    {"NAME": "myfone.accounts.passwords.NotFromContext"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "myfone.accounts.passwords.UnlikeTheOwner",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
]

SESSION_COOKIE_NAME = "myfone_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Sent over HTTPS alone; without it the first request of each visit may go in the clear.
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
FORM_RENDERER = "myfone.web.renderer.FormRenderer"
