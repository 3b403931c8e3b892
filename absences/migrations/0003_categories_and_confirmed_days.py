import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Of the types that come with the hub; a company's own keep "other" until somebody says otherwise.
CATEGORIES = {
    "sickness": ("sick_leave", "self_certification", "work_injury", "disease_carrier"),
    "parental": ("parental_leave", "birth_of_child", "pregnancy_benefit"),
    "care": ("care_of_sick_child", "care_of_relative"),
}


def give_categories(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    types = apps.get_model("absences", "AbsenceType").objects.using(schema_editor.connection.alias)
    for category, codes in CATEGORIES.items():
        types.filter(code__in=codes).update(category=category)


class Migration(migrations.Migration):
    dependencies = [
        ("absences", "0002_types_and_groups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="ConfirmedDays",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stretches", models.JSONField(default=list)),
                ("at", models.DateTimeField(verbose_name="confirmed at")),
                (
                    "absence",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="confirmed_days",
                        to="absences.absence",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "confirmed days outside the employment",
                "verbose_name_plural": "confirmed days outside the employment",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="absencetype",
            name="category",
            field=models.CharField(
                choices=[
                    ("sickness", "Sickness"),
                    ("parental", "Parental leave"),
                    ("care", "Care of somebody"),
                    ("other", "Other absence"),
                ],
                default="other",
                help_text=(
                    "Sickness, parental leave and care go before other absences: where days coincide, the hub proposes"
                    " to take them out of the other absence, such as a vacation."
                ),
                max_length=10,
                verbose_name="category",
            ),
        ),
        migrations.AddConstraint(
            model_name="absencetype",
            constraint=models.CheckConstraint(
                condition=models.Q(("category__in", ["sickness", "parental", "care", "other"])),
                name="absence_type_category_is_known",
                violation_error_message="This category is not known.",
            ),
        ),
        migrations.RunPython(give_categories, migrations.RunPython.noop, elidable=False),
    ]
