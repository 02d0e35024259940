import customers.billing_periods
import datetime
import django.db.models.deletion
import fluxrate.postgres.constraints
import fluxrate.postgres.triggers
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


# The same as customers/billing_periods.py. Without a zone, so that no session's time zone
# matters, and in plain SQL, so that PostgreSQL puts them into the statement.
CALENDAR = migrations.RunSQL(
    sql="""
    CREATE FUNCTION billing_boundary(
        anchor timestamptz, billing_interval text, steps integer
    ) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT (anchor AT TIME ZONE 'UTC' + steps * CASE billing_interval
            WHEN 'day' THEN interval '1 day' WHEN 'week' THEN interval '7 days'
            WHEN 'month' THEN interval '1 month' WHEN 'year' THEN interval '12 months'
        END) AT TIME ZONE 'UTC'
    $$;
    CREATE FUNCTION billing_steps(
        anchor timestamptz, billing_interval text, boundary timestamptz
    ) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN billing_interval IN ('day', 'week') THEN
            floor(extract(epoch FROM boundary - anchor)
                / CASE billing_interval WHEN 'day' THEN 86400 ELSE 604800 END)
        ELSE floor((
            extract(year FROM boundary AT TIME ZONE 'UTC') * 12
            + extract(month FROM boundary AT TIME ZONE 'UTC')
            - extract(year FROM anchor AT TIME ZONE 'UTC') * 12
            - extract(month FROM anchor AT TIME ZONE 'UTC')
        ) / CASE billing_interval WHEN 'month' THEN 1 ELSE 12 END)
        END::integer
    $$;
    """,
    reverse_sql="DROP FUNCTION billing_boundary; DROP FUNCTION billing_steps",
)

