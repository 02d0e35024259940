"""Requests of a deletion over the API, and a customer to delete."""

API = "/api/v1"
ADA = {"name": "Ada", "email": "ada@example.com", "external_id": "ada"}


def subscribed_customer(api, plan):
    """The URL of a customer with an active and a canceled subscription."""
    customer = api.post(f"{API}/customers", ADA).json()
    body = {"customer_id": customer["id"], "plan_id": str(plan.pk)}
    api.post(f"{API}/subscriptions", body)
    ended = api.post(f"{API}/subscriptions", body).json()
    cancel = {"cancel_at_period_end": False}
    api.post(f"{API}/subscriptions/{ended['id']}/cancel", cancel)
    return f"{API}/customers/{customer['id']}"


def preview(api, url):
    response = api.post(f"{url}/deletion-preview")
    assert response.status_code == 200, response.content
    return response.json()


def delete(api, url):
    response = api.delete(url)
    assert response.status_code == 204, response.content
    return f"{API}/deletions/{response['Deletion-Id']}"


def restore(api, deletion, **body):
    return api.post(f"{deletion}/restore", body)


def without(body, *names):
    return {name: value for name, value in body.items() if name not in names}


def everything(api, url):
    """The JSON of a customer and its subscriptions, apart from what a write changes."""
    subscriptions = api.get(f"{url}/subscriptions").json()["data"]
    objects = [api.get(url).json(), *subscriptions]
    return [without(each, "revision", "updated_at") for each in objects]
