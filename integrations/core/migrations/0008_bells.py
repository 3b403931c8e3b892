from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0007_canonical_values")]
    operations = [
        migrations.CreateModel(
            name="Bell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=120)),
                ("subject_id", models.BigIntegerField()),
                ("queue", models.CharField(max_length=40)),
                ("due", models.DateTimeField(db_index=True)),
            ],
            options={
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("task", "subject_id"), name="bell_once_per_subject")],
            },
        )
    ]
