from django.db import migrations, models

# No index on full_at: without one, taking tokens changes no index (a HOT update), for
# which half of every page is kept free.
CREATE = """
CREATE UNLOGGED TABLE fluxrate_bucket (
    key uuid PRIMARY KEY,
    full_at timestamp with time zone NOT NULL,
    granted boolean NOT NULL
) WITH (fillfactor = 50)
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(
            CREATE,
            "DROP TABLE fluxrate_bucket",
            state_operations=[
                migrations.CreateModel(
                    name="Bucket",
                    fields=[
                        ("key", models.UUIDField(primary_key=True, serialize=False)),
                        ("full_at", models.DateTimeField()),
                        ("granted", models.BooleanField()),
                    ],
                ),
            ],
        ),
    ]
