"""What every noun can do, whichever it is."""

import pytest
from django.conf import settings

from fluxrate.tests import noun_samples
from fluxrate.tests.route_walk import BASE, World

pytestmark = pytest.mark.django_db
each_noun = pytest.mark.parametrize("word", sorted(noun_samples.NOUNS))


@pytest.fixture
def world():
    return World()


@each_noun
def test_a_deleted_object_can_be_restored(world, word):
    api = world.callers["owner"]
    url = f"{BASE}/{word}/{world.ids[word]}"
    preview = api.post(f"{url}/deletion-preview").json()
    deleted = api.delete(f"{url}?confirm={preview['confirm']}")
    assert api.get(url).status_code == 404
    listed = api.get(f"{BASE}/deletions").json()["data"]
    assert deleted["Deletion-Id"] in {deletion["id"] for deletion in listed}
    restored = api.post(f"{BASE}/deletions/{deleted['Deletion-Id']}/restore")
    assert restored.status_code == 200, restored.content
    assert api.get(url).status_code == 200


@pytest.mark.skipif(not settings.FAST_PATH, reason="There are no plans.")
@each_noun
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "list"])
def test_repeated_requests_have_plans(world, word, method):
    if word == "subscriptions" and method in {"POST", "PATCH"}:
        pytest.skip("Each is several statements.")
    url = f"{BASE}/{word}"
    if method in {"GET", "PATCH"}:
        url += f"/{world.ids[word]}"
    verb = method if method != "list" else "GET"
    body = world.bodies().get(f"{method} /{word}" + "/{pk}" * (method == "PATCH"), {})
    answers = [
        getattr(world.callers["owner"], verb.lower())(url, body) for _ in range(5)
    ]
    assert all(answer.status_code < 300 for answer in answers)
    assert getattr(answers[-1], "by_plan", False)
