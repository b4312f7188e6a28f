"""Who may do what at which address: the table that `test_access` holds the product against.

A route that is not here fails the test. `about` names the kind of object in the path; the test makes one of the
actor's own customer (IT-bixen), of its sibling under the same reseller (Havnens Rederi) and of a foreign one.
"""

from __future__ import annotations

from dataclasses import dataclass

from myfone.tenancy.actor import Role

ANYBODY = frozenset({"nobody", *Role})
SIGNED_IN = frozenset(Role)
STAFF = frozenset({Role.PROVIDER_STAFF, Role.RESELLER_STAFF})
EMPLOYEES = SIGNED_IN - STAFF
ADMINISTRATORS = frozenset({Role.CUSTOMER_ADMINISTRATOR})
SUPERVISORS = frozenset({Role.CUSTOMER_ADMINISTRATOR, Role.QUEUE_SUPERVISOR})
# Views of Django and allauth that show the same page whatever the method.
ANY_METHOD = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
GET, POST, BOTH = frozenset({"GET"}), frozenset({"POST"}), frozenset({"GET", "POST"})


@dataclass(frozen=True)
class Access:
    """Who gets an answer other than a refusal, by which methods, and about what."""

    who: frozenset[str]
    methods: frozenset[str] = GET
    about: str = ""
    #: Refused here means: sent on to sign in or home. Where a page hides itself instead, it answers 404.
    note: str = ""


NUMBERS = "admin/customers/<uuid:customer>/numbers/"
SKYPE = "admin/customers/<uuid:customer>/skype/"

