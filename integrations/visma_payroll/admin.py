from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from integrations.core.admin.wizard.vendor_admin import Guide, VendorConnectionAdmin
from integrations.visma_payroll.apps import VismaPayrollConfig
from integrations.visma_payroll.forms import VismaPayrollSettingsForm
from integrations.visma_payroll.models import VismaPayrollConnection


@admin.register(VismaPayrollConnection)
class VismaPayrollConnectionAdmin(VendorConnectionAdmin):
    integration = VismaPayrollConfig.manifest.name
    settings_form = VismaPayrollSettingsForm
    guide = Guide(
        how_to_use=(
            _("Press “Set up”, choose the company, and accept the terms."),
            _(
                "Authorise the app in Visma App Store, and paste the Tenant ID that is shown there. The connection is"
                " tried at once: what is missing is said beside the field."
            ),
            _("Choose the settings: who takes part, and whether bank accounts abroad are sent."),
            _(
                "Press “Synchronise users”. Both systems are compared, and you see every difference. You decide for"
                " each whether the hub's value goes to Visma.net Payroll, Visma's to the hub, or both stay."
            ),
            _(
                "Press “Next” and choose which people to create in the hub and which in Visma.net Payroll. Nobody is"
                " ticked yet."
            ),
            _(
                "Confirm what the page lists, person by person; also where nothing differs: only then changes go by"
                " themselves. It is written in the background, and you get an e-mail with the result."
            ),
            _("Complete whoever was created in Visma.net Payroll: new people are drafts there."),
        ),
        features=(
            _("Nothing is written in either system before you confirm the first synchronisation."),
            _(
                "After it, a change made in the hub reaches Visma.net Payroll by itself: only the fields that were"
                " changed, everything else of the person stays as payroll has it."
            ),
            _("What is changed in Visma.net Payroll comes here when somebody synchronises, and is decided there."),
            _(
                "A changed name does not rewrite history: today's name gets an end date in Visma.net Payroll, and the"
                " new one starts today."
            ),
            _(
                "The first and last workday are those of one position: the current one, else the most recent past one,"
                " else the coming one. Where a person has several, the review says which, and you may choose another."
            ),
            _(
                "People are matched by their employment ID the first time, then by their work e-mail, and by their link"
                " after that."
            ),
            _(
                "“Disconnect” stops everything. After connecting again, synchronise users and confirm: what was changed"
                " in the hub meanwhile waits until then."
            ),
            _("Nobody is deleted, in either system, and nobody's bank account is emptied."),
        ),
        needed=(
            _("Sign in to Visma.net Payroll as an administrator who may open Visma App Store."),
            _("Open the app in Visma App Store and press “Authorize app”."),
            _("Switch on both “Read employees” and “Write employees”, then press “Integrate”."),
            _("Click your name at the top right and copy the Tenant ID."),
        ),
    )
