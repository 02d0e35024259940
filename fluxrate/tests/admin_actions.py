"""Run an action of the admin as a browser does: choose it, then confirm it."""


def run_action(client, list_url, name, records, *, follow=False, **form):
    """The response to the confirmation page's form."""
    data = {"action": name, "_selected_action": [record.pk for record in records]}
    page = client.post(list_url, data)["Location"]
    return client.post(page, {"reason": "Test"} | form, follow=follow)
