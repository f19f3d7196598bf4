"""Production settings. Everything comes from the environment; with an empty one, the portal runs as it is.

`dev` and `test` only loosen what is here. The table of variables is in the README.
"""

from pathlib import Path
from urllib.parse import urlsplit

from bootstrap_wrapper import get_bootstrap_dir
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from cite_educative import journalisation
from cite_educative.base_de_donnees import regler_la_base
from cite_educative.cle_secrete import cle_secrete
from cite_educative.environnement import Environnement

env = Environnement()

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# --- Where things are -------------------------------------------------------------------------------------------

# Everything that the portal writes lives here, so that a second instance is one variable away.
VAR_DIR = BASE_DIR / Path(env("VAR_DIR", default="var")).expanduser()
try:
    VAR_DIR.mkdir(mode=0o750, parents=True, exist_ok=True)
except OSError as _refus:
    raise ImproperlyConfigured(f"VAR_DIR ({VAR_DIR}) ne peut pas être créé : {_refus.strerror}.") from _refus

# The address that people type: mails need it, since a worker answers no request.
URL_PUBLIQUE = env("URL_PUBLIQUE", default="http://127.0.0.1:8000").rstrip("/")

# A demonstration writes to nobody: accounts and mails stay in example.org.
DEMO = env.bool("DEMO", default=False)

# --- Security ---------------------------------------------------------------------------------------------------

DEBUG = False
SECRET_KEY = env("SECRET_KEY", default="").strip() or cle_secrete(VAR_DIR / "cle_secrete")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # old keys, the time of a rotation

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env.list("ALLOWED_HOSTS", default=[])]
if (_hote := urlsplit(URL_PUBLIQUE).hostname) and _hote not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(f"[{_hote}]" if ":" in _hote else _hote)

