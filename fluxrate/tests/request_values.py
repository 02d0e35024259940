"""What generated requests are made of: good values, bad ones and odd ones.

`@{own}@` stands for an id of the caller's organization, `@{foreign}@` for one of
another organization, `@{customers}@` and `@{plans}@` for an id of that kind.
"""

from typing import Any

NEVER = "0193b0c4-11d8-7a51-9d0e-6c1f3b5a7e90"
BAD_IDS = (
    *(NEVER, NEVER.upper(), NEVER.replace("-", ""), "1", "%00", "%FF", "a%2Fb"),
    *(f"{NEVER}/", "..", "%20", "%C3%A9", f"{NEVER}%0A", "customers", "me"),
)
# Good values of query parameters.
QUERIES = (
    *("page=1", "page=2", "page_size=5", "page=2&page_size=7", "page_size=100"),
    *("ordering=name", "ordering=-name,created_at", "ordering=-updated_at", "page=9"),
    *("fields=name,email", "fields=id", "fields=status&fields=revision"),
    *("include=subscriptions", "include=subscription_counts,subscriptions"),
    *("status=ACTIVE", "status=INACTIVE&page_size=3", "status=CANCELED"),
    *("search=ada", "search=lovelace+7", "search=lovelcae", "search=nobody"),
    *("email=ADA3@example.com", "external_id=ext/3", "name=Ada+Lovelace+3"),
    *("phone=%2B49+30+00004", "missing=phone", "missing=phone,billing_address_city"),
    *("billing_address_city=Besan%C3%A7on", "billing_address_country=de"),
    *("metadata[crm]=C-3", "metadata=crm:C-5", "subscription_status=ACTIVE"),
    *("created_at__gte=2020-01-01T00:00:00Z", "updated_at__lt=2020-01-01T00:00:00Z"),
    *("after=@{own}@", "after=@{own}@&page_size=3", "id__in=@{own}@,@{own}@"),
    *("id__in=@{foreign}@", "external_id__in=ext/0,%22ext/3%22", "due=true"),
    *("cancel_at_period_end=false", "customer_id=@{own}@", "plan_id=@{own}@"),
    *(
        "type=customer.created",
        "object_type=customer",
        "object_id=@{own}@",
        "type=FIXED",
    ),
    *("is_active=true", "currency=USD", "billing_interval=month", "lookup_id=pro"),
    *("as_of=2999-01-01T00:00:00Z", "from=2000-01-01T00:00:00Z", "actor=shell:x"),
    "status=ACTIVE&ordering=name&fields=name&page_size=4",
)
BAD_QUERIES = (
    *("page=0", "page=-1", "page=abc", "page=1&page=2", f"page={10**30}", "page="),
    *(
        "page_size=0",
        "page_size=101",
        "page=%31",
        "page=1%00",
        "page=%FF",
        "page=\uff11",
    ),
    *("page=+1", "page=1.0", "page= 1", "pgae=1", "unknown", "=1", "&&", "&page=1"),
    *("ordering=nothing", "ordering=", "ordering=name,name", "ordering=-", "%70age=1"),
    *("fields=nothing", "fields=", "include=nothing", "include=", "fields=name&x=1"),
    *("status=active", "status=NONE", "status=ACTIVE&status=INACTIVE", "search="),
    *("search=%00", "search=%FF", "search=%25", "search=_", f"search={'x' * 300}"),
    *("email=not", "email=%C3%28", "created_at__gte=yesterday", "id__in=1", "after=1"),
    *("created_at__gte=2020-01-01", "created_at__gte=2020-01-01T00:00:00%2B02:00"),
    *("metadata=", "metadata[]=1", "metadata[crm=1", "metadata[crm]=a&metadata[crm]=b"),
    *("missing=nothing", "after=@{foreign}@", "organization_id=@{own}@", "format=json"),
    *(
        "customer_id=1",
        "plan_id=@{foreign}@",
        "due=maybe",
        "is_active=2",
        "as_of=never",
    ),
    f"x={'y' * 1200}",
    "page=1;page=2",
    "search=a%20b&search=c",
    "page=1#fragment",
)
_TAGS = ('"1"', 'W/"1"', '"2"', "*", '"1", "2"', '"1-gzip"', "1", '"', "", ',"1",')
ODD_HEADERS = {
    "If-None-Match": _TAGS,
    "If-Match": (*_TAGS, '"99"', '"01"', '"1" "2"', '"-1"', "1" * 99),
    "Accept": (
        *("*/*", "application/json", "text/html", "a/b", "application/problem+json"),
        *("", "json", ";;", "application/*;q=0.5, text/html", "*/*;q=0"),
    ),
    "X-Request-ID": ("abc-1", "x" * 65, "a b", "é", "", NEVER),
    "X-Change-Reason": ("because", "caf%C3%A9", "%FF", "x" * 900, "a%0Ab", "%20", "é"),
    "Origin": (
        *("http://localhost", "https://evil.example", "null", ""),
        "http://localhost:8000",
    ),
    "Sec-Fetch-Site": ("same-origin", "same-site", "none", "cross-site", "nonsense"),
    "Idempotency-Key": ("a", "b", "c", "", "é", "x" * 256),
    "Content-Encoding": ("identity", "gzip", ""),
    "Content-Type": (
        *("application/json", "application/merge-patch+json", "text/plain", "", "a"),
        *("application/json; charset=utf-8", "application/json; charset=latin-1"),
        *(
            "application/x-www-form-urlencoded",
            "APPLICATION/JSON",
            "application/json;x",
        ),
    ),
    "Host": ("localhost:8000", "evil.example", "LOCALHOST", "127.0.0.1"),
    "X-Forwarded-Proto": ("https", "http"),
    "X-Forwarded-For": ("203.0.113.9", "nobody"),
    "Cookie": ("theme=dark; a=b", "access_token=", "access_token=a; access_token=b"),
    "Authorization": ("Digest x", "Bearer", "Bearer org_live_nobody", ""),
    "Transfer-Encoding": ("chunked",),
    "Referer": ("https://evil.example/",),
    "User-Agent": ("é",),
}
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 5, 1.5, 10**30, "", " ", "x", "x" * 300, "x" * 5000, []),
    *({}, ["a"], {"a": "b"}, {"a": None}, {"a": 1}, {"": "x"}, {"k" * 50: "v"}),
    *("\u200b", "\u2800", "e\u0301", "\ufeffx", "\x00", "\ud800", "a\nb", " padded "),
    *("ada@example.com", "ADA@EXAMPLE.COM", "no email", "a@b", "ö@müller.example"),
    *("DE", "de", "UK", "XX", "ACTIVE", "INACTIVE", "active", "ext/3", "%2F", "'; --"),
    *(
        "2030-01-01T00:00:00Z",
        "2030-01-01t00:00:00z",
        "2030-01-01",
        "1800-01-01T00:00Z",
    ),
    *("@{own}@", "@{foreign}@", NEVER, NEVER.upper(), "2030-01-01T00:00:00.123456789Z"),
)
FIELDS = (
    *("name", "email", "external_id", "phone", "billing_address_line1", "status"),
    *("billing_address_line2", "billing_address_city", "billing_address_state"),
    *("billing_address_country", "billing_address_postal_code", "metadata", "id"),
    *(
        "organization_id",
        "revision",
        "created_at",
        "updated_at",
        "unknown",
        "trial_days",
    ),
    *("lookup_id", "type", "billing_interval", "currency", "description", "is_active"),
    *("customer_id", "plan_id", "start_date", "trial_end_date", "cancel_reason", "at"),
    *("cancel_at_period_end", "reason", "role", "scopes", "expires_at", "resumes_at"),
)
RAW_BODIES = (
    *(b"", b"{", b"[]", b"null", b'"x"', b"{} {}", b"\xff", b"\xef\xbb\xbf{}", b"nan"),
    *(b'{"name": "a", "name": "b"}', b'{"name": NaN}', b'{"phone": 1e400}', b"{}"),
    *(b'{"name": "\\ud800"}', b"[" * 50 + b"]" * 50, b"x" * 2000, b'{"name": "a",}'),
    *(b"name=a&email=a@b.co", b'{"metadata": {"a": {"b": "c"}}}', b'\t{"name": "T"}\n'),
)


