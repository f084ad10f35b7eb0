"""Writes that came too late are counted where they would have been."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collectors", "0002_pace")]

    operations = [
        migrations.AddField(
            model_name="jobexecution",
            name="refused",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="Writes that came after another worker had taken over.",
            ),
        )
    ]
