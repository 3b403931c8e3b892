"""What became of what a problem is about, where its cause alone does not say it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0014_held_by_field")]

    operations = [
        migrations.AddField(
            model_name="problem",
            name="became",
            field=models.CharField(
                blank=True,
                choices=[
                    ("not_sent", "Not sent"),
                    ("kept_back", "A value was kept back"),
                    ("in_part", "Sent in part"),
                    ("not_kept", "Sent, but not kept as sent"),
                    ("remark", "Sent, with something to look at"),
                    ("remains", "Something remains there"),
                    ("unknown", "Not known yet"),
                ],
                default="",
                max_length=10,
            ),
            preserve_default=False,
        ),
    ]