# Good values of the fields that a customer's change may have.
GOOD: dict[str, tuple[Any, ...]] = {
    "name": ("Ada", "Grace Hopper", "Élodie", " padded "),
    "email": ("ada@example.com", "grace@example.com"),
    "phone": ("+1-555-0100", None, ""),
    "billing_address_line1": ("123 Main St", None),
    "billing_address_city": ("Berlin", "Besançon", None),
    "billing_address_country": ("DE", "us", None),
    "status": ("ACTIVE", "INACTIVE"),
    "metadata": ({"crm": "C-1"}, {"crm": None}, {}),
    "external_id": ("ext/3", "new", None),
}
BODIES: dict[str, dict[str, Any]] = {
    "POST /plans": {"name": "New"},
    "PATCH /plans/{}": {"name": "Newer"},
    "PUT /plans/{}": {"description": "About", "trial_days": 3},
    "POST /subscriptions": {"customer_id": "@{customers}@", "plan_id": "@{plans}@"},
    "PATCH /subscriptions/{}": {"metadata": {"a": "b"}},
    "PUT /subscriptions/{}": {"external_id": "newer"},
    "POST /subscriptions/{}/change-plan": {"plan_id": "@{plans}@"},
    "POST /subscriptions/{}/extend-trial": {"trial_end_date": "2030-01-01T00:00:00Z"},
    "POST /subscriptions/{}/cancel": {"cancel_at_period_end": True, "reason": "x"},
    "PATCH /organization": {"name": "Acme Ltd"},
    "PATCH /members/{}": {"role": "VIEWER"},
    "PUT /members/{}": {"role": "MEMBER"},
    "POST /invitations": {"email": "grace@navy.example", "role": "VIEWER"},
    "POST /api-keys": {"name": "Key", "scopes": ["events.read"]},
}
# Half of the requests to read are these, so that plans are made and used.
POPULAR = (
    *(("/customers", ""), ("/customers", "page=2"), ("/customers", "after=@{own}@")),
    *(("/customers", "status=ACTIVE&page_size=3"), ("/customers", "search=ada")),
    *(("/customers", "ordering=-name,created_at"), ("/customers", "fields=name,email")),
    *(("/customers", "include=subscriptions"), ("/customers", "missing=phone")),
    *(("/customers", "billing_address_country=de"), ("/customers", "page_size=100")),
    *(
        ("/customers/{}", ""),
        ("/customers/{}", ""),
        ("/customers/{}", "fields=id"),
    ),
    *(("/customers/{}", "include=subscription_counts,subscriptions"), ("/plans", "")),
    *(("/customers/external/{}", ""), ("/plans/{}", ""), ("/events", "")),
    *(("/subscriptions", ""), ("/subscriptions", "status=ACTIVE&ordering=-start_date")),
    *(("/subscriptions/{}", ""), ("/customers/{}/subscriptions", "")),
    *(("/events", "type=customer.created"), ("/plans", "ordering=name&fields=name")),
)
