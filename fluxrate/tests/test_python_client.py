"""clients/python against a real server: what an integration does in its first week."""

import asyncio
import os
import re
import subprocess
import sys
import tomllib

import httpx
import pytest

import fluxrate
from fluxrate.tests.clients.python_models import sources
from fluxrate.tests.live_site import CHECKOUT
from fluxrate.tests.waiting import wait_for

FOLDER = CHECKOUT / "clients" / "python"
sys.path.insert(0, str(FOLDER))

import fluxrate_client as api  # noqa: E402
from fluxrate_client import customers, events, plans, subscriptions  # noqa: E402

ADA = {"name": "Ada", "email": "ada@example.com"}
PRO = {"name": "Pro", "type": "FIXED", "billing_interval": "month", "currency": "USD"}


@pytest.fixture
def url(site):
    return f"http://127.0.0.1:{site.port}"


@pytest.fixture
def client(url, owner):
    with api.Client(url, owner.key) as client:
        yield client


def test_a_customer_lives_and_dies(client):
    ada = client.send(
        customers.create(**ADA, external_id="a/1 ü", metadata={"tier": "gold"})
    )
    assert client.send(customers.get(ada["id"])) == ada
    assert client.send(customers.get_by_external_id("a/1 ü")) == ada
    found = client.send(customers.list(search="ada", status=["ACTIVE", "INACTIVE"]))
    assert [each["id"] for each in found["data"]] == [ada["id"]]
    for metadata in ("tier:gold", ["tier:gold"], {"tier": "gold"}):
        (gold,) = client.all(customers.list(metadata=metadata))
        assert gold["id"] == ada["id"]
    # Sent back whole, nothing changes.
    assert client.send(customers.update(**ada)) == ada
    changed = client.send(customers.update(ada["id"], if_match=1, name="Ada King"))
    assert (changed["name"], changed["revision"]) == ("Ada King", 2)
    with pytest.raises(api.StaleError) as error:
        client.send(customers.update(ada["id"], if_match=1, name="x"))
    assert error.value.code == "stale"
    assert client.send(customers.upsert("a/1 ü", phone="+1"))["phone"] == "+1"
    assert client.send(customers.delete(ada["id"])) is None
    with pytest.raises(api.NotFoundError):
        client.send(customers.get(ada["id"]))


def test_a_subscription_acts_and_leaves_events(client):
    customer = client.send(customers.create(**ADA))
    plan = client.send(plans.create(**PRO))
    one = client.send(
        subscriptions.create(customer_id=customer["id"], plan_id=plan["id"])
    )
    paused = client.send(subscriptions.act(one["id"], "pause"))
    assert paused["status"] == "PAUSED"
    with pytest.raises(api.ConflictError) as error:
        client.send(subscriptions.act(one["id"], "mark-paid"))
    assert error.value.code == "nothing_to_pay"
    assert error.value.problem["available_actions"]
    canceled = client.send(subscriptions.act(one["id"], "cancel", reason="x"))
    assert (canceled["status"], canceled["cancel_reason"]) == ("CANCELED", "x")
    types = [f"subscription.{what}" for what in ("created", "paused", "canceled")]
    # The feed withholds an event while an older transaction is open.
    wait_for(lambda: len(list(client.events(object_type="subscription"))) == 3)
    read = list(client.events(object_type="subscription"))
    assert [each["type"] for each in read] == types
    assert list(client.events(read[0]["id"], object_type="subscription")) == read[1:]
    newest = client.send(events.list(page_size=1))["data"]
    assert newest == read[-1:]


def test_every_page_is_read(client):
    ids = [client.send(customers.create(**ADA))["id"] for _ in range(5)]
    listed = client.all(customers.list(page_size=2, ordering=["created_at", "name"]))
    assert [each["id"] for each in listed] == ids


def test_a_new_object_moves_no_other_to_the_next_page(client):
    ids = [client.send(customers.create(**ADA))["id"] for _ in range(3)]
    listed = client.all(customers.list(page_size=2, status="ACTIVE"))
    first = next(listed)
    client.send(customers.create(**ADA))
    assert [first["id"], *(each["id"] for each in listed)] == ids[::-1]
    client.send(plans.create(**PRO))
    assert len(list(client.all(plans.list()))) == 1
    assert len(list(client.all(customers.list(search="ada", page_size=3)))) == 4


def test_many_customers_are_written_in_one_request(client):
    ada = client.send(customers.get_or_create(match="email", **ADA))
    assert client.send(customers.get_or_create(match="email", **ADA)) == ada
    operations = [
        {"op": "create", "data": ADA},
        {"op": "delete", "id": ada["id"]},
        {"op": "create", "data": {}},
    ]
    results = client.send(customers.batch(operations=operations))["data"]
    assert [each["status"] for each in results] == [201, 204, 422]
    act = {"op": "cancel", "id": ada["id"]}
    (refused,) = client.send(subscriptions.batch(operations=[act]))["data"]
    assert refused["code"] == "not_found"


def test_a_bad_field_is_named(client):
    with pytest.raises(api.InvalidError) as error:
        client.send(customers.create(name="Ada", email="nope"))
    (field,) = error.value.errors
    assert error.value.status == 422
    assert (field["field"], field["code"]) == ("email", "invalid")
    assert error.value.request_id


