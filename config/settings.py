"""Settings, read top to bottom. Every value a person may change comes from the environment."""

from pathlib import Path

from csp.constants import NONE, SELF

from config.env import BASE_DIR, VAR_DIR, env
from config.logs import logging_settings
from config.production import required_secret
from config.secrets import local_secret

# --- Mode: 'local' serves this machine over http, 'production' serves others over https ---------
ENVIRONMENT = env.str("TIDEWATCH_ENV", default="local")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False) and not PRODUCTION

# --- Secrets: made on the first start in local mode, demanded in production --------------------
SECRET_KEY = (
    required_secret("SECRET_KEY")
    if PRODUCTION
    else env.str("SECRET_KEY", default="") or local_secret("secret_key")
)

# --- Addresses ---------------------------------------------------------------------------------
SITE_URL = env.str("SITE_URL", default=f"http://localhost:{env.int('PORT', default=8000)}")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
# How many proxies in front of us append to X-Forwarded-For. 0: the header is not believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# --- Apps --------------------------------------------------------------------------------------
PLATFORMS = ["twitch", "twitter", "youtube", "reddit"]
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
    "config.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.SecurityHeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.TenantMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.frame",
            ]
        },
    }
]

# --- Database: the app's role serves, the owner's role migrates --------------------------------
# With DATABASE_URL alone its user owns the tables, and serving processes step down to the app role.
APP_ROLE, SYSTEM_ROLE = "tidewatch_app", "tidewatch_system"
_database = env.db("DATABASE_URL", default="postgresql://tidewatch_app@/tidewatch") | {
    "ENGINE": "config.database",
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": True,
    "DISABLE_SERVER_SIDE_CURSORS": env.bool("PGBOUNCER", default=False),
}
_owner_url = env.str("DATABASE_OWNER_URL", default="")
DATABASES = {
    "default": _database
    | {
        "OPTIONS": _database.get("OPTIONS", {})
        | {"pool": {"min_size": 0, "max_size": env.int("DATABASE_POOL", default=20), "timeout": 10}}
        | ({} if _owner_url else {"assume_role": APP_ROLE}),
        # The same database: tests create and migrate it through the owner.
        "TEST": {"MIRROR": "owner"},
    },
    "owner": _database
    | (env.db_url_config(_owner_url) if _owner_url else {})
    | {
        "ENGINE": "config.database",
        "ATOMIC_REQUESTS": False,
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIGRATION_DATABASE = "owner"

# --- Cache, broker, live events: Valkey or Redis -----------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
# What may be evicted (cache, live hints) and what may not (broker, limits) can live apart.
REDIS_CACHE_URL = env.str("REDIS_CACHE_URL", default=REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_CACHE_URL,
        "KEY_PREFIX": "tw",
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_CACHE_URL], "prefix": "tw:live"},
    }
}

# --- Background work ---------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 60, 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"

# --- People ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]  # cost 12
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "accounts.passwords.MaximumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.StrengthValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.split(":", 1)[0]
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
USERSESSIONS_TRACK_ACTIVITY = True

# --- Mail: to the console and to var/mail until a server is named ------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="")
EMAIL_BACKEND = "config.mail.ConsoleAndFileBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Tidewatch <tidewatch@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))

# --- Browser security --------------------------------------------------------------------------
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "tidewatch-session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "tidewatch-csrf"
CSRF_COOKIE_HTTPONLY = True  # the token travels in the page, see base.html
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^health"]  # probes speak plain http inside the network
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- Files -------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "build" / "static"  # made from the checkout by `make setup`, not data
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "media"

# --- Language and time -------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N, USE_TZ = True, True
TIME_ZONE = "UTC"

# --- Operation ---------------------------------------------------------------------------------
HEALTH_TOKEN = env.str("HEALTH_TOKEN", default="")
LOGGING_CONFIG = "config.logs.configure"
LOGGING = logging_settings(level=env.str("LOG_LEVEL", default="INFO"))
