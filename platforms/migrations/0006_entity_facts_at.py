from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('platforms', '0005_cap_and_plan')]

    operations = [
        migrations.AddField(
            model_name='entity',
            name='facts_at',
            field=models.DateTimeField(help_text='The slot that told name and audience.', null=True),
        ),
    ]
