"""Settings, read top to bottom. Every value a person may change comes from the environment."""

from django.contrib.messages import constants as messages
from kombu import Queue

from accounts.crypto import make_key
from config import intervals, people, refresh, rest
from config.backends import timeouts
from config.embedded import roles
from config.embedded.servers import address
from config.env import BASE_DIR, VAR_DIR, env
from config.logs.lines import hide, logging_settings
from config.schedule import ROUTES, SCHEDULE
from config.start.production import refuse_unsafe
from config.start.secrets import local_secret
from config.web import policy

# --- Mode: 'local' serves this machine over http, 'production' serves others over https ---------
ENVIRONMENT = env.one_of("TIDEWATCH_ENV", "local", "production")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False)

# --- Secrets: made on the first start in local mode, demanded in production --------------------
SECRET_KEY = env.str("SECRET_KEY", default="")
# They seal the platforms' credentials: the first seals, all open. Or the name of AWS's secret.
CREDENTIAL_KEYS = env.str("CREDENTIAL_KEYS", default="")
CREDENTIAL_KEYS_AWS = env.str("CREDENTIAL_KEYS_AWS", default="")
if not PRODUCTION:
    SECRET_KEY = SECRET_KEY or local_secret("secret_key")
    if not CREDENTIAL_KEYS and not CREDENTIAL_KEYS_AWS:
        CREDENTIAL_KEYS = local_secret("credential_keys", make=lambda: make_key("local"))
HEALTH_TOKEN = env.str("HEALTH_TOKEN", default="")

# --- Addresses ---------------------------------------------------------------------------------
PORT = env.number("PORT", default=8000, least=1, most=65_535)
SITE_URL = env.site("SITE_URL", f"http://localhost:{PORT}")
_local_hosts = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else _local_hosts)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
# How many proxies in front of us append to X-Forwarded-For. 0: the header is not believed.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", default=0, most=10)

# --- Apps --------------------------------------------------------------------------------------
PLATFORMS = ["youtube", "twitch", "twitter", "reddit"]  # the order of lists and legends
INSTALLED_APPS = [
    "config",
    "accounts",
    "platforms",
    *[f"platforms.{platform}" for platform in PLATFORMS],
    "analytics",
    "collectors",
    "exports",
    "feedback",
    "config.admin.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "channels",
    "csp",
    "django_celery_beat",
    "django_htmx",
    "template_partials",
]
MIDDLEWARE = [
    "config.web.middleware.RequestContextMiddleware",
    "config.web.middleware.SecurityHeadersMiddleware",
    "config.health.views.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SessionActivityMiddleware",
    "accounts.middleware.TenantMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "collectors.demo.middleware.DemoMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.frame.htmx.SignInRedirectMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

_context = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "config.frame.navigation.frame",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": _context},
    }
]
# The kinds of components/toast.html.
MESSAGE_TAGS = {messages.SUCCESS: "ok", messages.WARNING: "warn", messages.ERROR: "bad"}

# --- Database: the app's role serves, the owner's role migrates --------------------------------
# With DATABASE_URL alone its user owns the tables, and serving processes step down to the app role.
APP_ROLE, SYSTEM_ROLE = roles.APP, roles.SYSTEM
PGBOUNCER = env.bool("PGBOUNCER", default=False)
_pool_size = env.number("DATABASE_POOL", default=20, least=1, most=1000)
_statement_seconds = env.number("DATABASE_STATEMENT_SECONDS", default=30, least=1)
_database = env.database("DATABASE_URL", default=address("DATABASE_URL")) | {
    "ENGINE": "config.backends.database",
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": True,
    "DISABLE_SERVER_SIDE_CURSORS": PGBOUNCER,
}
_owner = env.database("DATABASE_OWNER_URL", default=address("DATABASE_OWNER_URL"))
# Sent when a connection opens. Django's assume_role asks its own pool for a second connection.
_opening = f"-c statement_timeout={_statement_seconds}s"
if not _owner:
    _opening += f" -c role={APP_ROLE}"
_serving = {
    "pool": timeouts.POSTGRES_POOL | {"max_size": _pool_size},
    **({} if PGBOUNCER else {"options": _opening}),
    **_database.get("OPTIONS", {}),
}
_migrating = (_owner or _database).get("OPTIONS", {})
DATABASES = {
    # The same database: tests create and migrate it through the owner.
    "default": _database | {"OPTIONS": timeouts.POSTGRES | _serving, "TEST": {"MIRROR": "owner"}},
    "owner": _database
    | _owner
    | {
        "ENGINE": "config.backends.database",
        "ATOMIC_REQUESTS": False,
        "OPTIONS": timeouts.POSTGRES | _migrating,
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIGRATION_DATABASE = "owner"

# --- Cache, broker, live events: Valkey or Redis -----------------------------------------------
REDIS_URL = env.redis("REDIS_URL", address("REDIS_URL"))
REDIS_OPTIONS = timeouts.REDIS
# What may be evicted (cache, live hints) and what may not (broker, limits) can live apart.
REDIS_CACHE_URL = env.redis("REDIS_CACHE_URL", REDIS_URL)
_cache = {"BACKEND": "config.backends.cache.OptionalCache", "LOCATION": REDIS_CACHE_URL}
CACHES = {"default": _cache | {"KEY_PREFIX": "tw"}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_CACHE_URL, **timeouts.REDIS_ASYNC}],
            "prefix": "tw:live",
        },
    }
}

