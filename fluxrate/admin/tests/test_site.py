"""The index of the admin."""


def test_apps_are_in_the_order_of_their_positions(staff):
    apps = staff.get("/admin/").context["app_list"]
    assert [app["name"] for app in apps] == [
        "Customers",
        "Organizations",
        "History",
        "Staff permissions",
    ]
    groups = [model["object_name"] for model in apps[-1]["models"]]
    assert groups == ["Group"]


def test_the_page_of_an_app_lists_its_models(staff):
    page = staff.get("/admin/customers/").text
    content = page.partition('id="content-main"')[2]
    for name in ("customer", "plan", "subscription"):
        assert f'href="/admin/customers/{name}/"' in content