# Off by default because the demonstration speaks plain HTTP on the loopback, where a Secure cookie would be lost.
HTTPS = env.bool("HTTPS", default=URL_PUBLIQUE.startswith("https://"))
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^sante/", r"^metriques/$"]  # probes talk to the process, not to the proxy
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDES", default=31_536_000) if HTTPS else 0
# The domain belongs to the town: whether HSTS holds for its other sites is hers to say, and no fault of the portal's.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SOUS_DOMAINES", default=False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRECHARGEMENT", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "cite_educative.pannes.formulaire_perime"
if HTTPS:  # a cookie of that prefix can be set neither in clear, nor from another site of the town's domain
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
CSRF_TRUSTED_ORIGINS = [URL_PUBLIQUE] if HTTPS else []
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# How many proxies stand in front. None by default: X-Forwarded-* of a stranger must not be believed.
PROXYS_DE_CONFIANCE = env.int("PROXYS_DE_CONFIANCE", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = PROXYS_DE_CONFIANCE
if PROXYS_DE_CONFIANCE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# No inline script or style anywhere, hence no nonce: what is not a file of ours does not run.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
if HTTPS:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["upgrade-insecure-requests"] = True

# Who to write to about a flaw, in /.well-known/security.txt: an address or a page; empty: the page of the correspondents.
CONTACT_SECURITE = env("CONTACT_SECURITE", default="")
SECURITE_TXT_EXPIRE = env("SECURITE_TXT_EXPIRE", default="")  # a date, AAAA-MM-JJ; empty: always half a year ahead

# The declaration of accessibility: an audit (a date, AAAA-MM-JJ; who made it; the share of criteria met), whom to write to when
# it is not the correspondents, where the plan over several years that the law asks of the institution is published.
ACCESSIBILITE_AUDIT_LE = env("ACCESSIBILITE_AUDIT_LE", default="")
ACCESSIBILITE_AUDIT_PAR = env("ACCESSIBILITE_AUDIT_PAR", default="")
ACCESSIBILITE_AUDIT_TAUX = env.int("ACCESSIBILITE_AUDIT_TAUX", default=0)
ACCESSIBILITE_CONTACT = env("ACCESSIBILITE_CONTACT", default="")
ACCESSIBILITE_SCHEMA = env("ACCESSIBILITE_SCHEMA", default="")

# The largest file accepted, said by forms. A little more is kept on disk, so that the form sees it is too large.
TELEVERSEMENT_TAILLE_MAX = 10 * 1024 * 1024
TELEVERSEMENT_OCTETS_GARDES = TELEVERSEMENT_TAILLE_MAX + 1024 * 1024
FILE_UPLOAD_HANDLERS = ["cite_educative.televersement.TeleversementBorne"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # text only; files do not count
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a two-year budget with many interventions is a long form
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# The antivirus that every file goes through; empty: none. Without an answer from it, files are refused.
CLAMAV_URL = env("CLAMAV_URL", default="")

# --- Applications -----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "correspondants",
    "projets",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "crispy_bootstrap5",
    "crispy_forms",
    "csp",
    "django_filters",
]

MIDDLEWARE = [
    "cite_educative.journalisation.identifiant_de_requete",  # first: everything below may log
    "cite_educative.origine.origine_de_la_requete",
    "cite_educative.observation.mesurer",
    # Before what may answer by itself: the redirection to HTTPS, static files, an error.
    "csp.middleware.CSPMiddleware",
    "cite_educative.securite.entetes_de_securite",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",  # a public view says so: @login_not_required
    "allauth.account.middleware.AccountMiddleware",
    "correspondants.second_facteur.SecondFacteurObligatoire",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "cite_educative.urls"
WSGI_APPLICATION = "cite_educative.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,  # with the cached loader, as Django does by itself
        "OPTIONS": {
            "builtins": ["projets.templatetags.composants"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "correspondants.contexte.roles",
                "projets.contexte.aide",
                "projets.contexte.appel",
                "projets.contexte.menu",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = ["bootstrap5"]
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database ---------------------------------------------------------------------------------------------------

# No ATOMIC_REQUESTS: on SQLite each page read would take the write lock. Transactions are short and explicit.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portail.sqlite3'}")}
regler_la_base(DATABASES["default"], env, BASE_DIR)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

# Rate limits must be shared by all server processes: they live in the database, without one service more.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_portail",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
    # What a process may remember for some seconds: pieces of pages, never a right nor a limit.
    "memoire": {
        "BACKEND": "cite_educative.memoire.MemoireVive",
        "LOCATION": "memoire",
        "OPTIONS": {"MAX_ENTRIES": 250},
    },
}

# --- Accounts ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "correspondants.Utilisateur"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/suivi/"
LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_ENGINE = "cite_educative.sessions"

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # see InscriptionForm, which takes the password away
ACCOUNT_FORMS = {
    "signup": "cite_educative.inscription.InscriptionForm",
    "confirm_login_code": "cite_educative.codes.CodeDeConnexionForm",
    "confirm_email_verification_code": "cite_educative.codes.CodeDAdresseForm",
    "confirm_password_reset_code": "cite_educative.codes.CodeDeMotDePasseForm",
}
ACCOUNT_ADAPTER = "correspondants.comptes.CompteAdapter"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False  # school and town-hall computers are shared
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # academic mail servers hold back an unknown sender's first message
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Cité éducative] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60  # setting up a second factor takes more than five minutes the first time

# How often, by network address or by the address written to (« 20/m/ip », « 20/h/key »); empty: as often as one likes. Files to
# read cost seconds of processor and are kept; codes and notices of accounts can be asked for by anybody, for anybody.
LIMITES = {
    "depot": env("LIMITE_DEPOTS", default="20/m/ip,300/h/ip"),
    "courriel_de_compte": env("LIMITE_COURRIELS_DE_COMPTE", default="20/h/key"),
}

# Whoever decides sets up a second factor before anything else. A demonstration is visited in a hurry: off there.
SECOND_FACTEUR_OBLIGATOIRE = env.bool("SECOND_FACTEUR_OBLIGATOIRE", default=not DEMO)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "correspondants.comptes.SecondFacteurAdapter"
MFA_FORMS = {
    "add_webauthn": "cite_educative.cles.AjouterCleForm",
    "edit_webauthn": "cite_educative.cles.RenommerCleForm",
}
MFA_TOTP_ISSUER = "Cité éducative"
MFA_TOTP_TOLERANCE = 1  # half a minute late: the clock of a telephone, and the time to type
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers themselves allow it on the loopback only

# How long the link of an invitation stays open, in seconds; the same for a project handed over.
DUREE_LIEN_INVITATION = env.int("DUREE_LIEN_INVITATION", default=7 * 24 * 3600)

# ProConnect, the identification of public agents: on as soon as the three are given (see cite_educative.proconnect).
PROCONNECT_URL = env("PROCONNECT_URL", default="").rstrip("/")  # the issuer, as its discovery document names it
PROCONNECT_CLIENT_ID = env("PROCONNECT_CLIENT_ID", default="")
PROCONNECT_SECRET = env("PROCONNECT_SECRET", default="")
PROCONNECT = bool(PROCONNECT_URL and PROCONNECT_CLIENT_ID and PROCONNECT_SECRET)
PROCONNECT_ACR = env.list("PROCONNECT_ACR", default=[])  # levels asked for and accepted; empty: any
# Levels of ProConnect that stand for a second factor; none by default: the portal asks for its own.
PROCONNECT_ACR_SECOND_FACTEUR = env.list("PROCONNECT_ACR_SECOND_FACTEUR", default=[])
# Whether an address about which ProConnect says nothing (no « email_verified ») is believed.
PROCONNECT_COURRIELS_SURS = env.bool("PROCONNECT_COURRIELS_SURS", default=False)
SOCIALACCOUNT_ADAPTER = "cite_educative.proconnect.comptes.CompteProConnectAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {}
if PROCONNECT:
    # Only then: what it reads tokens with and asks its questions with is 8 MB of a process.
    INSTALLED_APPS.append("cite_educative.proconnect")
    SOCIALACCOUNT_PROVIDERS["proconnect"] = {
        "APPS": [
            {
                "provider_id": "proconnect",
                "name": "ProConnect",
                "client_id": PROCONNECT_CLIENT_ID,
                "secret": PROCONNECT_SECRET,
                "settings": {"server_url": PROCONNECT_URL, "token_auth_method": "client_secret_post"},
            }
        ]
    }
    # The button is a form: browsers follow its redirection only to an origin named here.
    _proconnect = urlsplit(PROCONNECT_URL)
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(f"{_proconnect.scheme}://{_proconnect.netloc}")

# --- Mail -------------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Cité éducative <ne-pas-repondre@example.org>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 20
if env("EMAIL_URL", default=""):
    _courriel = env.email_url("EMAIL_URL")
    EMAIL_BACKEND = _courriel["EMAIL_BACKEND"]
    EMAIL_FILE_PATH = _courriel["EMAIL_FILE_PATH"] or None
    EMAIL_HOST, EMAIL_PORT = _courriel["EMAIL_HOST"] or "localhost", _courriel["EMAIL_PORT"] or 25
    EMAIL_HOST_USER = _courriel["EMAIL_HOST_USER"] or ""
    EMAIL_HOST_PASSWORD = _courriel["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS = _courriel.get("EMAIL_USE_TLS", False)
    EMAIL_USE_SSL = _courriel.get("EMAIL_USE_SSL", False)
elif env("EMAIL_HOST", default=""):
    EMAIL_HOST, EMAIL_PORT = env("EMAIL_HOST"), env.int("EMAIL_PORT", default=25)
    EMAIL_HOST_USER = env("EMAIL_HOST_USER", default="")
    EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD", default="")
    EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
    EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
else:
    # Nothing leaves before someone says which server to use.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "courriels"

# The outbox writes only to these domains; empty: to all.
COURRIELS_DOMAINES_AUTORISES = env.list("COURRIELS_DOMAINES_AUTORISES", default=["example.org"] if DEMO else [])

# How long the link of an opinion stays open, in seconds.
DUREE_LIEN_AVIS = env.int("DUREE_LIEN_AVIS", default=45 * 24 * 3600)
# An opinion can be handed on to addresses of these domains only; empty: to any.
DELEGATIONS_DOMAINES = [domaine.lower() for domaine in env.list("DELEGATIONS_DOMAINES", default=[])]

# How long a long export stays, in days: after that its link says so and its file is erased.
JOURS_DES_EXPORTS = env.int("JOURS_DES_EXPORTS", default=7)

# --- Language ---------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "français")]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False  # would write the year « 2 026 »; amounts are formatted by a filter

# --- Files ------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_DIR", default=str(VAR_DIR / "static")))  # made once for all in an image
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", get_bootstrap_dir()), ("aide", BASE_DIR / "docs" / "images")]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "woff2", "png", "jpg", "gz", "br"]
STORAGES = {
    "default": {
        "BACKEND": "cite_educative.stockage.StockagePrive",
        "OPTIONS": {
            "location": VAR_DIR / "fichiers",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Several web servers share no disk: the files then go to a bucket that speaks S3.
if S3_BUCKET := env("S3_BUCKET", default=""):
    STORAGES["default"] = {
        "BACKEND": "cite_educative.stockage_s3.StockageS3Prive",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env("S3_ENDPOINT", default="") or None,
            "region_name": env("S3_REGION", default="") or None,
            "access_key": env("S3_ACCESS_KEY", default="").strip() or None,
            "secret_key": env("S3_SECRET_KEY", default="").strip() or None,
            "location": env("S3_PREFIXE", default=""),
        },
    }

# Where backups go, and what encrypts them: at least 20 characters; the old ones still open the old archives.
SAUVEGARDES_DIR = BASE_DIR / Path(env("SAUVEGARDES_DIR", default=str(VAR_DIR / "sauvegardes"))).expanduser()
SAUVEGARDE_CLE = env("SAUVEGARDE_CLE", default="")
SAUVEGARDE_CLES_ANCIENNES = env.list("SAUVEGARDE_CLES_ANCIENNES", default=[])

# --- Logs -------------------------------------------------------------------------------------------------------

# « ligne » for a person, « json » for a collector.
LOGGING = journalisation.reglages(env("FORMAT_JOURNAL", default="ligne"), env("NIVEAU_JOURNAL", default="INFO"))

# A query that lasts longer, in milliseconds, is written to the log without its values; 0: none is.
REQUETES_LENTES_MS = env.int("REQUETES_LENTES_MS", default=0)

# /metriques/ answers to whoever gives this token, and to nobody without it.
METRIQUES_JETON = env("METRIQUES_JETON", default="").strip()
METRIQUES_PARTAGEES = bool(env("PROMETHEUS_MULTIPROC_DIR", default=""))  # the library's own variable

SENTRY_DSN = env("SENTRY_DSN", default="").strip()
SENTRY_ENVIRONNEMENT = env("SENTRY_ENVIRONNEMENT", default="production")
