import customers.models.customer
import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations


# customers/search/keys.py says what they are for. Their bodies are bound to what they
# call when they are made, so that no search_path matters, in a restore least of all.
# The words and digits that end a text have the same trigrams as all of it.
# A search has parts that are seldom run, for which the planner would start workers all
# the same (9 ms): whatever calls customer_search_terms runs in one process.
# The cost is what computing them takes, 20 microseconds, beside reading a page.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION customer_search_keys(organization uuid, text text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 500
RETURN (
    SELECT array_agg(hashtextextended(gram, uuid_hash_extended(organization, 0)))
    FROM unnest(show_trgm(split_part(text, E'\\n ', -1))) AS gram
);
CREATE OR REPLACE FUNCTION customer_search_terms(organization uuid, texts text[])
RETURNS bigint[] LANGUAGE sql IMMUTABLE STRICT PARALLEL UNSAFE
RETURN (
    SELECT coalesce(array_agg(hashtextextended(
        gram, uuid_hash_extended(organization, 0))), '{}')
    FROM (SELECT gram FROM unnest(texts) AS each (text), unnest(show_trgm(text)) AS gram
          GROUP BY gram HAVING count(*) = cardinality(texts)) AS common
);
"""
NO_FUNCTIONS = """
DROP FUNCTION IF EXISTS customer_search_keys(uuid, text);
DROP FUNCTION IF EXISTS customer_search_terms(uuid, text[]);
"""


def leftover(name):
    """An index that an interrupted run of this migration may have left, to be gone."""
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"


class Migration(migrations.Migration):

    # Indexes are made while others write.
    atomic = False

    dependencies = [
        ('customers', '0005_search'),
    ]

    operations = [
        migrations.RunSQL(leftover('customer_search_keys'), migrations.RunSQL.noop),
        migrations.RunSQL(leftover('customer_filters'), migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        AddIndexConcurrently(
            model_name='customer',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(customers.models.customer.SearchKeys(), name='array_ops'), gin_pending_list_limit=1024, name='customer_search_keys'),
        ),
        AddIndexConcurrently(
            model_name='customer',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('organization', name='uuid_ops'), django.contrib.postgres.indexes.OpClass('status', name='varchar_ops'), django.contrib.postgres.indexes.OpClass('phone', name='varchar_ops'), django.contrib.postgres.indexes.OpClass('billing_address_city', name='varchar_ops'), django.contrib.postgres.indexes.OpClass('billing_address_state', name='varchar_ops'), django.contrib.postgres.indexes.OpClass('billing_address_country', name='varchar_ops'), django.contrib.postgres.indexes.OpClass('billing_address_postal_code', name='varchar_ops'), django.contrib.postgres.indexes.OpClass('metadata', name='jsonb_path_ops'), django.contrib.postgres.indexes.OpClass(customers.models.customer.Missing(), name='array_ops'), gin_pending_list_limit=1024, name='customer_filters'),
        ),
        RemoveIndexConcurrently(model_name='customer', name='customer_search'),
        migrations.RunSQL(migrations.RunSQL.noop, leftover('customer_search')),
    ]
