from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0011_run_failures")]
    operations = [
        migrations.AddField("delivery", "job_ended_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("delivery", "note", models.TextField(blank=True)),
        migrations.AddField("link", "written", models.CharField(blank=True, max_length=100)),
    ]
