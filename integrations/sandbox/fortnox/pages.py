"""The pages on which a person logs in at Fortnox and lets the hub in. They load nothing from elsewhere."""

from html import escape

from integrations.sandbox.fortnox.accounts import Company, User

STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #e9f1ec; color: #14231b; }
main { box-sizing: border-box; width: min(28rem, calc(100% - 2rem)); margin: 1rem; padding: 1.5rem;
  background: #fff; border-radius: .75rem; box-shadow: 0 2px 12px #0002; }
h1 { margin: 0 0 .25rem; font-size: 1.4rem; }
label { display: block; margin-top: 1rem; font-weight: 600; }
input, select { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit; border: 1px solid #6b7a72;
  border-radius: .4rem; background: inherit; color: inherit; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
button { flex: 1 1 8rem; padding: .7rem; font: inherit; font-weight: 600; border-radius: .4rem; cursor: pointer;
  border: 1px solid #0b5d37; background: #0b5d37; color: #fff; }
button.second { background: #fff; color: #0b5d37; }
:focus-visible { outline: 3px solid #1a73e8; outline-offset: 2px; }
.error { padding: .6rem; border-left: 4px solid #b3261e; background: #fdecea; color: #5f1410; }
.note { color: #4a5a51; font-size: .9rem; }
@media (prefers-color-scheme: dark) {
  body { background: #101814; color: #e4ece7; } main { background: #1b2620; } .note { color: #a9b8b0; }
  button.second { background: #1b2620; color: #8fd3ae; border-color: #8fd3ae; }
}
"""
SCOPES = {
    "salary": "Salary: employees, absence, attendance and schedules – read and change",
    "companyinformation": "Company information – read",
    "costcenter": "Cost centres – read and change",
    "project": "Projects – read and change",
    "profile": "Your name and e-mail address – read",
    "settings": "Company settings – read and change",
}


def login_page(*, login: str, users: list[User], companies: list[Company], error: str = "") -> str:
    first = users[0]
    options = "".join(
        f'<option value="{company.tenant}">{escape(company.name)} ({escape(company.organisation_number)})</option>'
        for company in companies
    )
    warning = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    return _page(
        "Log in",
        f"""<p class="note">This is the sandbox's Fortnox: no real company is touched.</p>{warning}
<form method="post" action="/fortnox/oauth-v1/login">
<input type="hidden" name="login" value="{escape(login)}">
<label for="email">E-mail</label>
<input id="email" name="email" type="email" value="{escape(first.email)}" autocomplete="off" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" value="{escape(first.password)}" autocomplete="off" required>
<label for="company">Company</label>
<select id="company" name="company">{options}</select>
<div class="buttons"><button type="submit">Log in</button></div>
</form>""",
    )


def consent_page(*, login: str, client_id: str, user: User, company: Company, scopes: list[str], service: bool) -> str:
    asked = "".join(f"<li>{escape(SCOPES.get(scope, scope))}</li>" for scope in scopes)
    kind = "<p>It stays connected by a service account until somebody withdraws it.</p>" if service else ""
    return _page(
        "Connect an app",
        f"""<p><strong>{escape(client_id)}</strong> asks {escape(user.name)} for access to
<strong>{escape(company.name)}</strong> ({escape(company.organisation_number)}):</p><ul>{asked}</ul>{kind}
<form method="post" action="/fortnox/oauth-v1/decision">
<input type="hidden" name="login" value="{escape(login)}">
<div class="buttons"><button type="submit" name="decision" value="approve">Approve</button>
<button class="second" type="submit" name="decision" value="refuse">Refuse</button></div>
</form>""",
    )


def error_page(message: str) -> str:
    return _page("This did not work", f'<p class="error" role="alert">{escape(message)}</p>')


def _page(title: str, content: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>{escape(title)} – Fortnox sandbox</title><style>{STYLE}</style></head>
<body><main><h1>{escape(title)}</h1>
{content}
</main></body></html>"""
