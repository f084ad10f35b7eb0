from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("collectors", "0004_imports")]

    operations = [
        migrations.AlterField(
            model_name="monitoringjob",
            name="pause_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Runs"),
                    ("by_person", "Paused by you"),
                    ("credential", "The credential needs attention"),
                    ("credit", "No credit left"),
                    ("no_credential", "No credential"),
                    ("failures", "Failed too often"),
                    ("history", "Its history is being loaded"),
                ],
                default="",
                max_length=16,
            ),
        ),
    ]
