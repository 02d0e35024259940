"""The filter of a record's history: who, what and when."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy

from organizations.models import ApiKey, User

# Of more people or keys with a name, some are not looked for.
MAX_NAMED = 100


class HistoryFilter(forms.Form):
    who = forms.CharField(
        label=gettext_lazy("Who"), required=False, max_length=254, strip=True
    )
    what = forms.CharField(
        label=gettext_lazy("What"), required=False, max_length=100, strip=True
    )
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def filtered(self, events: QuerySet) -> QuerySet:
        """The events that all valid fields let through; days in the reader's zone."""
        self.is_valid()
        data = self.cleaned_data
        if who := data.get("who"):
            events = events.filter(actor__in=_actors(who))
        if what := data.get("what"):
            events = events.filter(_about(what))
        if since := data.get("since"):
            events = events.filter(created_at__gte=_start(since))
        if until := data.get("until"):
            events = events.filter(created_at__lt=_start(until + timedelta(days=1)))
        return events


def filter_query(request: HttpRequest, form: HistoryFilter) -> str:
    """The fields of the filter that are not empty, for links to other pages."""
    values = {name: request.GET.get(name, "") for name in form.fields}
    return urlencode({name: text for name, text in values.items() if text})


def _actors(name: str) -> list[str]:
    """The actors with a part of this name or email, or the command of this name."""
    named = Q(name__icontains=name)
    people = User.objects.filter(named | Q(email__icontains=name))
    keys = ApiKey.objects.filter(named | Q(prefix=name))
    texts = [name, f"command:{name}", f"shell:{name}"]
    for pk in people.order_by().values_list("pk", flat=True)[:MAX_NAMED]:
        texts += [f"staff:{pk}", f"user:{pk}"]
    for pk in keys.order_by().values_list("pk", flat=True)[:MAX_NAMED]:
        texts.append(f"key:{pk}")
    return texts


def _about(what: str) -> Q:
    """Events of a verb, such as `created`, or that changed a field, such as `phone`."""
    word = what.lower().replace(" ", "_")
    return Q(type__endswith=f".{word}") | Q(changes__has_key=word)


def _start(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))
