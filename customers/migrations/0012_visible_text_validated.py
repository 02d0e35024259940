# Each statement is a transaction of its own: reading the tables then blocks no writer.

from importlib import import_module

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

VISIBLE = import_module("customers.migrations.0011_visible_text").VISIBLE
# White space and Default_Ignorable_Code_Point: what the API takes off the ends of a text.
# At the end, a variation selector or a tag may belong to the character before it.
SPACE = (
    r"\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
)
IGNORABLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a"
)
LEADING = r"\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0000-\U000e0fff"
ENDS = f"^[{SPACE}{IGNORABLE}{LEADING}]+|[{SPACE}{IGNORABLE}]+$"
NAMED = ["customer", "plan"]
IDS = {"customer": "external_id", "plan": "lookup_id", "subscription": "external_id"}


def changing(statement, reason):
    """An event says what became of each row, and why."""
    return f"SELECT set_config('fluxrate.reason', '{reason}', true); {statement}"


def visible(model):
    """A name is needed; any other text is null. Both at once: a row may lack both."""
    filled = {"name": "'(no name)'"} if model in NAMED else {}
    filled[IDS[model]] = "NULL"
    sets = (
        f"{column} = CASE WHEN {column} !~ '{VISIBLE}' THEN {text} ELSE {column} END"
        for column, text in filled.items()
    )
    bad = (f"{column} !~ '{VISIBLE}'" for column in filled)
    return changing(
        f"UPDATE customers_{model} SET {', '.join(sets)} WHERE {' OR '.join(bad)}",
        "A text without a visible character was removed; a name became “(no name)”.",
    )


def trimmed_id(model):
    """What a caller looks up is trimmed, so what is stored is, too; but where two would
    become one, both stay as they are.
    """
    table, column = f"customers_{model}", IDS[model]
    return changing(
        f"WITH trimmed AS (SELECT id, organization_id, regexp_replace("
        f"{column}, '{ENDS}', '', 'g') AS text FROM {table} WHERE {column} ~ '{ENDS}'), "
        f"alone AS (SELECT min(id::text)::uuid AS id, organization_id, text FROM trimmed "
        f"GROUP BY organization_id, text HAVING count(*) = 1) "
        f"UPDATE {table} AS row SET {column} = alone.text FROM alone "
        f"WHERE row.id = alone.id AND NOT EXISTS (SELECT FROM {table} AS other "
        f"WHERE other.organization_id = alone.organization_id "
        f"AND other.{column} = alone.text)",
        f"Invisible characters around {column} were removed.",
    )


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('customers', '0011_visible_text'),
    ]

    operations = [
        *(migrations.RunSQL(visible(model), migrations.RunSQL.noop) for model in IDS),
        *(migrations.RunSQL(trimmed_id(model), migrations.RunSQL.noop) for model in IDS),
        ValidateConstraint(model_name='customer', name='customer_has_a_name'),
        ValidateConstraint(model_name='customer', name='customer_external_id_not_empty'),
        ValidateConstraint(model_name='plan', name='plan_has_a_name'),
        ValidateConstraint(model_name='plan', name='plan_lookup_id_not_empty'),
        ValidateConstraint(model_name='subscription', name='subscription_external_id_not_empty'),
    ]
