"""Signing in: find the server, connect, answer its challenge, and stay registered until told to leave."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from demo.sipclient import connection as wire
from demo.sipclient.digest import UnusableChallenge, authorization, parse_challenge
from demo.sipclient.locate import LocateFailed, locate
from demo.sipclient.message import Message, Request, Unreadable
from demo.sipclient.steps import Step

# Answer times: T1 doubles at each repetition over UDP (RFC 3261 section 17.1.2).
_T1 = 0.5
_PATIENCE = 8.0


class SignInFailed(Exception):
    """The client could not register; `steps` tell how far it came, `status` is the answer's (0: none)."""

    def __init__(self, text: str, steps: Sequence[Step], status: int = 0) -> None:
        super().__init__(text)
        self.steps = list(steps)
        self.status = status


@dataclass(frozen=True)
class Account:
    """What a person types into a client: an address user@domain, and a password."""

    address: str
    password: str = field(repr=False)

    @property
    def user(self) -> str:
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class Session:
    """A registered client on an open connection."""

    def __init__(self, account: Account, link: wire.Connection, steps: list[Step], *, agent: str) -> None:
        self.account = account
        self.link = link
        self.steps = steps
        self._agent = agent
        self._call_id = secrets.token_hex(12)
        self._tag = secrets.token_hex(5)
        self._sequence = 0
        self.answer: Message | None = None

    @property
    def chain(self) -> tuple[wire.Certificate, ...]:
        """Return the certificates that the server showed and that were validated, its own first."""
        return self.link.chain

    def register(self, *, expires: int = 300) -> Message:
        """Register this connection for `expires` seconds; 0 takes the registration back.

        Return the server's final answer, whatever it is. Raises ConnectionFailed, TimeoutError,
        UnusableChallenge, Unreadable.
        """
        self.answer = self.request("REGISTER", f"sip:{self.account.domain}", expires=expires)
        return self.answer

    def request(self, method: str, uri: str, *, expires: int | None = None) -> Message:
        """Send a request about the account's own address, answering one challenge for it."""
        credentials = ""
        for _ in range(3):
            answer = self._ask(method, uri, expires, credentials)
            if answer.status != 401 or (credentials and not _is_stale(answer)):
                return answer
            challenge = parse_challenge(answer.first("www-authenticate"))
            self.steps.append(
                Step("challenged", params={"realm": challenge.realm, "algorithm": challenge.algorithm})
            )
            credentials = authorization(
                challenge, user=self.account.user, password=self.account.password, method=method, uri=uri
            )
        return answer

    def sign_out(self) -> None:
        """Take the registration back and close the connection, whether or not the server answers."""
        try:
            self.register(expires=0)
            self.steps.append(Step("signed_out"))
        except (wire.ConnectionFailed, TimeoutError, Unreadable, UnusableChallenge):
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Drop the connection without a word, as a phone does that loses its network."""
        self.link.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.sign_out()

    def _ask(self, method: str, uri: str, expires: int | None, credentials: str) -> Message:
        self._sequence += 1
        host, port = self.link.local
        shown = f"[{host}]" if ":" in host else host
        me = f"<sip:{self.account.address}>"
        contact = f"<sip:{self.account.user}@{shown}:{port};transport={self.link.transport.lower()}>"
        request = Request(method, uri)
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        request.headers = [
            ("Via", f"SIP/2.0/{self.link.transport} {shown}:{port};branch={branch};rport"),
            ("Max-Forwards", "70"),
            ("From", f"{me};tag={self._tag}"),
            ("To", me),
            ("Call-ID", self._call_id),
            ("CSeq", f"{self._sequence} {method}"),
            ("Contact", contact),
            ("User-Agent", self._agent),
        ]
        if expires is not None:
            request.headers.append(("Expires", str(expires)))
        if credentials:
            request.headers.append(("Authorization", credentials))
        return self._exchange(request.encode(), f"{self._sequence} {method}")

    def _exchange(self, data: bytes, sequence: str) -> Message:
        waited, wait = 0.0, _T1 if self.link.transport == "UDP" else _PATIENCE
        self.link.send(data)
        while True:
            try:
                answer = self.link.receive(wait)
            except TimeoutError:
                waited += wait
                if waited >= _PATIENCE:
                    raise
                wait = min(wait * 2, _PATIENCE - waited)
                self.link.send(data)
                continue
            mine = answer.first("call-id") == self._call_id and answer.first("cseq") == sequence
            if answer.is_answer and mine and answer.status >= 200:
                return answer


def sign_in(
    account: Account,
    *,
    resolvers: Sequence[str] = (),
    ca_file: str | None = None,
    via: Callable[[], wire.Connection] | None = None,
    agent: str = "Myfone demo client",
    expires: int = 300,
) -> Session:
    """Register an account and return its session.

    Without `via`, the server is found by DNS and reached over TLS. `via` opens another connection
    instead: UDP or TCP to a known address. Raises SignInFailed with the steps.
    """
    steps: list[Step] = []
    try:
        link = via() if via else _find(account.domain, resolvers, ca_file, steps)
    except (LocateFailed, wire.ConnectionFailed) as error:
        if via:
            steps.append(Step("connection_failed", ok=False, params=_reason(error)))
        raise SignInFailed(str(error), steps) from error
    session = Session(account, link, steps, agent=agent)
    try:
        answer = session.register(expires=expires)
    except TimeoutError as error:
        link.close()
        steps.append(Step("silent", ok=False))
        raise SignInFailed("The server did not answer.", steps) from error
    except (wire.ConnectionFailed, UnusableChallenge, Unreadable) as error:
        link.close()
        steps.append(Step("broken", ok=False, params=_reason(error)))
        raise SignInFailed(str(error), steps) from error
    if answer.status != 200:
        link.close()
        steps.append(Step("refused", ok=False, params={"status": answer.status, "reason": answer.reason}))
        raise SignInFailed(f"The server refused: {answer.status} {answer.reason}.", steps, answer.status)
    steps.append(Step("registered", params={"expires": expires, "contacts": answer.every("contact")}))
    return session


def _find(domain: str, resolvers: Sequence[str], ca_file: str | None, steps: list[Step]) -> wire.Connection:
    failed: wire.ConnectionFailed | None = None
    for target in locate(domain, resolvers, steps):
        for address in target.addresses:
            where = {"host": target.host, "address": address, "port": target.port}
            try:
                link = wire.tls(address, target.port, host=target.host, ca_file=ca_file)
            except wire.ConnectionFailed as error:
                steps.append(Step("connection_failed", ok=False, params={**where, **_reason(error)}))
                failed = error
                continue
            steps.append(Step("connected", params=where))
            steps.append(Step("certificate", params={"host": target.host, "chain": list(link.chain)}))
            return link
    raise failed or LocateFailed(f"No server was found for {domain}.")


def _is_stale(answer: Message) -> bool:
    return parse_challenge(answer.first("www-authenticate")).stale


def _reason(error: Exception) -> dict[str, str]:
    if isinstance(error, wire.ConnectionFailed):
        return {"reason": error.code, "why": error.why}
    return {"reason": "unreadable", "why": str(error)}
