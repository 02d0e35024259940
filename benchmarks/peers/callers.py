"""Who asks: API keys or logins of Fluxrate, and the peers' tokens."""

from datetime import UTC, datetime

from benchmarks.peers.database import Tenant
from benchmarks.peers.servers import Server
from organizations.auth.authentication import ACCESS_COOKIE, API_KEY_HEADER
from organizations.auth.tokens import access_token
from organizations.models import ApiKey, Membership, Session

SCOPES = ["customers.read", "customers.write"]
WAYS = ("key", "cookie")


class Callers:
    """The header with which each organization authenticates at each server."""

    def __init__(self, tenants: dict[str, Tenant], way: str) -> None:
        assert way in WAYS, f"CALLER is one of {', '.join(WAYS)}."
        self.tenants, self.way = tenants, way
        self.keys: dict[str, ApiKey] = {}
        self.sessions: dict[str, Session] = {}
        at = datetime.now(UTC)
        for name, tenant in tenants.items():
            member = Membership.objects.select_related("organization").get(
                organization=tenant.id
            )
            self.keys[name] = ApiKey.issue(
                organization=member.organization, name="Benchmark", scopes=SCOPES
            )
            self.sessions[name], _ = member.begin_session(at=at)

    def header(self, server: Server, tenant: str) -> tuple[str, str]:
        """A header; an access cookie is new, as it lives for 15 minutes."""
        if not server.is_fluxrate:
            return "Authorization", f"Token {self.tenants[tenant].token}"
        if self.way == "key":
            return API_KEY_HEADER, self.keys[tenant].secret or ""
        token = access_token(self.sessions[tenant], at=datetime.now(UTC))
        return "Cookie", f"{ACCESS_COOKIE}={token}"

    def close(self) -> None:
        at = datetime.now(UTC)
        for key in self.keys.values():
            key.revoke(at=at)
        Session.objects.filter(
            pk__in=[session.pk for session in self.sessions.values()]
        ).end(at=at)