# --- Collecting --------------------------------------------------------------------------------
REFRESH_LADDER, POLL_MINUTES = refresh.LADDER, intervals.POLL_MINUTES
# A run whose worker gave no sign for so long is lost, and another worker begins it again.
LEASE_SECONDS = env.number("LEASE_SECONDS", default=120, least=5, most=3600)

# --- Background work: the database knows what is due, messages are only a doorbell --------------
_celery_url = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_BROKER_URL = _celery_url.replace("?db=", "?virtual_host=")
CELERY_BROKER_TRANSPORT_OPTIONS = timeouts.BROKER
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives any outage
CELERY_TASK_PUBLISH_RETRY_POLICY = timeouts.BROKER_PUBLISH
_collecting = [f"collect.{platform}" for platform in PLATFORMS]
_queues = ["dispatch", *_collecting, "sentiment", "outbox", "export", "default"]
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in _queues]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = False  # a misspelt queue is an error, not a queue nobody reads
CELERY_TASK_ROUTES = ROUTES
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None  # there are no results, and nothing to clean up
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# A lost task is found by its lease in the database, not by the broker delivering it twice.
CELERY_TASK_ACKS_LATE = False
# Each limit is inside the next: HTTP 10 s, soft, hard, the lease of 120 s, the broker's 900 s.
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 60, 90
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # whoever reaches the broker could stop the workers
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = SCHEDULE
CELERY_TIMEZONE = "UTC"
# Celery would close the pool around every task, which then takes ten times as long;
# config/celery.py gives connections back to it instead.
CELERY_DB_REUSE_MAX = 10_000

# --- Platforms ---------------------------------------------------------------------------------
TERMS_DIR = env.str("TERMS_DIR", default="")  # an installation's own <platform>.toml over ours
SIMULATOR_URL = env.site("SIMULATOR_URL", "http://127.0.0.1:8099")  # where demo profiles lead
# A workspace for everybody, with simulated figures; and how far its history goes back at first.
DEMO = env.bool("DEMO", default=not PRODUCTION)
DEMO_DAYS = env.number("DEMO_DAYS", default=120, least=1, most=365)
REST_FRAMEWORK = rest.SETTINGS

# --- People ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]  # cost 12
AUTH_PASSWORD_VALIDATORS = people.PASSWORD_VALIDATORS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True  # one address a person; a new one counts once it is verified
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_RATE_LIMITS = {"verification": "20/m/ip", "demo": "20/m/ip"}  # ours, beside allauth's own
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.split(":", 1)[0]
ACCOUNT_FORMS = people.FORMS
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"

# --- Mail: to the console and to var/mail until a server is named ------------------------------
EMAIL_BACKEND, EMAIL_HOST = "config.backends.mail.ConsoleAndFileBackend", ""
vars().update(env.mail("EMAIL_URL"))
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_TIMEOUT = 10  # seconds a page waits for the mail server
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Tidewatch <tidewatch@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Browser security --------------------------------------------------------------------------
# Not cached: a session that was ended must be over at once, also when the cache was away then.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "tidewatch-session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "tidewatch-csrf"
DEVICE_COOKIE_NAME = "__Host-device" if PRODUCTION else "tidewatch-device"  # accounts/devices.py
CSRF_COOKIE_HTTPONLY = True  # the token travels in the page, see base.html
CSRF_FAILURE_VIEW = "config.frame.errors.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # monitors speak plain http inside the network
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = policy.CONTENT_SECURITY
# The largest body: config/web/bodies.py refuses more. It is held in memory and fills no disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- Files -------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "build" / "static"  # made from the checkout by `make setup`, not data
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.web.static.Files"},
}
SERVESTATIC_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = VAR_DIR / "media"

# --- Language and time -------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N, USE_TZ = True, True
TIME_ZONE = "UTC"

# --- Operation ---------------------------------------------------------------------------------
LOGGING_CONFIG = "config.logs.lines.configure"
LOGGING = logging_settings()
hide(SECRET_KEY, HEALTH_TOKEN, *[database.get("PASSWORD", "") for database in DATABASES.values()])
hide(vars().get("EMAIL_HOST_PASSWORD") or "", *CREDENTIAL_KEYS.replace(",", ":").split(":")[1::2])

refuse_unsafe(vars())
