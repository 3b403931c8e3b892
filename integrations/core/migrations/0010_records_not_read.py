from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0009_pairs_of_equal_values")]

    operations = [
        migrations.AlterField(
            model_name="syncrow",
            name="kind",
            field=models.CharField(
                choices=[
                    ("differs", "Differs"),
                    ("only_left", "Only in the hub"),
                    ("only_right", "Only at the vendor"),
                    ("ambiguous", "Ambiguous match"),
                    ("duplicate", "Duplicate"),
                    ("gone", "Gone"),
                    ("cannot_send", "Cannot be created"),
                    ("unreadable", "Cannot be read at the vendor"),
                    ("not_listed", "Missing from the vendor's list"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
    ]
