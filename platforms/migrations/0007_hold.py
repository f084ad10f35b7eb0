import uuid

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('platforms', '0006_entity_facts_at')]

    operations = [
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('fingerprint', models.CharField(max_length=32)),
                ('day', models.DateField(help_text='In UTC, as for all money.')),
                ('most', models.BigIntegerField()),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['fingerprint', 'day'], name='hold_of_a_month')],
                'constraints': [models.CheckConstraint(condition=models.Q(('most__gt', 0)), name='hold_holds_something')],
            },
        ),
    ]
