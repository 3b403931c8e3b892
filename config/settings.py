"""Every setting of Samklang in one file; the environment decides (`.env.example` explains each variable).

Without a single variable the product runs on its embedded defaults: SQLite, Django-Q2's ORM broker,
e-mails as files and on the console, and the sandbox as every vendor. With ``DEBUG=0`` nothing that
protects data has a default: a missing key refuses to start and says which one.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from config import environment, headers
from employees.errors import WrongSettings

BASE_DIR = Path(__file__).resolve().parent.parent
# Lets the classes that django-stubs knows as generic take their type: ModelAdmin[Employee].
django_stubs_ext.monkeypatch()
ENV = environment.Environment()
# A variable that is set already wins over the file; ENV_FILE=/dev/null reads none.
ENV.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"))

DEBUG = ENV.bool("DEBUG", default=True)
# Everything that the embedded defaults write (database, e-mails, logs) lies below one folder.
VAR_DIR = Path(ENV.str("VAR_DIR", default="") or BASE_DIR / "var").resolve()


def _required(name: str, *, in_debug: str) -> str:
    """Return a protecting setting; with ``DEBUG=0`` it must be set, and not to the value that everybody knows."""
    # Not through ENV, which would take a key that begins with a dollar sign for the name of another variable.
    value = os.environ.get(name, "").strip(" ,")
    if DEBUG:
        return value or in_debug
    if not value:
        raise WrongSettings(f"DEBUG=0 needs {name}: set it in the environment or in .env (see .env.example).")
    if value == in_debug:
        raise WrongSettings(f"DEBUG=0 needs a {name} of its own: the one set is published with the source code.")
    return value


# --- What protects data ---------------------------------------------------------------------------
# The values used with DEBUG=1 are public knowledge: they protect nothing and are for trying out only.
SECRET_KEY = _required("SECRET_KEY", in_debug="insecure-development-key-only-for-trying-out-samklang")
ENCRYPTION_KEYS = [
    key.strip()
    for key in _required("ENCRYPTION_KEYS", in_debug="c2Fta2xhbmctZGV2ZWxvcG1lbnQta2V5LW5vdC1zYWY=").split(",")
    if key.strip()
]
ALLOWED_HOSTS = [
    host.strip()
    for host in _required("ALLOWED_HOSTS", in_debug="localhost,127.0.0.1,[::1],testserver").split(",")
    if host.strip()
]
CSRF_FAILURE_VIEW = "config.pages.refused.forged"
CSRF_TRUSTED_ORIGINS = ENV.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- People ---------------------------------------------------------------------------------------
# National IDs that authorities give out for tests alone belong to nobody: only where nobody is paid (D-08).
ALLOW_SYNTHETIC_NATIONAL_IDS = ENV.bool("ALLOW_SYNTHETIC_NATIONAL_IDS", default=False)

# --- Applications ---------------------------------------------------------------------------------
# The one list of vendors: an app below integrations/ brings its own manifest.
INSTALLED_APPS = [
    # The plain one: the site is ours (config.admin_site), built on the theme's.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "config.admin_site.SamklangAdminConfig",
    # Before Django's own: its createsuperuser takes any password.
    "employees.access",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "import_export",
    "django_q",
    "employees",
    "employees.kept",
    "absences",
    "integrations.core",
    "integrations.fortnox",
    "integrations.visma_payroll",
    "integrations.sandbox",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.headers.PermissionsPolicyMiddleware",
    # Before all that asks the database who calls: it answers while that is away.
    "integrations.core.health.HealthMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    # Before whatever asks who calls: whoever has proven only half is nobody to it.
    "employees.access.middleware.SignInMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "integrations.core.hub.middleware.ActingUserMiddleware",
    "employees.access.reading.ReaderMiddleware",
    "employees.middleware.ZoneMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            # A form says whose page it was on, so that what was typed can be given back to nobody else.
            "builtins": ["config.pages.tags"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": ENV.address("DATABASE_URL", "db_url")
    if ENV.str("DATABASE_URL", default="")
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "samklang.sqlite3")}
}
# Without persistent connections the ORM broker on PostgreSQL is about thirty times slower to enqueue.
DATABASES["default"]["CONN_MAX_AGE"] = ENV.int("DATABASE_CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE, or a transaction that reads before it writes fails at once with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": ENV.int("SQLITE_TIMEOUT", default=20),
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;PRAGMA cache_size=-20000;"
        ),
    }
    # Test workers are processes of their own, so the tests' SQLite is a file as well.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
    environment.made(VAR_DIR)

# --- Queue and cache ------------------------------------------------------------------------------
REDIS_URL = ENV.str("REDIS_URL", default="")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(VAR_DIR / "cache")}
}
QUEUE_WORKERS = ENV.int("QUEUE_WORKERS", default=2)
# They wait for vendors for most of their time.
PUSH_WORKERS = 2 * QUEUE_WORKERS
# People's own edits; what takes seconds (mails, renewals, checks, small files); comparisons, imports, synchronisations.
PUSH_QUEUE, SHORT_QUEUE, BULK_QUEUE = "push", "short", "bulk"
QUEUES = (PUSH_QUEUE, SHORT_QUEUE, BULK_QUEUE)
# Seconds. `timeout` must stay below `retry`, or a task that still runs is handed out a second time.
Q_CLUSTER: dict[str, Any] = {
    "name": BULK_QUEUE,
    "workers": QUEUE_WORKERS,
    "timeout": 600,
    "retry": 720,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": 1000,
    # A row of its table runs any function of any module: whoever writes one would have a shell.
    "scheduler": False,
    "poll": 0.2,
    "recycle": 500,
    "label": "Queue",
    "ALT_CLUSTERS": {
        PUSH_QUEUE: {"workers": PUSH_WORKERS, "timeout": 120, "retry": 180, "max_attempts": 1},
        SHORT_QUEUE: {"workers": QUEUE_WORKERS, "timeout": 120, "retry": 180, "max_attempts": 1},
    },
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}

# --- How long things are held or waited for (seconds) -----------------------------------------------
# A lease outlives every call made under it; tests shorten it to see recovery quickly.
LEASE_SECONDS = ENV.float("LEASE_SECONDS", default=90)
HTTP_CONNECT_TIMEOUT = ENV.float("HTTP_CONNECT_TIMEOUT", default=5)
# A whole call, from connecting to the last byte: a vendor that answers a byte at a time is not waited for.
HTTP_READ_TIMEOUT = ENV.float("HTTP_READ_TIMEOUT", default=30)
SWEEP_SECONDS = ENV.float("SWEEP_SECONDS", default=60)
CANARY_SECONDS = ENV.float("CANARY_SECONDS", default=5)
# A cluster whose canary stays unanswered for so long is restarted by `manage.py work`.
CANARY_PATIENCE_SECONDS = ENV.float("CANARY_PATIENCE_SECONDS", default=45)
# None: every endpoint's own, declared settle time (how late a vendor may still do what we sent).
SETTLE_SECONDS = ENV.float("SETTLE_SECONDS") if ENV.str("SETTLE_SECONDS", default="") else None
# A task works for at most about this long, then rings for itself again.
TASK_SECONDS = ENV.float("TASK_SECONDS", default=50)

# The pause after the first failure over one record; doubled by each further one.
RETRY_SECONDS = ENV.float("RETRY_SECONDS", default=5)

# After so long without an answer of the vendor, a connection's recipients are told.
OUTAGE_SECONDS = ENV.float("OUTAGE_SECONDS", default=3600)

# --- E-mail ---------------------------------------------------------------------------------------
EMAIL_URL = ENV.str("EMAIL_URL", default="")
if EMAIL_URL:
    _email = ENV.address("EMAIL_URL", "email_url")
    EMAIL_BACKEND = _email["EMAIL_BACKEND"]
    EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"] or "localhost", _email["EMAIL_PORT"] or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"] or "", _email["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
    EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
else:
    EMAIL_BACKEND = "config.mail.FileAndConsoleBackend"
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
# New problems are told in one mail once none has come for so many seconds, or the first has waited for so many.
PROBLEM_MAIL_SECONDS = ENV.float("PROBLEM_MAIL_SECONDS", default=60)
PROBLEM_MAIL_LONGEST_SECONDS = ENV.float("PROBLEM_MAIL_LONGEST_SECONDS", default=300)
EMAIL_TIMEOUT = ENV.int("EMAIL_TIMEOUT", default=15)
DEFAULT_FROM_EMAIL = ENV.str("DEFAULT_FROM_EMAIL", default="Samklang <samklang@localhost>")
# Where links in e-mails and the vendors' redirects lead.
PUBLIC_URL = ENV.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")

# --- Vendors --------------------------------------------------------------------------------------
# Each vendor host has a URL variable, declared in its integration's manifest. With DEBUG=1 the
# default is the sandbox, with DEBUG=0 the vendor itself.
SANDBOX_VENDORS = ENV.bool("SANDBOX_VENDORS", default=DEBUG)
SANDBOX_URL = ENV.str("SANDBOX_URL", default="http://127.0.0.1:8090").rstrip("/")
if DEBUG:
    # oauthlib refuses http altogether; our own rule (http only on loopback, never with DEBUG=0) stands in core.http.
    os.environ.setdefault("OAUTHLIB_INSECURE_TRANSPORT", "1")
# oauthlib raises a Warning when a vendor grants other scopes than asked; core.oauth compares them itself.
os.environ.setdefault("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")

# --- Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = environment.language(ENV.str("LANGUAGE_CODE", default="en"))
# Readers choose among the catalogues that there are; the installation's own language is one of them.
LANGUAGES = [(code, environment.LANGUAGES[code]) for code in dict.fromkeys(["en", LANGUAGE_CODE])]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = environment.time_zone(ENV.str("TIME_ZONE", default="Europe/Stockholm"))
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
# For a language without formats of its own; the others have them in config.formats.
DATE_INPUT_FORMATS = ["%Y-%m-%d"]
USE_TZ = True

# --- What browsers are told ---------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = headers.CONTENT_SECURITY_POLICY
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Static files ---------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Said here, because without it whitenoise follows the DEBUG that test runs switch off, and misses STATIC_ROOT.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Sign-in --------------------------------------------------------------------------------------
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "employees.access.backends.PasswordBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# How long an invitation is good, and a link for a new password; how many of these one user, one address get in an hour.
INVITATION_SECONDS = ENV.int("INVITATION_SECONDS", default=7 * 24 * 3600)
PASSWORD_LINK_SECONDS = ENV.int("PASSWORD_LINK_SECONDS", default=3600)
PASSWORD_RESET_TIMEOUT = max(INVITATION_SECONDS, PASSWORD_LINK_SECONDS)
PASSWORD_LINKS_PER_USER, PASSWORD_LINKS_PER_ADDRESS = 3, 20
# A sign-in ends after so many seconds without use, and after so many in any case.
SESSION_IDLE_SECONDS = ENV.int("SESSION_IDLE_SECONDS", default=3600)
SESSION_SECONDS = SESSION_COOKIE_AGE = ENV.int("SESSION_SECONDS", default=12 * 3600)
# How many proxies of ours stand in front. At 0 nobody's word about where a request comes from is taken.
PROXIES = ENV.int("PROXIES", default=0)
# So many failures of one caller at one name, at one name from everywhere, from one address at all names.
LOCKOUT_SECONDS = ENV.int("LOCKOUT_SECONDS", default=900)
AXES_FAILURE_LIMIT, LOCKOUT_PER_USER, LOCKOUT_PER_ADDRESS = 5, 50, 30
AXES_COOLOFF_TIME = timedelta(seconds=LOCKOUT_SECONDS)
AXES_HANDLER = "employees.access.lockout.LockoutHandler"
AXES_USERNAME_CALLABLE = "employees.access.lockout.counted_name"
AXES_CLIENT_STR_CALLABLE = "employees.access.lockout.caller_in_log"
AXES_CLIENT_IP_CALLABLE = "employees.access.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "employees.access.pages.locked.locked_out"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# Roles (groups, and Operator for operators) whose users need a second factor; anybody else may have one.
SECOND_FACTOR_ROLES = [role.strip() for role in ENV.list("SECOND_FACTOR_ROLES", default=[]) if role.strip()]
OTP_TOTP_ISSUER = "Samklang"
# Its pause after wrong codes knows neither an end nor whose browser it is: ours is employees.access.code_pauses.
OTP_TOTP_THROTTLE_FACTOR = 0
# The OpenID Connect provider that signs people in; without an issuer there is none.
OIDC_ISSUER = ENV.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = ENV.str("OIDC_CLIENT_ID", default="")
# Not through ENV, which would take one that begins with a dollar sign for the name of another variable.
OIDC_CLIENT_SECRET = os.environ.get("OIDC_CLIENT_SECRET", "")
OIDC_NAME = ENV.str("OIDC_NAME", default="") or str(urlsplit(OIDC_ISSUER).hostname or "")
OIDC_SCOPES = ENV.str("OIDC_SCOPES", default="openid email profile")
OIDC_GROUPS_CLAIM = ENV.str("OIDC_GROUPS_CLAIM", default="groups")
# Pairs of a group there and a role here.
OIDC_ROLES = [
    (group.strip(), role.strip())
    for group, _equals, role in (pair.rpartition("=") for pair in ENV.list("OIDC_ROLES", default=[]))
    if group.strip() or role.strip()
]
OIDC_LINK_BY_VERIFIED_EMAIL = ENV.bool("OIDC_LINK_BY_VERIFIED_EMAIL", default=False)
# To try it out, a provider on this machine may be spoken to without https.
DEBUG_PROVIDER = DEBUG
PASSWORD_SIGN_IN = ENV.bool("PASSWORD_SIGN_IN", default=True)
# The one who signs in with a password though PASSWORD_SIGN_IN=0, for when the provider is away.
EMERGENCY_USER = ENV.str("EMERGENCY_USER", default="")
if not DEBUG:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# --- Admin theme ----------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "Samklang",
    "SITE_HEADER": "Samklang",
    "SITE_SYMBOL": "sync_alt",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("samklang/icon.svg")}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "integrations.core.admin.start_page.start_page",
    "STYLES": [
        lambda request: static("samklang/samklang.css"),
        lambda request: static("samklang/wizard.css"),
    ],
    "ACCOUNT": {
        "navigation": [
            {"title": _("Your account"), "link": reverse_lazy("admin:account")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "integrations.core.navigation.sidebar",
    },
}

# --- Logs -----------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # Of exceptions their class and frames: their messages quote rows and tokens.
    "formatters": {
        "line": {"()": "config.logs.WithoutMessages", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "filters": {"strange": {"()": "config.logs.StrangeRequests"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["strange"]}},
    "root": {"handlers": ["console"], "level": environment.log_level(ENV.str("LOG_LEVEL", default="WARNING"))},
    # Its own handler would write them in full.
    "loggers": {"django": {"handlers": [], "level": "INFO" if DEBUG else "WARNING"}},
}
