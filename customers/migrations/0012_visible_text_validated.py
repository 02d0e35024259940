# In a transaction of its own: reading the tables then blocks no writer.

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0011_visible_text'),
    ]

    operations = [
        ValidateConstraint(model_name='customer', name='customer_has_a_name'),
        ValidateConstraint(model_name='customer', name='customer_external_id_not_empty'),
        ValidateConstraint(model_name='plan', name='plan_has_a_name'),
        ValidateConstraint(model_name='plan', name='plan_lookup_id_not_empty'),
        ValidateConstraint(model_name='subscription', name='subscription_external_id_not_empty'),
    ]
