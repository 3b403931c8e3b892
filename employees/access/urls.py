"""The addresses of signing in, for whoever is not signed in yet; those of *Your account* belong to the admin site."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from employees.access.pages import account, linking_notes, passwords, resetting, role_changes, sign_in
from employees.access.provider import pages as provider
from employees.kept.never import all_never_kept

urlpatterns = [
    path("access/role-changes/<int:pk>/dismiss/", role_changes.dismiss_role_change, name="role_change_dismiss"),
    path("access/linking-notes/<int:pk>/dismiss/", linking_notes.dismiss_linking_note, name="linking_note_dismiss"),
    path("sign-in/second-factor/", sign_in.ask_second_factor, name="second_factor"),
    path("sign-in/set-up/", sign_in.set_up_second_factor, name="second_factor_set_up"),
    path("sign-in/start-over/", sign_in.start_over, name="sign_in_start_over"),
    path("sign-in/forgotten/", passwords.forgot, name="password_forgotten"),
    path("sign-in/forgotten/sent/", passwords.forgot_sent, name="password_forgotten_sent"),
    path("sign-in/password/<uidb64>/<token>/", passwords.PasswordLinkView.as_view(), name="password_link"),
    path("sign-in/invited/<uidb64>/<token>/", passwords.InvitedView.as_view(), name="invited"),
    path("sign-in/provider/", provider.go, name="provider_sign_in"),
    path("sign-in/provider/callback/", provider.come_back, name="provider_callback"),
    path("sign-in/provider/invited/<str:invitation>/", provider.invited, name="provider_invited"),
]
all_never_kept(urlpatterns)


def account_urls(site: AdminSite) -> list[URLPattern]:
    view = site.admin_view
    patterns = [
        path("account/", view(account.account), name="account"),
        path("account/second-factor/", view(account.change_second_factor), name="account_second_factor"),
        path("account/recovery-codes/", view(account.renew_codes), name="account_recovery_codes"),
        path("account/sign-ins/<int:pk>/end/", view(account.end_sign_in), name="account_end_sign_in"),
        path("account/sign-ins/end-others/", view(account.end_others), name="account_end_others"),
        path("account/provider/", view(provider.link), name="account_link"),
        path("account/provider/prove/", view(provider.prove), name="account_prove"),
        path("account/provider/remove/", view(provider.unlink), name="account_unlink"),
        path("account/reset-second-factor/<int:pk>/", view(resetting.reset), name="reset_second_factor"),
    ]
    return all_never_kept(patterns)
