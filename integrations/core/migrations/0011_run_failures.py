"""What ended a run's last start, by the class of the error."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0010_records_not_read")]

    operations = [
        migrations.AddField(
            model_name="syncrun",
            name="failure",
            field=models.CharField(blank=True, default="", max_length=100),
            preserve_default=False,
        ),
    ]
