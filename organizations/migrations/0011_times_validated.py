from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

# Times that SQL may have stored before 0010 and no Python can hold, infinity for one: they
# become the nearest time within the bounds. Recorded rows leave an event that says so.
TIMES = {
    "apikey": ["created_at", "updated_at", "expires_at", "last_used_at", "revoked_at"],
    "event": ["created_at"],
    "invitation": ["created_at", "updated_at", "expires_at"],
    "membership": ["created_at", "updated_at"],
    "organization": ["created_at", "updated_at", "clock_at"],
    "session": ["expires_at", "ended_at", "created_at"],
    "ticket": ["expires_at", "created_at"],
    "user": ["last_login", "email_confirmed_at", "created_at", "updated_at"],
}
REASON = "A time that lay outside the years 1900 to 2999 became the nearest one within."


# Each of these is later than another time of its row. Where both become a bound, it stays so.
LATER = {"expires_at"}


def bounds(column):
    year = "2999"
    return "'1900-01-01 00:00:00+00'", f"'{year}-12-31 23:59:59.999999+00'"


def nearest(column):
    low, high = bounds(column)
    if column in LATER:
        return "'1900-01-02 00:00:00+00'", high
    return low, high.replace("-31", "-30")


def mend(model):
    """Finds no row in almost every database: one reading of the table."""
    sets, bad = [], []
    for column in TIMES[model]:
        low, high = bounds(column)
        first, last = nearest(column)
        sets.append(
            f"{column} = CASE WHEN {column} < {low} THEN {first} "
            f"WHEN {column} > {high} THEN {last} ELSE {column} END"
        )
        bad.append(f"{column} < {low} OR {column} > {high}")
    return (
        f"SELECT set_config('fluxrate.reason', '{REASON}', true); "
        f"UPDATE organizations_{model} SET {', '.join(sets)} WHERE {' OR '.join(bad)}"
    )


# Nobody may change an event, but for its owner in a transaction that says so.
MEND_EVENTS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM organizations_event
               WHERE created_at < '1900-01-01 00:00:00+00'
                  OR created_at > '2999-12-31 23:59:59.999999+00') THEN
        PERFORM set_config('fluxrate.rewriting', pg_current_xact_id()::text, true);
        GRANT UPDATE ON organizations_event TO CURRENT_USER;
        UPDATE organizations_event SET created_at = least(greatest(created_at,
            '1900-01-01 00:00:00+00'), '2999-12-31 23:59:59.999999+00')
        WHERE created_at < '1900-01-01 00:00:00+00'
           OR created_at > '2999-12-31 23:59:59.999999+00';
        REVOKE UPDATE ON organizations_event FROM CURRENT_USER;
        PERFORM set_config('fluxrate.rewriting', '', true);
    END IF;
END $$
"""


class Migration(migrations.Migration):

    # Each table is read in a transaction of its own, and may be written meanwhile.
    atomic = False

    dependencies = [
        ('organizations', '0010_times_in_range'),
    ]

    operations = [
        migrations.RunSQL(MEND_EVENTS, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(mend(model), migrations.RunSQL.noop)
            for model in TIMES if model != "event"
        ),
        *(
            ValidateConstraint(model, f"{model}_{column}_in_range")
            for model, columns in TIMES.items()
            for column in columns
        ),
    ]
