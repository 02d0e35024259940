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
