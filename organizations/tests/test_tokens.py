"""Forged, expired and ended tokens are refused with one response."""

import base64
import hmac
import json
import re
import string
import time
import uuid
from datetime import UTC, datetime
from functools import partial

import jwt
import pytest
from django.conf import settings as configured
from rest_framework.test import APIClient

from fluxrate.config.key_id import key_id
from organizations.auth.authentication import ACCESS_COOKIE
from organizations.auth.tokens import CLAIMS, access_token
from organizations.models import Membership, Role, Session, User

ME, REFRESH, LOGOUT = "/api/v1/auth/me", "/api/v1/auth/refresh", "/api/v1/auth/logout"
OTHER_KEY = "another-key-that-is-long-enough-for-hs256-and-more"
RSA_LIKE = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOC\n-----END"


def part(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def signed(header, claims, key=None, digest="sha256"):
    """A JWS made by hand, for what a library would not sign."""
    key = configured.JWT_SIGNING_KEY if key is None else key
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{part(hmac.digest(key.encode(), text.encode(), digest))}"


def successor(character):
    """The next character of base64url. It differs in bits that decoders ignore."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    return alphabet[alphabet.index(character) + 1]


class Forge:
    """Valid tokens with one change."""

    def __init__(self, acme, globex):
        session = Session.objects.get(user=acme.owner)
        self.right = access_token(session, at=datetime.now(UTC))
        self.header = jwt.get_unverified_header(self.right)
        self.claims = jwt.decode(self.right, options={"verify_signature": False})
        self.foreign = Session.objects.get(user=globex.owner)
        self.head, self.body, self.signature = self.right.split(".")

    def claim(self, **changes):
        return signed(self.header, self.claims | changes)

    def without(self, name):
        return signed(self.header, {k: v for k, v in self.claims.items() if k != name})

    def with_header(self, **changes):
        return signed(self.header | changes, self.claims)

    def ago(self, seconds):
        return int(datetime.now(UTC).timestamp()) - seconds


FORGED = {
    "empty": lambda f: "",
    "a word": lambda f: "token",
    "two dots": lambda f: "..",
    "one part": lambda f: f.head,
    "two parts": lambda f: f"{f.head}.{f.body}",
    "four parts": lambda f: f"{f.right}.{f.signature}",
    "no signature": lambda f: f"{f.head}.{f.body}.",
    "half a signature": lambda f: f.right[:-20],
    "another signature": lambda f: f"{f.head}.{f.body}.{part(b'x' * 32)}",
    "other claims, same signature": lambda f: (
        f"{f.head}.{part(f.claims | {'org': str(f.foreign.organization_id)})}."
        f"{f.signature}"
    ),
    "header is no JSON": lambda f: f"{part(b'{')}.{f.body}.{f.signature}",
    "header is a list": lambda f: signed([], f.claims),
    "claims are a list": lambda f: signed(f.header, []),
    "claims are text": lambda f: signed(f.header, "claims"),
    "not base64": lambda f: f"{f.head}.???.{f.signature}",
    "not ASCII": lambda f: f"{f.head}.é.{f.signature}",
    "very long": lambda f: "a" * 100_000,
    "padded": lambda f: f"{f.right}=",
    "padded twice": lambda f: f"{f.right}==",
    "bits left over in the signature": lambda f: f.right[:-1] + successor(f.right[-1]),
    "a sign that base64 skips": lambda f: (
        f"{f.head}.{f.body}.{f.signature[:9]}~{f.signature[9:]}"
    ),
    "the signature in base64": lambda f: f"{f.head}.{f.body}.+/{f.signature[2:]}",
    "a header nested deeply": lambda f: f"{part(b'[' * 9_000)}.{f.body}.{f.signature}",
    "alg none": lambda f: f"{part({'alg': 'none', 'typ': 'JWT'})}.{f.body}.",
    "alg none with our kid": lambda f: f"{part(f.header | {'alg': 'none'})}.{f.body}.",
    "alg None": lambda f: f"{part(f.header | {'alg': 'None'})}.{f.body}.",
    "alg HS512, right key": lambda f: signed(
        f.header | {"alg": "HS512"}, f.claims, digest="sha512"
    ),
    "alg RS256, our key": lambda f: f.with_header(alg="RS256"),
    "alg missing": lambda f: signed({"kid": f.header["kid"]}, f.claims),
    "alg is a number": lambda f: f.with_header(alg=256),
    "crit": lambda f: f.with_header(crit=["exp"], exp=1),
    "another key": lambda f: signed(f.header, f.claims, OTHER_KEY),
    "another key with its kid": lambda f: signed(
        f.header | {"kid": key_id(OTHER_KEY)}, f.claims, OTHER_KEY
    ),
    "an empty key": lambda f: signed(f.header, f.claims, ""),
    "a public key": lambda f: signed(f.header, f.claims, RSA_LIKE),
    "Django's key": lambda f: signed(f.header, f.claims, configured.SECRET_KEY),
    "kid missing": lambda f: signed({"alg": "HS256"}, f.claims),
    "kid unknown": lambda f: f.with_header(kid="0"),
    "kid is a path": lambda f: f.with_header(kid="../../dev/null"),
    "kid is a list": lambda f: f.with_header(kid=[f.header["kid"]]),
    "a key of the caller's": lambda f: signed(
        f.header | {"jwk": {"kty": "oct", "k": part(OTHER_KEY.encode())}},
        f.claims,
        OTHER_KEY,
    ),
    "expired": lambda f: f.claim(exp=f.ago(6)),
    "expired beyond the leeway": lambda f: f.claim(iat=f.ago(60), exp=f.ago(5)),
    "expires when it is issued": lambda f: f.claim(iat=f.ago(0), exp=f.ago(0)),
    "lasts a day and a second": lambda f: f.claim(iat=f.ago(0), exp=f.ago(-86_401)),
    "expired long ago": lambda f: f.claim(iat=f.ago(9_000), exp=f.ago(8_000)),
    "expires never": lambda f: f.claim(exp=None),
    "expires as text": lambda f: f.claim(exp="tomorrow"),
    "issued tomorrow": lambda f: f.claim(iat=f.ago(-86_400), exp=f.ago(-90_000)),
    "expires as a number in text": lambda f: f.claim(exp=str(f.ago(-60))),
    "expires in the 33rd century of centuries": lambda f: f.claim(exp=10**30),
    "expires as a large fraction": lambda f: f.claim(exp=1e308),
    "expires as a fraction": lambda f: f.claim(exp=f.ago(-60) + 0.5),
    "expires as no number": lambda f: f.claim(exp=float("nan")),
    "expires at infinity": lambda f: f.claim(exp=float("inf")),
    "expires as true": lambda f: f.claim(exp=True),
    "expires in a list": lambda f: f.claim(exp=[f.ago(-60)]),
    "lasts longer than any of ours": lambda f: f.claim(exp=f.ago(-90_000)),
    "expires before it is issued": lambda f: f.claim(iat=f.ago(2), exp=f.ago(3)),
    "issued as text": lambda f: f.claim(iat="yesterday"),
    "issued as a number in text": lambda f: f.claim(iat=str(f.ago(0))),
    "issued at infinity": lambda f: f.claim(iat=float("-inf")),
    "issued as true": lambda f: f.claim(iat=True),
    "issued beyond the leeway": lambda f: f.claim(iat=f.ago(-60)),
    "not yet": lambda f: f.claim(nbf=f.ago(-60)),
    "another issuer": lambda f: f.claim(iss="https://evil.example"),
    "issuers": lambda f: f.claim(iss=["fluxrate"]),
    "another audience": lambda f: f.claim(aud="somebody-else"),
    "audiences": lambda f: f.claim(aud=["fluxrate-api", "somebody-else"]),
    "a refresh type": lambda f: f.claim(typ="refresh"),
    "a type that is a list": lambda f: f.claim(typ=["access"]),
    "jti is a number": lambda f: f.claim(jti=1),
    "user is no UUID": lambda f: f.claim(sub="owner"),
    "user is a number": lambda f: f.claim(sub=1),
    "user is a list": lambda f: f.claim(sub=[f.claims["sub"]]),
    "user unknown": lambda f: f.claim(sub=str(uuid.uuid4())),
    "user of another session": lambda f: f.claim(sub=str(f.foreign.user_id)),
    "organization is null": lambda f: f.claim(org=None),
    "organization is a map": lambda f: f.claim(org={"id": f.claims["org"]}),
    "organization unknown": lambda f: f.claim(org=str(uuid.uuid4())),
    "another organization": lambda f: f.claim(org=str(f.foreign.organization_id)),
    "session is no UUID": lambda f: f.claim(sid="1 OR 1=1"),
    "session unknown": lambda f: f.claim(sid=str(uuid.uuid4())),
    "another's session": lambda f: f.claim(sid=str(f.foreign.pk)),
}
FORGED |= {f"without {name}": partial(Forge.without, name=name) for name in CLAIMS}


@pytest.fixture
def forge(acme, globex):
    return Forge(acme, globex)


def ask(token):
    client = APIClient()
    client.cookies[ACCESS_COOKIE] = token
    return client.get(ME)


def test_there_are_enough_forgeries_and_a_valid_token_is_accepted(forge):
    assert len(FORGED) >= 40
    assert ask(forge.right).status_code == 200
    assert ask(forge.claim()).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.claim(iat=f.ago(900), exp=f.ago(1)),
        lambda f: f.claim(iat=f.ago(-5), exp=f.ago(-900)),
    ],
    ids=["expired", "issued"],
)
def test_clocks_may_be_five_seconds_apart(forge, change):
    assert ask(change(forge)).status_code == 200


@pytest.mark.parametrize("seconds", [1, 86_400])
def test_a_token_lasts_from_a_second_to_a_day(forge, seconds):
    token = forge.claim(iat=forge.ago(0), exp=forge.ago(-seconds))
    assert ask(token).status_code == 200


def test_a_token_names_its_key_issuer_audience_type_and_times(forge):
    assert forge.header["alg"] == "HS256"
    assert re.fullmatch("[0-9a-f]{8}", forge.header["kid"])
    assert re.fullmatch("[A-Za-z0-9_-]{16}", forge.claims["jti"])
    names = ("iss", "aud", "typ")
    assert [forge.claims[name] for name in names] == [
        "fluxrate",
        "fluxrate-api",
        "access",
    ]
    assert forge.claims["exp"] - forge.claims["iat"] == 900


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_401(forge, name):
    response = ask(FORGED[name](forge))
    assert response.status_code == 401
    body = response.json()
    del body["request_id"]
    assert body == {
        "type": "/docs/guides/errors#authentication_failed",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The access token is not valid.",
        "code": "authentication_failed",
    }
    assert "WWW-Authenticate" in response.headers


def test_a_previous_key_is_accepted_until_it_is_removed(forge, settings):
    before = settings.JWT_SIGNING_KEY
    settings.JWT_SIGNING_KEY = OTHER_KEY
    assert ask(forge.right).status_code == 401
    settings.JWT_SIGNING_KEY_FALLBACKS = [before]
    assert ask(forge.right).status_code == 200
    session = Session.objects.get(pk=forge.claims["sid"])
    renewed = access_token(session, at=datetime.now(UTC))
    assert jwt.get_unverified_header(renewed)["kid"] == key_id(OTHER_KEY)


def gone(acme):
    heir = User.objects.create_user("heir@acme.example")
    Membership.objects.create(
        organization=acme.organization, user=heir, role=Role.OWNER
    )
    acme.owner.delete()


def off(acme):
    acme.owner.is_active = False
    acme.owner.save()


@pytest.mark.parametrize(
    "end",
    [
        off,
        gone,
        lambda acme: Session.objects.all().end(at=datetime.now(UTC)),
        lambda acme: Session.objects.update(expires_at=datetime.now(UTC)),
        lambda acme: acme.api.post(LOGOUT),
    ],
    ids=["deactivated", "deleted", "ended", "outlived", "logged out"],
)
def test_a_valid_token_is_refused_once_its_session_has_ended(acme, forge, end):
    assert ask(forge.right).status_code == 200
    end(acme)
    assert ask(forge.right).status_code == 401


def test_a_removed_member_is_out_at_once(acme, member, django_user_model):
    viewer = member("VIEWER")
    assert viewer.get(ME).status_code == 200
    Membership.objects.filter(role="VIEWER").delete()
    assert viewer.get(ME).status_code == 401


def test_a_token_that_was_valid_expires(acme, globex):
    """Its signature is verified once; its time is compared each time."""
    at = int(time.time()) + 1
    client = APIClient()
    token = Forge(acme, globex).claim(iat=at - 900, exp=at - 4)
    client.cookies[ACCESS_COOKIE] = token
    assert client.get(ME).status_code == 200
    time.sleep(at + 1.05 - time.time())
    assert client.get(ME).status_code == 401
