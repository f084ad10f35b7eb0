import django.db.models.deletion
from accounts.rls import IsolateTenants
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('collectors', '0005_loading_history'),
        ('platforms', '0006_entity_facts_at'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Custody',
            fields=[
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='platforms.entity')),
                ('look_at', models.DateTimeField(null=True)),
                ('visit_at', models.DateTimeField()),
                ('gone_since', models.DateTimeField(null=True)),
                ('access_ended_at', models.DateTimeField(null=True)),
                ('forget_asked_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name_plural': 'custodies',
                'db_table': 'custodies',
                'indexes': [
                    models.Index(fields=['look_at'], name='custody_to_look_at'),
                    models.Index(fields=['visit_at'], name='custody_to_visit'),
                ],
            },
        ),
        IsolateTenants("Custody"),
    ]
