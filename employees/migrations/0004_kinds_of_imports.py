from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("employees", "0003_imports")]

    operations = [
        migrations.AddField("importjob", "kind", models.CharField(default="people", max_length=20)),
        migrations.RenameField("importrow", "employee_id", "record_id"),
        migrations.AlterField(
            "importrow", "label", models.CharField(blank=True, max_length=250, verbose_name="record")
        ),
        migrations.AddField("importrow", "notes", models.JSONField(blank=True, default=list)),
    ]