ROUTES: dict[str, Access] = {
    # Watchers, and whoever asks without a session.
    "health": Access(ANYBODY),
    "ready": Access(ANYBODY),
    "metrics": Access(frozenset(), note="needs a token, which no role has"),
    "language/": Access(ANYBODY, POST),
    # The shell.
    "": Access(SIGNED_IN),
    "live/": Access(EMPLOYEES, note="beside the process of streams; test_live_stream"),
    "settings/": Access(SIGNED_IN),
    "settings/profile/": Access(SIGNED_IN, BOTH),
    "settings/security/": Access(SIGNED_IN),
    "settings/security/second-step/": Access(SIGNED_IN),
    "settings/skype-for-business/": Access(EMPLOYEES, BOTH),
    "settings/skype-for-business/password/": Access(EMPLOYEES, BOTH),
    "settings/skype-for-business/forgotten/": Access(EMPLOYEES, BOTH),
    "settings/skype-for-business/mobile/": Access(EMPLOYEES),
    "m/<str:token>.xml": Access(
        frozenset(), GET, "reset key", "an app with a signed token that lasts a quarter of an hour"
    ),
    "settings/skype-for-business/disconnect/": Access(EMPLOYEES, BOTH),
    # Status, notes and colleagues.
    "presence/": Access(EMPLOYEES, BOTH),
    "presence/note/": Access(EMPLOYEES, POST),
    "presence/bell/": Access(EMPLOYEES, POST),
    "presence/undo/": Access(EMPLOYEES, POST),
    "profiles/": Access(EMPLOYEES),
    "profiles/begin/": Access(EMPLOYEES, POST),
    "profiles/undo/": Access(EMPLOYEES, POST),
    "profiles/forward/stop/": Access(EMPLOYEES, POST),
    "profiles/codes/": Access(EMPLOYEES),
    "profiles/codes/edit/": Access(ADMINISTRATORS, BOTH),
    "profiles/codes/undo/": Access(ADMINISTRATORS, POST),
    "profiles/new/": Access(EMPLOYEES, POST),
    "profiles/schedule/": Access(EMPLOYEES, BOTH),
    "profiles/schedule/days/": Access(EMPLOYEES, POST),
    "profiles/schedule/days/<uuid:days>/remove/": Access(EMPLOYEES, POST, "schedule days"),
    "profiles/schedule/remove/": Access(EMPLOYEES, POST),
    "profiles/schedule/undo/": Access(EMPLOYEES, POST),
    "profiles/<uuid:profile>/": Access(EMPLOYEES, BOTH, "ring profile"),
    "profiles/<uuid:profile>/delete/": Access(EMPLOYEES, BOTH, "ring profile"),
    "profiles/<uuid:profile>/choose/": Access(EMPLOYEES, POST, "ring profile"),
    "colleagues/": Access(EMPLOYEES),
    "colleagues/departments/": Access(ADMINISTRATORS, BOTH),
    "colleagues/departments/<uuid:department>/": Access(ADMINISTRATORS, BOTH, "department"),
    "colleagues/pickup/": Access(ADMINISTRATORS, BOTH),
    "colleagues/pickup/<uuid:group>/": Access(ADMINISTRATORS, BOTH, "pickup group"),
    "colleagues/<uuid:employee>/": Access(EMPLOYEES, GET, "employee"),
    "colleagues/<uuid:employee>/note/": Access(EMPLOYEES, POST, "employee"),
    "colleagues/<uuid:employee>/undo/": Access(EMPLOYEES, POST, "employee"),
    "colleagues/<uuid:employee>/favourite/": Access(EMPLOYEES, POST, "employee"),
    "colleagues/<uuid:employee>/place/": Access(ADMINISTRATORS, BOTH, "employee"),
    # Queues: for those who take their calls, and for who looks after them.
    "queues/": Access(EMPLOYEES),
    "queues/pause/": Access(EMPLOYEES, POST),
    "queues/new/": Access(ADMINISTRATORS, BOTH),
    "queues/calls/<uuid:call>/": Access(EMPLOYEES, POST, "queue call"),
    "queues/<uuid:queue>/": Access(EMPLOYEES, GET, "queue"),
    "queues/<uuid:queue>/calls/": Access(EMPLOYEES, GET, "queue"),
    "queues/<uuid:queue>/sign/": Access(EMPLOYEES, POST, "queue"),
    "queues/<uuid:queue>/edit/": Access(ADMINISTRATORS, BOTH, "queue"),
    "queues/<uuid:queue>/days/": Access(ADMINISTRATORS, BOTH, "queue"),
    "queues/<uuid:queue>/end/": Access(ADMINISTRATORS, BOTH, "queue"),
    "queues/<uuid:queue>/music/": Access(SUPERVISORS, BOTH, "queue"),
    "queues/<uuid:queue>/mine/": Access(EMPLOYEES, BOTH, "queue"),
    "queues/<uuid:queue>/agents/": Access(SUPERVISORS, BOTH, "queue"),
    "queues/<uuid:queue>/agents/<uuid:employee>/": Access(EMPLOYEES, POST, "queue"),
    # What the company's numbers lead to.
    "numbers/": Access(ADMINISTRATORS),
    "numbers/local/": Access(ADMINISTRATORS),
    "numbers/sites/": Access(ADMINISTRATORS),
    "numbers/sites/new/": Access(ADMINISTRATORS, BOTH),
    "numbers/sites/<uuid:site>/": Access(ADMINISTRATORS, BOTH, "site"),
    "numbers/sites/<uuid:site>/remove/": Access(ADMINISTRATORS, BOTH, "site"),
    "settings/address/": Access(EMPLOYEES),
    "numbers/people/<uuid:employee>/number/": Access(ADMINISTRATORS, BOTH, "employee"),
    "numbers/people/<uuid:employee>/": Access(ADMINISTRATORS, BOTH, "employee"),
    "numbers/<uuid:ddi>/": Access(ADMINISTRATORS, GET, "direct number"),
    "numbers/<uuid:ddi>/lead/": Access(ADMINISTRATORS, BOTH, "direct number"),
    "numbers/<uuid:ddi>/main/": Access(ADMINISTRATORS, POST, "direct number"),
    "numbers/<uuid:ddi>/shown/": Access(ADMINISTRATORS, POST, "direct number"),
    # Each employee's own calls.
    "calls/": Access(EMPLOYEES),
    "calls/send/": Access(EMPLOYEES, note="leads to Today when there is no such call; test_call_control"),
    "control/": Access(EMPLOYEES, POST, note="test_call_control"),
    "control/calls/": Access(EMPLOYEES, note="404 when there is no such call; test_call_control"),
    "control/outcome/": Access(EMPLOYEES, note="404 without a token; test_call_control"),
    "calls/export.csv": Access(EMPLOYEES),
    "calls/blocked/": Access(EMPLOYEES, BOTH),
    "calls/blocked/<uuid:blocked>/remove/": Access(EMPLOYEES, POST, "call"),
    "calls/<uuid:call>/": Access(
        EMPLOYEES, GET, "call", "the switch alone makes calls, so the test has none"
    ),
    # Each employee's own contacts.
    "contacts/": Access(EMPLOYEES),
    "contacts/move/": Access(EMPLOYEES, BOTH),
    "contacts/new/": Access(EMPLOYEES, BOTH),
    "contacts/import/": Access(EMPLOYEES, BOTH),
    "contacts/import/<uuid:batch>/": Access(EMPLOYEES, BOTH, "contact import"),
    "contacts/import/<uuid:batch>/confirm/": Access(EMPLOYEES, POST, "contact import"),
    "contacts/import/<uuid:batch>/discard/": Access(EMPLOYEES, POST, "contact import"),
    "contacts/import/<uuid:batch>/undo/": Access(EMPLOYEES, BOTH, "contact import"),
    "contacts/export.vcf": Access(EMPLOYEES),
    "contacts/export.csv": Access(EMPLOYEES),
    "contacts/<uuid:contact>/": Access(EMPLOYEES, BOTH, "contact"),
    "contacts/<uuid:contact>/delete/": Access(EMPLOYEES, BOTH, "contact"),
    # The company's Skype for Business, for its administrator.
    "company/skype-for-business/": Access(ADMINISTRATORS),
    "company/skype-for-business/employees.<str:kind>": Access(ADMINISTRATORS, GET, "export"),
    "company/skype-for-business/remind/": Access(ADMINISTRATORS, POST),
    "company/skype-for-business/passwords/": Access(ADMINISTRATORS, POST),
    # Help.
    "help/": Access(ANYBODY),
    "help/headsets/": Access(SIGNED_IN, BOTH, note="staff see the headsets; they have nobody to ask"),
    "help/<slug:slug>.pdf": Access(ANYBODY, GET, "guide"),
    "help/<slug:slug>/": Access(ANYBODY, GET, "guide"),
    # Sign-in.
    "account/login/": Access(ANYBODY, BOTH),
    "account/logout/": Access(ANYBODY, BOTH),
    "account/signup/": Access(ANYBODY, ANY_METHOD, note="always closed"),
    "account/invitation/<str:token>/": Access(
        ANYBODY, about="reset key", note="redirects to choose a password"
    ),
    "account/join/<str:token>/": Access(
        SIGNED_IN, BOTH, "reset key", "redirects where the invitation is not the person's own"
    ),
    "account/address/<str:token>/": Access(
        SIGNED_IN, BOTH, "reset key", "redirects where the link is not the person's own"
    ),
    "account/inactive/": Access(ANYBODY),
    "account/email/": Access(ANYBODY, note="redirects to the security page"),
    "account/reauthenticate/": Access(SIGNED_IN, BOTH),
    "account/password/change/": Access(SIGNED_IN, BOTH),
    "account/password/set/": Access(SIGNED_IN, BOTH),
    "account/password/reset/": Access(ANYBODY, BOTH),
    "account/password/reset/done/": Access(ANYBODY),
    "account/password/reset/key/done/": Access(ANYBODY),
    "account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": Access(
        ANYBODY, ANY_METHOD, "reset key"
    ),
    "account/2fa/": Access(ANYBODY, note="redirects to the security page"),
    "account/2fa/authenticate/": Access(ANYBODY, BOTH, note="a stage of signing in; redirects otherwise"),
    "account/2fa/reauthenticate/": Access(SIGNED_IN, BOTH),
    "account/2fa/totp/activate/": Access(SIGNED_IN, BOTH),
    "account/2fa/totp/deactivate/": Access(SIGNED_IN, BOTH),
    "account/2fa/webauthn/": Access(SIGNED_IN),
    "account/2fa/webauthn/add/": Access(SIGNED_IN, BOTH),
    "account/2fa/webauthn/reauthenticate/": Access(SIGNED_IN, BOTH),
    "account/2fa/webauthn/keys/<int:pk>/remove/": Access(SIGNED_IN, BOTH, "passkey"),
    "account/2fa/webauthn/keys/<int:pk>/edit/": Access(SIGNED_IN, BOTH, "passkey"),
    "account/2fa/webauthn/login/": Access(ANYBODY, BOTH),
    "account/2fa/recovery-codes/": Access(SIGNED_IN),
    "account/2fa/recovery-codes/generate/": Access(SIGNED_IN, BOTH),
    "account/2fa/recovery-codes/download/": Access(SIGNED_IN),
    "account/sessions/": Access(SIGNED_IN, BOTH),
    # The admin area.
    "admin/": Access(STAFF, ANY_METHOD),
    "admin/login/": Access(ANYBODY, note="redirects to sign-in"),
    "admin/logout/": Access(STAFF, POST),
    "admin/password_change/": Access(STAFF, note="redirects to the security page"),
    "admin/jsi18n/": Access(STAFF),
    "admin/(?P<url>.*)$": Access(STAFF, GET, "no page"),
    # The wizard's DNS stage.
    "admin/setup/<uuid:setup>/dns/": Access(STAFF, GET, "setup"),
    "admin/setup/<uuid:setup>/certificate/": Access(STAFF, GET, "setup"),
    "admin/setup/<uuid:setup>/certificate/key/": Access(STAFF, POST, "setup"),
    "admin/setup/<uuid:setup>/certificate/issue/": Access(STAFF, BOTH, "setup"),
    "admin/skype-for-business/certificates/": Access(STAFF),
    "admin/setup/<uuid:setup>/dns/start/": Access(STAFF, POST, "setup"),
    "admin/setup/<uuid:setup>/dns/check/": Access(STAFF, POST, "setup"),
    "admin/setup/<uuid:setup>/dns/renew/": Access(STAFF, POST, "setup"),
    "admin/setup/<uuid:setup>/dns/zone-file/": Access(STAFF, GET, "setup"),
    # Ordering and the wizard; who may not open them finds nothing there.
    "admin/customers/new/": Access(STAFF, BOTH),
    f"{SKYPE}add/": Access(STAFF, BOTH, "customer"),
    SKYPE: Access(STAFF, GET, "customer"),
    f"{SKYPE}order/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}order/price/": Access(STAFF, GET, "customer"),
    f"{SKYPE}order/confirm/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}order/declare/": Access(STAFF, POST, "customer"),
    f"{SKYPE}order/discard/": Access(STAFF, POST, "customer"),
    f"{SKYPE}order/change/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}order/cancel/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}end/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}end/withdraw/": Access(STAFF, POST, "customer"),
    f"{SKYPE}end/retry/": Access(STAFF, POST, "customer"),
    f"{SKYPE}price-plan/": Access(STAFF, POST, "customer"),
    f"{SKYPE}employees/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}employees/invite/": Access(STAFF, POST, "customer"),
    f"{SKYPE}employees/<uuid:employee>/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}employees/<uuid:employee>/remove/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}licences/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}licences/all/": Access(STAFF, POST, "customer"),
    f"{SKYPE}licences/price/": Access(STAFF, GET, "customer"),
    f"{SKYPE}licences/import/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}licences/export.csv": Access(STAFF, GET, "customer"),
    f"{SKYPE}contacts/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}contacts/send/": Access(STAFF, POST, "customer"),
    f"{SKYPE}contacts/mail/<str:language>.txt": Access(STAFF, GET, "customer"),
    f"{SKYPE}contacts/mail/<str:language>.eml": Access(STAFF, GET, "customer"),
    f"{SKYPE}deactivation/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}<str:stage>/reopen/": Access(STAFF, POST, "customer"),
    f"{SKYPE}dns/": Access(STAFF, GET, "customer"),
    f"{SKYPE}dns/report/": Access(STAFF, BOTH, "customer"),
    f"{SKYPE}next/": Access(STAFF, GET, "customer"),
    f"{SKYPE}users/": Access(STAFF, GET, "customer"),
    f"{SKYPE}history/": Access(STAFF, GET, "customer"),
    f"{SKYPE}done/": Access(STAFF, BOTH, "customer"),
    # Customers' numbers.
    f"{NUMBERS}": Access(STAFF, GET, "customer"),
    f"{NUMBERS}local/": Access(STAFF, GET, "customer"),
    f"{NUMBERS}give/": Access(STAFF, BOTH, "customer"),
    f"{NUMBERS}policy/": Access(STAFF, BOTH, "customer"),
    f"{NUMBERS}codes/": Access(STAFF, BOTH, "customer"),
    f"{NUMBERS}sites/": Access(STAFF, GET, "customer"),
    f"{NUMBERS}sites/new/": Access(STAFF, BOTH, "customer"),
    f"{NUMBERS}sites/<uuid:site>/": Access(STAFF, BOTH, "site"),
    f"{NUMBERS}sites/<uuid:site>/remove/": Access(STAFF, BOTH, "site"),
    f"{NUMBERS}people/<uuid:employee>/number/": Access(STAFF, BOTH, "employee"),
    f"{NUMBERS}people/<uuid:employee>/": Access(STAFF, BOTH, "employee"),
    f"{NUMBERS}<uuid:ddi>/": Access(STAFF, GET, "direct number"),
    f"{NUMBERS}<uuid:ddi>/lead/": Access(STAFF, BOTH, "direct number"),
    f"{NUMBERS}<uuid:ddi>/main/": Access(STAFF, POST, "direct number"),
    f"{NUMBERS}<uuid:ddi>/shown/": Access(STAFF, POST, "direct number"),
    f"{NUMBERS}<uuid:ddi>/end/": Access(STAFF, BOTH, "direct number"),
    # Integration, Skype for Business, Employees (G9).
    "admin/skype-for-business/employees/": Access(STAFF),
    "admin/skype-for-business/employees.<str:kind>": Access(STAFF, GET, "export"),
    "admin/skype-for-business/employees/remind/": Access(STAFF, POST),
    # REST.
    "api/schema.json": Access(SIGNED_IN),
    "api/v1/me": Access(SIGNED_IN),
    # The demo's own pages, which exist on a demo installation alone.
    "demo/": Access(ANYBODY),
    "demo/web-host/": Access(ANYBODY, BOTH),
    "demo/client/": Access(ANYBODY, BOTH),
    "demo/night/": Access(ANYBODY, POST),
    "demo/inbox/": Access(ANYBODY),
    "demo/inbox/<str:name>/": Access(ANYBODY, GET, "kept mail"),
}

# One domain's pages, named by its order, are open to whom they are open without.
OF_ORDER = f"{SKYPE}<uuid:order>/"
ROUTES |= {
    path.replace(SKYPE, OF_ORDER, 1): access
    for path, access in ROUTES.items()
    if path.startswith(SKYPE) and path != f"{SKYPE}add/"
}
