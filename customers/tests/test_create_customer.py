URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com", "external_id": "a-1"}


def test_create_returns_the_customer(acme, acme_api):
    answer = acme_api.post(URL, ADA)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body | ADA == body
    assert body["organization_id"] == str(acme.organization.pk)
    assert answer["Location"] == f"{URL}/{body['id']}"
    assert acme_api.get(answer["Location"]).json() == body


def test_an_external_id_is_taken_once_per_organization(acme_api, globex_api):
    assert acme_api.post(URL, ADA).status_code == 201
    assert globex_api.post(URL, ADA).status_code == 201
    again = acme_api.post(URL, ADA)
    assert again.status_code == 409
    assert again.json()["code"] == "external_id_taken"
