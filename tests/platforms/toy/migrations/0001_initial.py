import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.rls import IsolateTenants
from platforms.partitions import CreatePartitionedModel


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('platforms', '0004_partitions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=64)),
                ('published_at', models.DateTimeField()),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('figures_at', models.DateTimeField(null=True)),
                ('removed_at', models.DateTimeField(null=True)),
                ('text', models.TextField(blank=True)),
                ('likes', models.BigIntegerField(null=True)),
                ('entity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='platforms.entity')),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        CreatePartitionedModel(
            name='NoteSnapshot',
            fields=[
                ('taken_at', models.DateTimeField()),
                ('pk', models.CompositePrimaryKey('item_id', 'taken_at', blank=True, editable=False, primary_key=True, serialize=False)),
                ('likes', models.BigIntegerField(null=True)),
                ('item', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to='toy.note')),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='note',
            index=models.Index(fields=['owner', 'published_at'], name='note_by_time'),
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=models.UniqueConstraint(fields=('entity', 'external_id'), name='note_once_per_entity'),
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=models.CheckConstraint(condition=models.Q(('likes__gte', 0)), name='note_not_negative'),
        ),
        migrations.AddIndex(
            model_name='notesnapshot',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['taken_at'], name='notesnapshot_by_moment'),
        ),
        IsolateTenants("Note"),
        IsolateTenants("NoteSnapshot"),
    ]
