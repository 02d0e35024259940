from django.db import migrations

# As in 0003, and before TRUNCATE, when the rows are still there.
ERASE = """
CREATE OR REPLACE FUNCTION erase_answers() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_TABLE_NAME = 'organizations_organization' AND TG_OP = 'TRUNCATE' THEN
        DELETE FROM fluxrate_keptanswer
        WHERE organization_id IN (SELECT id FROM organizations_organization);
    ELSIF TG_TABLE_NAME = 'organizations_organization' THEN
        DELETE FROM fluxrate_keptanswer
        WHERE organization_id IN (SELECT id FROM old_rows);
    ELSIF TG_OP = 'TRUNCATE' THEN
        EXECUTE format($sql$
            UPDATE fluxrate_keptanswer SET status = 0, headers = '{}', body = ''
            WHERE EXISTS (SELECT FROM %I.%I AS gone WHERE gone.id = ANY(mentions))
        $sql$, TG_TABLE_SCHEMA, TG_TABLE_NAME);
    ELSE
        UPDATE fluxrate_keptanswer SET status = 0, headers = '{}', body = ''
        WHERE mentions && (SELECT array_agg(id) FROM old_rows);
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('fluxrate', '0003_erased_answers'),
    ]

    operations = [
        # 0003's would do for the triggers of DELETE.
        migrations.RunSQL(ERASE, migrations.RunSQL.noop),
    ]
