"""Who may issue for a name, by the records and the examples of RFC 8659 and RFC 8657."""

from __future__ import annotations

import pytest

from provisioning.rules.caa import CaaLook, CaaRecord, CaaVerdict, Issuer, climb, judge
from provisioning.rules.names import Name
from provisioning.rules.observation import Outcome

ACCOUNT = "https://acme.example/acct/7"
US = Issuer(("letsencrypt.org",), ACCOUNT)
NAME = Name.parse("sip.it-bixen.dk")


def looks(**held: str | Outcome) -> dict[Name, CaaLook]:
    """Return what was seen at sip, apex; each a text with records a line, or how the question ended."""
    places = {"sip": NAME, "apex": Name.parse("it-bixen.dk")}
    found = {name: CaaLook(name, Outcome.NODATA) for name in climb(NAME)}
    for place, said in held.items():
        name = places[place]
        if isinstance(said, Outcome):
            found[name] = CaaLook(name, said)
            continue
        records = []
        for line in said.splitlines():
            flags, tag, value = line.split(maxsplit=2)
            records.append(CaaRecord(int(flags), tag, value.strip('"')))
        found[name] = CaaLook(name, Outcome.ANSWER, tuple(records), name)
    return found


@pytest.mark.parametrize(
    ("apex", "verdict"),
    [
        ('0 issue "letsencrypt.org"', CaaVerdict.ALLOWED),
        ('0 issue "LetsEncrypt.ORG."', CaaVerdict.ALLOWED),
        ('0 issue "digicert.com"', CaaVerdict.OTHER_ISSUER),
        ('0 issue "digicert.com"\n0 issue "letsencrypt.org"', CaaVerdict.ALLOWED),
        ('0 issue ";"', CaaVerdict.OTHER_ISSUER),
        ('0 issue ""', CaaVerdict.OTHER_ISSUER),
        ('0 issue "%%%%%"', CaaVerdict.OTHER_ISSUER),
        ('0 issue "letsencrypt.org; %%%"', CaaVerdict.OTHER_ISSUER),
        ('0 issuewild "digicert.com"', CaaVerdict.ALLOWED),
        ('0 iodef "mailto:security@it-bixen.dk"', CaaVerdict.ALLOWED),
        ('128 tbs "Unknown"', CaaVerdict.NOT_UNDERSTOOD),
        ('0 tbs "Unknown"', CaaVerdict.ALLOWED),
        ('128 issue "letsencrypt.org"', CaaVerdict.ALLOWED),
        (f'0 issue "letsencrypt.org; accounturi={ACCOUNT}"', CaaVerdict.ALLOWED),
        ('0 issue "letsencrypt.org;accounturi=https://acme.example/acct/8"', CaaVerdict.OTHER_ACCOUNT),
        (f'0 issue "letsencrypt.org; accounturi={ACCOUNT}; accounturi={ACCOUNT}"', CaaVerdict.OTHER_ACCOUNT),
        ('0 issue "letsencrypt.org; validationmethods=dns-01"', CaaVerdict.OTHER_METHOD),
        ('0 issue "letsencrypt.org; validationmethods=dns-01,http-01"', CaaVerdict.ALLOWED),
        ('0 issue "letsencrypt.org; policy=ev"', CaaVerdict.ALLOWED),
    ],
)
def test_each_record_has_its_verdict(apex: str, verdict: CaaVerdict) -> None:
    assert judge(NAME, looks(apex=apex), US).verdict is verdict


def test_the_first_name_with_records_decides() -> None:
    seen = looks(sip='0 issue "letsencrypt.org"', apex='0 issue "digicert.com"')

    assert judge(NAME, seen, US).verdict is CaaVerdict.ALLOWED
    refused = judge(NAME, looks(apex='0 issue "digicert.com"\n0 iodef "mailto:a@b.dk"'), US)
    assert (str(refused.at), [str(r) for r in refused.records]) == ("it-bixen.dk", ['0 issue "digicert.com"'])


def test_silence_on_the_way_is_unknown_and_beyond_it_does_not_matter() -> None:
    assert judge(NAME, looks(apex=Outcome.SERVFAIL), US).verdict is CaaVerdict.UNKNOWN
    assert judge(NAME, looks(sip=Outcome.TIMEOUT), US).verdict is CaaVerdict.UNKNOWN
    assert judge(NAME, looks(sip=Outcome.BOGUS, apex='0 issue "x"'), US).verdict is CaaVerdict.UNKNOWN
    beyond = looks(sip='0 issue "letsencrypt.org"', apex=Outcome.SERVFAIL)
    assert judge(NAME, beyond, US).verdict is CaaVerdict.ALLOWED
    assert judge(NAME, looks(sip=Outcome.NXDOMAIN), US).verdict is CaaVerdict.ALLOWED


def test_wildcards_have_a_rule_of_their_own() -> None:
    seen = looks(apex='0 issue "letsencrypt.org"\n0 issuewild ";"')

    assert judge(NAME, seen, US).verdict is CaaVerdict.ALLOWED
    assert judge(NAME, seen, US, wildcard=True).verdict is CaaVerdict.OTHER_ISSUER
    plain = looks(apex='0 issue "letsencrypt.org"')
    assert judge(NAME, plain, US, wildcard=True).verdict is CaaVerdict.ALLOWED