@pytest.mark.parametrize("value", ["Acme, Inc", 'Bolt 6" pipe', "a&b=c+d %"])
def test_a_value_may_have_any_character(client, value):
    ada = client.send(customers.create(**ADA, external_id=value))
    for ids in ([value], [value, "x"], (value,)):
        assert list(client.all(customers.list(external_id__in=ids))) == [ada]


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_an_id_that_a_url_cannot_hold_is_refused(text):
    with pytest.raises(ValueError, match="cannot be part of a URL"):
        customers.get_by_external_id(text)


def test_a_wrong_key_is_refused_at_once(url):
    client = api.Client(url, "org_live_wrong")
    with client, pytest.raises(api.UnauthenticatedError):
        client.send(customers.list())


class Unreliable(httpx.HTTPTransport):
    """Loses the first responses: the server has answered, the client does not know."""

    def __init__(self, losses):
        super().__init__()
        self.losses = losses

    def handle_request(self, request):
        response = super().handle_request(request)
        if self.losses:
            self.losses -= 1
            response.close()
            raise httpx.ReadError("lost", request=request)
        return response


def test_a_lost_response_is_asked_for_again_and_nothing_happens_twice(url, owner):
    with api.Client(url, owner.key, transport=Unreliable(2)) as client:
        ada = client.send(customers.create(**ADA))
        assert client.send(customers.list())["meta"]["total"] == 1
        assert client.send(customers.get(ada["id"])) == ada
    client = api.Client(
        url, owner.key, retries=api.Retries(attempts=2), transport=Unreliable(9)
    )
    with client, pytest.raises(httpx.ReadError):
        client.send(customers.list())


class Proxy(httpx.HTTPTransport):
    """Answers 502 while its upstream restarts."""

    failures = 2

    def handle_request(self, request):
        self.failures -= 1
        if self.failures < 0:
            return super().handle_request(request)
        return httpx.Response(502, text="<h1>Bad Gateway</h1>")


def test_the_page_of_a_proxy_is_asked_for_again(url, owner):
    with api.Client(url, owner.key, transport=Proxy()) as client:
        assert client.send(customers.list())["data"] == []
    once = api.Retries(attempts=1)
    client = api.Client(url, owner.key, retries=once, transport=Proxy())
    with client, pytest.raises(api.APIError, match="Bad Gateway"):
        client.send(customers.list())


def send_often(client, times):
    for _ in range(times):
        client.send(customers.list())


def test_it_waits_until_the_rate_limit_allows_more(site):
    with site.another(RATE_LIMIT="4", RATE_LIMIT_SECONDS="2") as limited:
        url, key = f"http://127.0.0.1:{limited.port}", limited.owner().key
        with api.Client(url, key) as client:
            send_often(client, 8)
        client = api.Client(url, key, retries=api.Retries(attempts=1))
        with client, pytest.raises(api.RateLimitedError):
            send_often(client, 60)


async def created(client):
    events = client.events(type="customer.created")
    return {event["object_id"] async for event in events}


def test_the_asynchronous_client_does_the_same(url, owner):
    async def flow():
        async with api.AsyncClient(url, owner.key) as client:
            requests = [customers.create(**ADA) for _ in range(5)]
            made = await asyncio.gather(*map(client.send, requests))
            listed = client.all(customers.list(page_size=2))
            ids = {each["id"] for each in made}
            assert {each["id"] async for each in listed} == ids
            # The feed withholds an event while an older transaction is open.
            async with asyncio.timeout(30):
                while (read := await created(client)) != ids:
                    await asyncio.sleep(0.05)
            assert read == ids
            with pytest.raises(api.NotFoundError):
                await client.send(customers.get(owner.site.port))

    asyncio.run(flow())


def test_the_examples_of_its_readme_run(url, owner):
    text = (FOLDER / "README.md").read_text()
    outputs = [
        subprocess.run(
            [sys.executable, "-c", example],
            cwd=FOLDER,
            env=os.environ | {"KEY": owner.key, "FLUXRATE": url},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for example in re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    ]
    assert len(outputs) == 2
    assert "not_resumable" in outputs[0]
    assert "subscription.created" in outputs[0]
    assert outputs[1] == "Acme Corporation 2\n"


def test_the_models_are_those_of_the_document():
    for file, text in sources().items():
        assert file.read_text() == text, "Run `make models` and commit."


def types(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", *arguments],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_client_is_typed():
    checked = types("fluxrate_client")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ('customers.list(staus="ACTIVE")', "staus"),
        ('customers.list(status="GONE")', "status"),
        ('customers.create(name="Ada")', "email"),
        ('subscriptions.act("1", "stop")', "act"),
    ],
)
def test_a_wrong_call_is_an_error_of_types(call, error):
    noun = call.partition(".")[0]
    checked = types("-c", f"from fluxrate_client import {noun}\n{call}")
    assert checked.returncode == 1
    assert error in checked.stdout


def test_the_package_needs_httpx_only():
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    assert [each.partition(">")[0] for each in project["dependencies"]] == ["httpx"]
    assert project["version"] == fluxrate.__version__
