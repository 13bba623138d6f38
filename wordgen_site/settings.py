"""Django's settings. The settings for operators come from the environment or `.env`.

`.env.example` documents each of them with its default.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
import platformdirs
from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

from wordgen_site import __version__
from wordgen_site.config.env import (
    env_bool,
    env_int,
    env_int_list,
    env_list,
    env_origins,
    env_path,
    env_secret,
    env_str,
    env_url,
)
from wordgen_site.config.secret_key import read_or_create_secret_key

VERSION = __version__
BASE_DIR = Path(__file__).resolve().parent.parent
# A clone of the repository keeps everything in its own folder. An installed package has its
# templates and lists inside its packages (pyproject.toml), and its data in the user's folders.
IS_CLONE = (BASE_DIR / "manage.py").is_file()
CONFIG_DIR = BASE_DIR if IS_CLONE else platformdirs.user_config_path("wordgen")
ENV_FILE = Path(os.environ.get("ENV_FILE", CONFIG_DIR / ".env"))
load_dotenv(ENV_FILE)

# --- where things live --------------------------------------------------------------------------

DATA_DIR = env_path(
    "DATA_DIR", BASE_DIR / "data" if IS_CLONE else platformdirs.user_data_path("wordgen")
)
MODELS_DIR = env_path("MODELS_DIR", DATA_DIR / "models")
WORDLIST_DIR = env_path(
    "WORDLIST_DIR", (BASE_DIR if IS_CLONE else BASE_DIR / "vocab") / "wordlists"
)

BACKUP_DIR = env_path("BACKUP_DIR", DATA_DIR / "backups")
BACKUP_KEEP = env_int("BACKUP_KEEP", 0)  # 0: all

DEBUG = env_bool("DEBUG", False)
HOST = env_str("HOST", "127.0.0.1")
PORT = env_int("PORT", 8010, minimum=1, maximum=65535)
SECRET_KEY = env_secret("SECRET_KEY") or read_or_create_secret_key(DATA_DIR)
# Local processes use the local names, in addition to the public ones in ALLOWED_HOSTS.
ALLOWED_HOSTS = [*env_list("ALLOWED_HOSTS"), "localhost", "127.0.0.1", "[::1]", HOST]
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

# `manage.py setup` uses these instead of generated values.
SECRET_TOKEN = env_secret("SECRET_TOKEN")
ADMIN_USER = env_str("ADMIN_USER", "admin")
ADMIN_PASSWORD = env_secret("ADMIN_PASSWORD")

# --- Django -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",  # must precede staticfiles: it brings the ASGI runserver
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "batches",  # must precede django_q: it has a qcluster command of its own
    "django_q",
    "wordgen_site",
    "vocab",
    "generation",
]

MIDDLEWARE = [
    "wordgen_site.http.middleware.RequestLogMiddleware",
    "corsheaders.middleware.CorsMiddleware",  # outside of all that can answer with an error
    "wordgen_site.http.middleware.ApiErrorMiddleware",
    "wordgen_site.http.middleware.NoStoreMiddleware",
    "wordgen_site.http.middleware.DisconnectMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "wordgen_site.urls"
ASGI_APPLICATION = "wordgen_site.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [(BASE_DIR if IS_CLONE else BASE_DIR / "wordgen_site") / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "playground"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
TIME_ZONE = env_str("TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # no collectstatic step on one machine

# The proxy sets this header, from which Django knows that the request was https.
BEHIND_HTTPS_PROXY = env_bool("BEHIND_HTTPS_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS_PROXY else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS_PROXY

SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", False)
# Local health checks, Prometheus and other processes of this installation come without the proxy.
SECURE_REDIRECT_EXEMPT = [r"^health(/|$)", r"^metrics$", r"^internal/"]
SECURE_HSTS_SECONDS = env_int("SECURE_HSTS_SECONDS", 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env_bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env_bool("SECURE_HSTS_PRELOAD", False)

# --- pages of other origins ---------------------------------------------------------------------

# They may call the API with a key, never with a visitor's session: credentials stay off.
CORS_ALLOWED_ORIGINS = env_origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_ALL_ORIGINS = CORS_ALLOWED_ORIGINS == ["*"]
if CORS_ALLOW_ALL_ORIGINS:
    CORS_ALLOWED_ORIGINS = []
CORS_URLS_REGEX = r"^/(v1|tokenize|detokenize|mcp)(/|$)"
CORS_ALLOW_HEADERS = ["*", "authorization"]  # browsers do not count this one to the others
CORS_EXPOSE_HEADERS = [
    "content-disposition",
    "idempotent-replayed",
    "retry-after",
    "www-authenticate",
    "x-prompt-truncated",
    "x-request-id",
    "x-should-retry",
]

# --- database, cache, channel layer -------------------------------------------------------------

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(
        env_str("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}"),
        conn_max_age=0,  # persistent connections are kept per thread and leak under ASGI
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # The web process and the worker write to one file. IMMEDIATE takes the write lock at the
        # start of a transaction, which prevents deadlocks when a read lock is upgraded.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # The limit cuts a log that grew beside a long reader.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        " PRAGMA journal_size_limit=67108864;",
    }

REDIS_URL = env_str("REDIS_URL")
CACHES: dict[str, Any] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        # A file cache, because the web process must see the worker's state.
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(DATA_DIR / "cache"),
        }
    )
}
CHANNEL_LAYERS: dict[str, Any] = {
    "default": (
        {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}

# --- HTTP API -----------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["generation.auth.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "generation.auth.has_scope.HasScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["generation.openai.parsing.TolerantJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "generation.openai.negotiation.IgnoreAccept",
    "DEFAULT_METADATA_CLASS": "generation.openai.parsing.AllowOnly",
    "DEFAULT_SCHEMA_CLASS": "wordgen_site.openapi.api_schema.ApiSchema",
    "EXCEPTION_HANDLER": "generation.openai.error_responses.exception_handler",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Wordgen",
    "DESCRIPTION": "A language model that writes only with the words on a list, with OpenAI's API.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "DEFAULT_GENERATOR_CLASS": "wordgen_site.openapi.api_schema.ApiGenerator",
    "SWAGGER_UI_DIST": "SIDECAR",  # no CDN
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Enumerations stay in their fields instead of becoming components.
    "POSTPROCESSING_HOOKS": [
        "wordgen_site.openapi.api_schema.without_enum_ids",
        "wordgen_site.openapi.examples.with_examples",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SERVE_INCLUDE_SCHEMA": False,
    # In the order of the page: the most used first.
    "TAGS": [
        {
            "name": "Chat",
            "description": "Replies with the words of a list, whole or streamed.",
        },
        {
            "name": "Responses",
            "description": "OpenAI's newer API for the same replies. Nothing is stored.",
        },
        {"name": "Models"},
        {"name": "Tokenizer"},
        {
            "name": "Wordlists",
            "description": "Your lists, their revisions and their words.",
        },
        {
            "name": "Texts",
            "description": "Any text against the words of a list, without a model.",
        },
        {"name": "Batch jobs", "description": "A JSON list of prompts with one set of parameters."},
        {"name": "Batches", "description": "OpenAI's batches: a file of requests, one per line."},
        {"name": "Files"},
        {"name": "Operation"},
    ],
}

MAX_REQUEST_BYTES = env_int("MAX_REQUEST_BYTES", 10 * 1024 * 1024, minimum=1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_REQUEST_BYTES
MAX_CONNECTIONS = env_int("MAX_CONNECTIONS", 0)  # 0: half of the files the process may open
MAX_MESSAGES = env_int("MAX_MESSAGES", 500, minimum=1)
MAX_MESSAGE_CHARS = env_int("MAX_MESSAGE_CHARS", 100_000, minimum=1)
MAX_NUM_BEAMS = env_int("MAX_NUM_BEAMS", 16, minimum=1)
MAX_N = env_int("MAX_N", 8, minimum=1)
MAX_CONCURRENT_PER_KEY = env_int("MAX_CONCURRENT_PER_KEY", 64)  # 0: no limit
MAX_CONCURRENT_PER_USER = env_int("MAX_CONCURRENT_PER_USER", MAX_CONCURRENT_PER_KEY)
STREAM_KEEP_ALIVE = env_int("STREAM_KEEP_ALIVE", 15, minimum=1)  # seconds
REQUEST_TIMEOUT = env_int("REQUEST_TIMEOUT", 600, minimum=1)  # seconds
STOP_SECONDS = env_int("STOP_SECONDS", 20, minimum=0)
API_KEY_IN_QUERY = env_bool("API_KEY_IN_QUERY", True)
METRICS_PUBLIC = env_bool("METRICS_PUBLIC", False)

# --- wordlists ----------------------------------------------------------------------------------

WORDLIST_MAX_BYTES = env_int("WORDLIST_MAX_BYTES", 5 * 1024 * 1024, minimum=1)
WORDLIST_MAX_ENTRIES = env_int("WORDLIST_MAX_ENTRIES", 200_000, minimum=1)
WORDLIST_MAX_ENTRY_CHARS = env_int("WORDLIST_MAX_ENTRY_CHARS", 64, minimum=1, maximum=1000)
# The texts of one request to /v1/vocab. 50,000 characters take about a second.
VOCAB_CHECK_MAX_CHARS = env_int("VOCAB_CHECK_MAX_CHARS", 50_000, minimum=1)
VOCAB_CHECK_MAX_TEXTS = env_int("VOCAB_CHECK_MAX_TEXTS", 100, minimum=1)
MAX_REQUEST_WORDS = env_int("MAX_REQUEST_WORDS", 20_000, minimum=1)  # of vocab_words
# Of vocab_allow, of vocab_names, of vocab_ban, and of the words that a prompt adds.
MAX_ADDED_WORDS = env_int("MAX_ADDED_WORDS", 1000, minimum=1)
LEXICON_CACHE_SIZE = env_int("LEXICON_CACHE_SIZE", 16, minimum=1)

# --- the model ----------------------------------------------------------------------------------

# "local" decodes with transformers in this process; "scripted" answers without a model (tests).
ENGINE = env_str("ENGINE", "local", choices=["local", "scripted"])
# Load the model when the web server starts, and not at the first request.
ENGINE_PRELOAD = env_bool("ENGINE_PRELOAD", True)
ENGINE_MAX_QUEUE = env_int("ENGINE_MAX_QUEUE", 64, minimum=1)
ENGINE_MAX_ROWS = env_int("ENGINE_MAX_ROWS", 64, minimum=1)
ENGINE_CACHE_TOKENS = env_int("ENGINE_CACHE_TOKENS", 49_152, minimum=64)
ENGINE_PREFILL_CHUNK = env_int("ENGINE_PREFILL_CHUNK", 0, minimum=0)
ENGINE_PREFIX_TOKENS = env_int("ENGINE_PREFIX_TOKENS", 8_192, minimum=0)
ENGINE_PREFIX_MB = env_int("ENGINE_PREFIX_MB", 0, minimum=0)
ENGINE_THREADS = env_int("ENGINE_THREADS", 0, minimum=0)
# A process with ENGINE_URL uses the engine of the process at that address, which requires the same
# ENGINE_KEY. With ENGINE_SHARED, `serve` sets both for the worker.
ENGINE_URL = env_url("ENGINE_URL")
ENGINE_KEY = env_secret("ENGINE_KEY")
ENGINE_SHARED = env_bool("ENGINE_SHARED", True)
if ENGINE_URL and not ENGINE_KEY:
    raise ImproperlyConfigured(
        "ENGINE_URL needs ENGINE_KEY, with the same value as at that address."
    )
if ENGINE_KEY and len(ENGINE_KEY) < 32:
    raise ImproperlyConfigured(
        "ENGINE_KEY must have at least 32 characters; make one with: openssl rand -hex 32"
    )
# "automaton", or "lmfe" (lm-format-enforcer), which is slower and has no canonical token paths.
CONSTRAINT_ENGINE = env_str("CONSTRAINT_ENGINE", "automaton", choices=["automaton", "lmfe"])
CONSTRAINT_CACHE_STATES = env_int("CONSTRAINT_CACHE_STATES", 20_000, minimum=1)
# Lists and numbers of words whose states are computed when the model is loaded.
PREBUILD_LANGS = env_list("PREBUILD_LANGS")
PREBUILD_WORD_COUNTS = env_int_list("PREBUILD_WORD_COUNTS", [])

EMBEDDED_MODEL = "SmolLM2-135M-Instruct"
MODEL_NAME = env_str("MODEL_NAME", EMBEDDED_MODEL)
SERVED_MODEL_NAME = env_str("SERVED_MODEL_NAME", Path(MODEL_NAME).name or MODEL_NAME)
if "/" in MODEL_NAME and not Path(MODEL_NAME).expanduser().exists():
    SERVED_MODEL_NAME = env_str("SERVED_MODEL_NAME", MODEL_NAME)  # a hub id keeps its owner
DTYPE = env_str("DTYPE", env_str("TORCH_DTYPE", "auto"))
DEVICE_MAP = env_str("DEVICE_MAP")
ATTN_IMPLEMENTATION = env_str("ATTN_IMPLEMENTATION")
TRUST_REMOTE_CODE = env_bool("TRUST_REMOTE_CODE", False)
HF_TOKEN = env_secret("HF_TOKEN")
ENABLE_THINKING = env_bool("ENABLE_THINKING", False)
MAX_THINKING_TOKENS = env_int("MAX_THINKING_TOKENS", 1024, minimum=1)
MAX_INPUT_TOKENS = env_int("MAX_INPUT_TOKENS", 2048, minimum=1)
TRUNCATE_INPUT = env_bool("TRUNCATE_INPUT", True)
ALLOWED_MAX_NEW_TOKENS = env_int_list("ALLOWED_MAX_NEW_TOKENS", [64, 128, 256, 512])

# --- batch jobs ---------------------------------------------------------------------------------

BATCH_MAX_BYTES = env_int("BATCH_MAX_BYTES", 50 * 1024 * 1024, minimum=1)
BATCH_MAX_ITEMS = env_int("BATCH_MAX_ITEMS", 50_000, minimum=1)
# Of a file on the page of a new job. It waits in the database until the job is started.
PROMPT_FILE_MAX_BYTES = env_int("PROMPT_FILE_MAX_BYTES", 10 * 1024 * 1024, minimum=1)
BATCH_SLICE_SECONDS = env_int("BATCH_SLICE_SECONDS", 15, minimum=1)
BATCH_SLICE_ITEMS = env_int("BATCH_SLICE_ITEMS", 256, minimum=1)
BATCH_GROUP_ITEMS = env_int("BATCH_GROUP_ITEMS", 16, minimum=1)
BATCH_LEASE_SECONDS = env_int("BATCH_LEASE_SECONDS", 60, minimum=15)
BATCH_MAX_ATTEMPTS = env_int("BATCH_MAX_ATTEMPTS", 3, minimum=1)
# 0: jobs do not expire, and results are kept forever.
BATCH_EXPIRE_HOURS = env_int("BATCH_EXPIRE_HOURS", 168)
BATCH_KEEP_DAYS = env_int("BATCH_KEEP_DAYS", 0)

# --- files --------------------------------------------------------------------------------------

FILE_MAX_BYTES = env_int("FILE_MAX_BYTES", 200 * 1024 * 1024, minimum=1)
# For files of batches whose upload sets no expiry. 0: kept forever.
FILE_KEEP_DAYS = env_int("FILE_KEEP_DAYS", 30)

# A message only wakes a worker; it may be lost, late or delivered twice. The timeout is a last
# resort, far above a slice. retry is far above the time that a message can wait for another one.
Q_CLUSTER = {
    "name": "wordgen",
    "orm": "default",
    "workers": 1,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 1,
    "timeout": 600,
    "retry": 1920,
    "ack_failures": True,
    "max_attempts": 1,
    "recycle": 0,
    "save_limit": 100,
    "catch_up": False,
    "label": "Queue",
}

# --- logging ------------------------------------------------------------------------------------

LOG_LEVEL = env_str("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env_str("LOG_FORMAT", "text", choices=["text", "json"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "wordgen_site.http.log_redaction.RedactingFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {
            "()": "wordgen_site.http.log_redaction.RedactingJsonFormatter",
            "fmt": ["levelname", "name", "message"],
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": "time",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": {"text": "line", "json": "json"}[LOG_FORMAT],
        },
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "daphne": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "mcp": {"level": "WARNING"},
    },
}
