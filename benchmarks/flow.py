"""How many files of ours a request crosses, and how many statements it sends.

    python benchmarks/flow.py [--names] [--sql]

Each route is called three times in this process, and the third call is counted by
`sys.setprofile`: a file counts when a function of its own runs. A hop is a call from
one file of ours into another. Tests and migrations do not count. `--names` lists
the files in the order in which they are entered, `--sql` the statements.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
ROOMS = tuple(str(ROOT / name) for name in ("fluxrate", "organizations", "customers"))
PASSWORD = "correct-horse-battery"


class Trace:
    """The files of ours in which functions run, in order, with hops and calls."""

    def __init__(self):
        self.files, self.hops, self.calls, self.last = {}, 0, 0, ""

    def __call__(self, frame, event, _argument):
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(ROOMS) or "/tests/" in name:
            return
        if frame.f_code.co_name == "<module>":
            return
        self.calls += 1
        self.hops += name != self.last
        self.last = name
        self.files.setdefault(name.removeprefix(f"{ROOT}/"))


def counted(prepare, call):
    """What the third call crosses, and the statements that it sends."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(2):
        call(prepare())
    trace, argument = Trace(), prepare()
    with CaptureQueriesContext(connection) as statements:
        sys.setprofile(trace)
        try:
            response = call(argument)
        finally:
            sys.setprofile(None)
    assert response is None or response.status_code in (200, 201, 302), response.content
    sent = [query["sql"] for query in statements]
    return trace, [sql for sql in sent if sql not in ("BEGIN", "COMMIT")]


def filled():
    """A customer among fifty, a client with a key, and a client of staff."""
    from django.test import Client
    from rest_framework.test import APIClient

    from customers.models import Customer
    from organizations.models import ApiKey, Organization, User

    organization = Organization.objects.create(name="Acme")
    rows = [
        Customer(organization=organization, name=f"Ada {n}", email=f"a{n}@example.com")
        for n in range(50)
    ]
    Customer.objects.bulk_create(rows)
    scopes = ["customers.read", "customers.write"]
    key = ApiKey.issue(organization=organization, name="Test", scopes=scopes)
    staff = Client(headers={"Host": "localhost"})
    staff.force_login(User.objects.create_superuser("staff@example.com", PASSWORD))
    api = APIClient(headers={"X-API-Key": key.secret, "Host": "localhost"})
    return rows[0], api, staff


def routes():
    """Each route's name, what prepares a call of it, and the call."""
    from django.core.management import call_command

    customer, api, staff = filled()
    url, body = "/api/v1/customers", {"name": "Ada", "email": "ada@example.com"}
    page = f"/admin/customers/customer/{customer.pk}/change/"

    def form():
        context = staff.get(page).context
        form = context["adminform"].form
        data = {bound.html_name: bound.value() for bound in form}
        data |= {f"initial-{name}": value for name, value in data.items()}
        data |= {"name": f"{data['name']}x", "_save": "Save"}
        data["_form"] = context["form_id"]
        return {name: "" if value is None else value for name, value in data.items()}

    def get(address, **parameters):
        return dict, lambda _: api.get(address, parameters)

    def advance(_):
        with Path(os.devnull).open("w") as silence:
            call_command("advance", stdout=silence)

    yield "POST /customers", dict, lambda _: api.post(url, body)
    yield "GET /customers", *get(url)
    yield "GET /customers/{id}", *get(f"{url}/{customer.pk}")
    yield "GET /customers?search=ada", *get(url, search="ada")
    yield "the same with a typo", *get(url, search="exanple")
    yield "admin edit of a customer", form, lambda data: staff.post(page, data)
    yield "manage.py advance", dict, advance


def measure():
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    from fluxrate.server.static import collect_if_changed

    # Without it a response carries no template context, which the admin's form needs.
    setup_test_environment()
    collect_if_changed()
    logging.disable()
    call_command("migrate", verbosity=0)
    print(f"{'route':28} {'files':>5} {'hops':>5} {'calls':>5} {'SQL':>4}")
    for name, prepare, call in routes():
        trace, statements = counted(prepare, call)
        print(
            f"{name:28} {len(trace.files):5} {trace.hops:5} {trace.calls:5} "
            f"{len(statements):4}"
        )
        if "--names" in sys.argv:
            print("".join(f"    {file}\n" for file in trace.files))
        if "--sql" in sys.argv:
            print("".join(f"    {sql[:160]}\n" for sql in statements))


with tempfile.TemporaryDirectory(prefix="fluxrate-") as folder:
    os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "fluxrate.settings"}
    from fluxrate.server import postgres

    Path(folder).chmod(0o711)
    with postgres.running(Path(folder)):
        measure()
