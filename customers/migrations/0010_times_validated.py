from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

# Times that SQL may have stored before 0009 and no Python can hold, infinity for one: they
# become the nearest time within the bounds. Recorded rows leave an event that says so.
COMPUTED = {"billing_anchor", "current_period_start", "current_period_end", "ended_at"}
TIMES = {
    "customer": ["created_at", "updated_at"],
    "plan": ["created_at", "updated_at"],
    "subscription": [
        "created_at",
        "updated_at",
        "start_date",
        "billing_anchor",
        "current_period_start",
        "current_period_end",
        "trial_end_date",
        "canceled_at",
        "ended_at",
        "paused_at",
        "resumes_at",
    ],
}
REASON = "A time that lay outside the years 1900 to 2999 became the nearest one within."


# Each of these is later than another time of its row. Where both become a bound, it stays so.
LATER = {"current_period_end", "resumes_at"}


def bounds(column):
    year = "4999" if column in COMPUTED else "2999"
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
        f"UPDATE customers_{model} SET {', '.join(sets)} WHERE {' OR '.join(bad)}"
    )


class Migration(migrations.Migration):

    # Each table is read in a transaction of its own, and may be written meanwhile.
    atomic = False

    dependencies = [
        ('customers', '0009_times_in_range'),
    ]

    operations = [
        *(
            migrations.RunSQL(mend(model), migrations.RunSQL.noop)
            for model in TIMES
        ),
        *(
            ValidateConstraint(model, f"{model}_{column}_in_range")
            for model, columns in TIMES.items()
            for column in columns
        ),
    ]