class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_kept_totals'),
        ('organizations', '0007_test_clock'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='subscription',
            name='subscription_ended_when_canceled',
        ),
        CALENDAR,
        migrations.AddField(
            model_name='subscription',
            name='billing_anchor',
            field=models.DateTimeField(editable=False, help_text='Periods begin whole intervals away from it.', null=True),
        ),
        migrations.RunSQL(
            "UPDATE customers_subscription SET billing_anchor = CASE "
            "WHEN status = 'TRIAL' THEN trial_end_date ELSE current_period_start END",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name='subscription',
            name='billing_anchor',
            field=models.DateTimeField(editable=False, help_text='Periods begin whole intervals away from it.'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='scheduled_plan',
            field=models.ForeignKey(db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='customers.plan'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='scheduled_billing_interval',
            field=models.CharField(choices=[('day', 'Day'), ('week', 'Week'), ('month', 'Month'), ('year', 'Year')], editable=False, max_length=5, null=True),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='canceled_at',
            field=models.DateTimeField(editable=False, help_text='When the cancellation was asked for.', null=True),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='current_period_end',
            field=models.DateTimeField(editable=False, help_text='While it is paused: as it was at the pause.'),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='customer',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='resumes_at',
            field=models.DateTimeField(editable=False, null=True, validators=[customers.billing_periods.validate_time]),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='start_date',
            field=models.DateTimeField(validators=[customers.billing_periods.validate_time]),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='trial_end_date',
            field=models.DateTimeField(blank=True, null=True, validators=[customers.billing_periods.validate_time]),
        ),
        migrations.AddField(
            model_name='subscription',
            name='due_at',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(status='CANCELED', then=None), models.When(status='PAUSED', then=models.F('resumes_at')), default=models.F('current_period_end')), help_text='When time will change it next.', output_field=models.DateTimeField(null=True)),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(fields=['organization', 'current_period_end', 'id'], name='subscription_period_end'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='subscription_due'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('scheduled_plan__isnull', False)), fields=['scheduled_plan'], name='subscription_scheduled_plan'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=fluxrate.postgres.constraints.TenantForeignKey(field='scheduled_plan', name='subscription_scheduled_plan_in_organization', on_delete='SET NULL', to='customers_plan', violation_error_code='does_not_exist', violation_error_message='There is no such plan.'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=fluxrate.postgres.constraints.StateConstraint(condition=models.Q(models.Q(('scheduled_plan__isnull', False), ('scheduled_billing_interval__isnull', False)), models.Q(models.Q(('scheduled_plan__isnull', False), _negated=True), models.Q(('scheduled_billing_interval__isnull', False), _negated=True)), _connector='OR'), name='subscription_scheduled_change_has_a_plan', violation_error_code='plan_in_use', violation_error_message='This plan has live subscriptions. Cancel or move them first, or make the plan inactive.'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('start_date__gte', datetime.datetime(1900, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('start_date__lt', datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), name='subscription_start_date_bounded'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('trial_end_date__isnull', False), _negated=True), models.Q(('trial_end_date__gte', models.F('start_date')), ('trial_end_date__lt', datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), _connector='OR'), name='subscription_trial_end_date_bounded'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'TRIAL'), _negated=True), models.Q(('trial_end_date', models.F('current_period_end')), ('trial_end_date__isnull', False)), _connector='OR'), name='subscription_trial_ends_with_its_period'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'CANCELED'), ('ended_at__isnull', False)), models.Q(models.Q(('status', 'CANCELED'), _negated=True), models.Q(('ended_at__isnull', False), _negated=True)), _connector='OR'), name='subscription_ended_when_canceled'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('canceled_at__isnull', False), models.Q(('status', 'CANCELED'), ('cancel_at_period_end', True), _connector='OR')), models.Q(models.Q(('canceled_at__isnull', False), _negated=True), models.Q(('status', 'CANCELED'), ('cancel_at_period_end', True), _connector='OR', _negated=True)), _connector='OR'), name='subscription_canceled_at_when_asked'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('cancel_at_period_end', True), models.Q(('status', 'CANCELED'), ('status', 'PAUSED'), _connector='OR'), _negated=True), name='subscription_cancels_only_what_runs'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'PAUSED'), ('paused_at__isnull', False)), models.Q(models.Q(('status', 'PAUSED'), _negated=True), models.Q(('paused_at__isnull', False), _negated=True)), _connector='OR'), name='subscription_paused_at_when_paused'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('resumes_at__isnull', True), models.Q(('status', 'PAUSED'), ('resumes_at__gt', models.F('paused_at')), ('resumes_at__lt', datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), _connector='OR'), name='subscription_resumes_only_if_paused'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('scheduled_billing_interval__isnull', False), _negated=True), models.Q(models.Q(('status', 'CANCELED'), _negated=True), ('cancel_at_period_end', False)), _connector='OR'), name='subscription_changes_only_what_goes_on'),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='subscription',
            name='revise',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='subscription',
            name='record_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='subscription',
            name='record_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='subscription',
            name='record_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='subscription',
            name='record_truncate',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='subscription',
            trigger=pgtrigger.compiler.Trigger(name='revise', sql=fluxrate.postgres.triggers.CallSql(execute="revise('{due_at}')", func='', hash='88d1d805d80624ef45d67a13731efe1ce4f43c28', operation='UPDATE', pgid='pgtrigger_revise_6b62c', table='customers_subscription', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='subscription',
            trigger=pgtrigger.compiler.Trigger(name='record_insert', sql=fluxrate.postgres.triggers.CallSql(execute="record_changes('subscription', '{due_at}')", func='', hash='9b1187cf30c79dee4a36f652cbf7b4402e61c2c6', level='STATEMENT', operation='INSERT', pgid='pgtrigger_record_insert_7a541', referencing='REFERENCING NEW TABLE AS new_rows ', table='customers_subscription', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='subscription',
            trigger=pgtrigger.compiler.Trigger(name='record_update', sql=fluxrate.postgres.triggers.CallSql(execute="record_changes('subscription', '{due_at}', '{}')", func='', hash='50e0eb70e7aabcfc8aebaeb6eb8012c70492e7e1', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_record_update_47368', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='customers_subscription', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='subscription',
            trigger=pgtrigger.compiler.Trigger(name='record_delete', sql=fluxrate.postgres.triggers.CallSql(execute="record_changes('subscription', '{due_at}')", func='', hash='27144bbc9b55dd1c5eb246573d9bbf19480505f1', level='STATEMENT', operation='DELETE', pgid='pgtrigger_record_delete_a40db', referencing='REFERENCING OLD TABLE AS old_rows ', table='customers_subscription', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='subscription',
            trigger=pgtrigger.compiler.Trigger(name='record_truncate', sql=fluxrate.postgres.triggers.CallSql(execute="record_truncation('subscription', '{due_at}')", func='', hash='67c70890302c7a1d049305d546000c4cc1aa1bf1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_record_truncate_dd96b', table='customers_subscription', when='BEFORE')),
        ),
    ]
