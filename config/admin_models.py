"""The models that have pages in the admin: what another app brings along has none unless it stands here (OP-02)."""

from typing import Final

MODELS_WITH_PAGES: Final = frozenset(
    {
        "absences.absence",
        "absences.absencetype",
        "access.accessevent",
        "access.providerlink",
        "auth.group",
        "auth.user",
        "core.connection",
        "core.delivery",
        "core.fieldchange",
        "core.link",
        "core.problem",
        "core.syncrow",
        "core.syncrun",
        "django_q.failure",
        "django_q.ormq",
        "django_q.schedule",
        "django_q.success",
        "employees.bankaccount",
        "employees.company",
        "employees.compensation",
        "employees.department",
        "employees.employee",
        "employees.importjob",
        "employees.storedvalue",
        "fortnox.fortnoxconnection",
        "visma_payroll.vismapayrollconnection",
    }
)
OUR_PACKAGES: Final = frozenset({"absences", "config", "employees", "integrations", "journals"})
