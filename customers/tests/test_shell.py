"""docs/shell.md is what happens; beside it, what a shell may rely on."""

import doctest
import io

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.commands import shell as django_shell
from django.db import IntegrityError, transaction

from customers.fields import COUNTRIES
from customers.models import Customer, Plan, Subscription
from fluxrate.context import context
from fluxrate.management.commands import shell
from fluxrate.models import Batch, Event
from fluxrate.models.acting import acting
from organizations.models import ApiKey, Organization, User

GUIDE = settings.BASE_DIR / "docs" / "shell.md"


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )


def run(*arguments):
    output = io.StringIO()
    call_command(*arguments, stdout=output, stderr=output)
    return output.getvalue()


def test_the_guide_shows_what_happens(transactional_db, capsys):
    names = shell.Command().get_namespace(verbosity=0)
    test = doctest.DocTestParser().get_doctest(
        GUIDE.read_text(), names, "shell.md", str(GUIDE), 0
    )
    assert len(test.examples) > 20
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    with context(actor="shell:ada"):
        runner = doctest.DocTestRunner(optionflags=flags)
        runner.run(test)
    assert runner.failures == 0, capsys.readouterr().out


def test_acting_is_imported_beside_the_models():
    ours, django = shell.Command(), django_shell.Command()
    assert set(ours.get_auto_imports()) - set(django.get_auto_imports()) == {
        "fluxrate.models.acting.acting"
    }
    assert ours.get_namespace(verbosity=0)["acting"] is acting


def test_a_block_is_one_batch_of_each_organization(acme, globex, ada):
    other = Customer.objects.create(
        organization=globex.organization, name="Bea", email="b@example.com"
    )
    with context(actor="shell:ada"), acting(reason="T-17") as batch_id:
        ada.status = "INACTIVE"
        ada.save()
        with acting(reason="T-18") as inner:
            Customer.objects.filter(pk=other.pk).mark_inactive(reason="T-18")
    assert inner == batch_id
    batches = Batch.objects.filter(object_id=batch_id)
    assert {row.organization_id for row in batches} == {
        acme.organization.pk,
        globex.organization.pk,
    }
    changes = Event.objects.filter(batch_id=batch_id, object_type="customer")
    written = set(changes.values_list("actor", "reason"))
    assert written == {("shell:ada", "T-17"), ("shell:ada", "T-18")}
    assert "1 changes taken back" in run("undo", str(batch_id), "--reason", "Oops")
    assert set(Customer.objects.values_list("status", flat=True)) == {"ACTIVE"}


def test_actions_on_a_queryset_report_refusals(acme, ada):
    plan = Plan.objects.create(organization=acme.organization, name="Pro")
    at = acme.organization.now()
    fields = {"organization": acme.organization, "customer": ada, "plan": plan}
    first, second = (Subscription.begin(at=at, **fields) for _ in range(2))
    rows = Subscription.objects.filter(customer=ada)
    assert rows.filter(pk=first.pk).pause(reason="T-1").changed == 1
    changed, refused = rows.pause(reason="T-2")
    assert (changed, refused) == (1, {first.pk: "It is paused already."})
    assert rows.resume(reason="T-3").changed == 2
    assert rows.cancel(reason="T-4").changed == 2
    second.refresh_from_db()
    assert (second.status, second.cancel_at_period_end) == ("ACTIVE", True)
    assert rows.cancel(reason="T-5", now=True).changed == 2
    assert set(rows.values_list("status", flat=True)) == {"CANCELED"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nope"),
        ("email", "a@b"),
        ("email", "a@b..example"),
        ("billing_address_country", "ZZ"),
    ],
)
def test_the_database_refuses_what_the_api_refuses(acme, ada, field, value):
    row = Customer(organization=acme.organization, name="Bea", email="b@example.com")
    setattr(row, field, value)
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        row.save(force_insert=True)
    assert "violates check constraint" in str(raised.value)
    for part in ("Bea", "b@example.com", "DETAIL"):
        assert part not in str(raised.value) + str(raised.value.__cause__)
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=ada.pk).update(**{field: value})


def test_the_database_knows_the_countries_of_the_package(acme):
    owner = acme.organization
    rows = [
        Customer(organization=owner, name=c, email="a@b.co", billing_address_country=c)
        for c in COUNTRIES
    ]
    assert len(Customer.objects.bulk_create(rows)) == len(COUNTRIES)


def test_a_repr_names_the_row_and_its_organization(ada, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert repr(ada) == f"<Customer Ada {ada.pk} of {ada.organization_id}>"


def test_history_prints_who_changed_what(acme, ada):
    with context(actor="shell:ada"), acting(reason="T-17"):
        Customer.objects.filter(pk=ada.pk).update(phone="+1 222")
    assert [event.revision for event in ada.history()] == [2, 1]
    output = run("history", str(ada.pk))
    assert "Customer updated Ada, by ada (shell): T-17\n    phone: — → +1 222" in output
    assert "name: Ada\n" in output
    assert "No event has" in run("history", str(acme.organization.pk)[:-4] + "ffff")


def test_a_dry_run_of_undo_changes_nothing(ada):
    with acting(reason="T-17") as batch_id:
        Customer.objects.filter(pk=ada.pk).update(phone="+1 222")
    assert "1 changes taken back" in run("undo", str(batch_id), "--dry-run")
    ada.refresh_from_db()
    assert ada.phone == "+1 222"
    Customer.objects.filter(pk=ada.pk).update(phone="+1 333")
    assert "changed this since" in run("undo", str(batch_id))
    with pytest.raises(CommandError, match="There is no batch"):
        run("undo", str(ada.pk))


def test_a_key_is_revoked_by_its_first_characters(acme):
    key = ApiKey.issue(
        organization=acme.organization, name="Import", scopes=["customers.read"]
    )
    assert "of Acme is revoked" in run("revoke_api_key", key.prefix, "--reason=Leak")
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert key.history().first().reason == "Leak"
    for text, message in ((key.prefix, "was revoked"), ("org_live_none", "No API key")):
        with pytest.raises(CommandError, match=message):
            run("revoke_api_key", text)


def test_a_staff_login_has_the_rights_of_its_groups(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("correct-horse-battery\n"))
    with pytest.raises(CommandError, match="There is no group “Nobody”"):
        run("create_staff", "ada@fluxrate.example", "--group=Nobody")
    output = run("create_staff", "ada@fluxrate.example", "--name=Ada")
    assert output == "ada@fluxrate.example may log in to the admin: no rights yet.\n"
    user = User.objects.get()
    assert user.is_staff
    assert not user.is_superuser
    assert user.check_password("correct-horse-battery")
    assert Organization.objects.count() == 0
