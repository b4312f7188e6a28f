"""Wire the product together; everything that differs between machines comes from environment.py."""

import os
import sys
from pathlib import Path

import environ as django_environ
from django.utils.translation import gettext_lazy as _

from myfone.config import logs
from myfone.config.environment import read
from myfone.config.security import *  # noqa: F403 - sign-in and what a browser may load

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT_FILE = Path(os.environ.get("MYFONE_ENVIRONMENT", ROOT / "var" / "environment"))
if ENVIRONMENT_FILE.is_file():
    django_environ.Env.read_env(ENVIRONMENT_FILE)
ENVIRONMENT = read(os.environ)

DEBUG = ENVIRONMENT.debug
DEMO = ENVIRONMENT.demo
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.portal_url]
PORTAL_URL = ENVIRONMENT.portal_url
ROOT_URLCONF = "myfone.config.urls"
CSRF_FAILURE_VIEW = "myfone.web.errors.csrf_failure"
WSGI_APPLICATION = "myfone.config.wsgi.application"
SITE_NAME = "Myfone"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "template_partials",
    "django.forms",
    "csp",
    "django_q",
    "myfone.kernel",
    "myfone.tenancy",
    "myfone.accounts",
    "telephony",
    "billing",
    "provisioning",
    "myfone.web",
    "myfone.api",
    "myfone.backoffice",
]
if DEMO:
    INSTALLED_APPS.append("demo")

MIDDLEWARE = [
    "myfone.kernel.metrics.MetricsMiddleware",
    "myfone.kernel.deadline.DeadlineMiddleware",
    # Customers' own host names, which ALLOWED_HOSTS does not hold, end here.
    "provisioning.web.front.FrontMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "myfone.web.headers.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "myfone.accounts.middleware.TenantMiddleware",
    "myfone.accounts.sessions.StaffSessionMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "myfone.web.context.shell",
            ],
        },
    }
]

# The portal's own role, and a second connection for what must be counted outside the request's transaction.
_database = django_environ.Env.db_url_config(ENVIRONMENT.database_url)
_database |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "DISABLE_SERVER_SIDE_CURSORS": True}
_database["OPTIONS"] = {
    "application_name": "myfone",
    "connect_timeout": 3,
    "options": "-c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=30s",
}
if "qcluster" in sys.argv or "work" in sys.argv:
    _database["CONN_MAX_AGE"] = 0
DATABASES = {
    "default": _database,
    "counters": _database | {"TEST": {"MIRROR": "default"}},
}
if ENVIRONMENT.migrator_database_url:
    DATABASES["migrator"] = django_environ.Env.db_url_config(ENVIRONMENT.migrator_database_url) | {
        "OPTIONS": {"application_name": "myfone-migrator", "connect_timeout": 3},
        "TEST": {"MIRROR": "default"},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
# E-mail addresses are unique whatever their case, by a constraint on lower(email).
SILENCED_SYSTEM_CHECKS = ["auth.E003", "auth.W004"]
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.portal_url.startswith("https://")
SESSION_COOKIE_SAMESITE = "Lax"
# How many proxies of ours stand in front: attempts are counted by the address that the outermost of them saw.
ALLAUTH_TRUSTED_PROXY_COUNT = ENVIRONMENT.trusted_proxies
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "da"
LANGUAGES = [("da", _("Danish")), ("en", _("English")), ("sv", _("Swedish"))]
LOCALE_PATHS = [ROOT / "locale"]
# Dates in English are written so that no reader takes the month for the day.
FORMAT_MODULE_PATH = "myfone.config.formats"
USE_TZ = True
TIME_ZONE = "Europe/Copenhagen"
STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.var_directory / "static"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = DEBUG or DEMO
# Files are looked up as they are asked for, and not listed when the first request comes.
WHITENOISE_AUTOREFRESH = DEBUG or ENVIRONMENT.static_looked_up

EMAIL_CONFIG = django_environ.Env.email_url_config(ENVIRONMENT.smtp_url)
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.mail_from

# django-q2 only carries run(job_id): our own job row decides what happened (architecture: Jobs).
Q_CLUSTER = {
    "name": "myfone",
    "orm": "default",
    "workers": 2,
    "timeout": 60,
    "retry": 600,
    "max_attempts": 3,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "bulk": 10,
    "poll": 0.5,
    "label": "django-q2",
}

GATEWAYS = {
    "dns": f"provisioning.gateways.dns.{ENVIRONMENT.gateway_dns}.gateway",
    "acme": f"provisioning.gateways.acme.{ENVIRONMENT.gateway_acme}.gateway",
    "tlsfront": f"provisioning.gateways.tlsfront.{ENVIRONMENT.gateway_tlsfront}.gateway",
    "controller": f"telephony.gateways.controller.{ENVIRONMENT.gateway_controller}.gateway",
    "trunkfront": f"telephony.gateways.trunkfront.{ENVIRONMENT.gateway_trunkfront}.gateway",
    "music": f"telephony.gateways.music.{ENVIRONMENT.gateway_music}.gateway",
}

LOGGING = logs.configuration(ENVIRONMENT.log_format)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["myfone.api.authentication.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["myfone.api.authentication.ActsAsSomebody"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "myfone.api.errors.as_problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Myfone",
    "DESCRIPTION": "The portal's REST API.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": ["myfone.api.authentication.ActorAuthentication"],
    "SERVE_PERMISSIONS": ["myfone.api.authentication.ActsAsSomebody"],
}
