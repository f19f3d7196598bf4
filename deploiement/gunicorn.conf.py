"""How gunicorn serves the portal, on a server of one's own, in a container or on a PaaS: gunicorn -c deploiement/gunicorn.conf.py cite_educative.wsgi"""  # noqa: E501

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cite_educative.journalisation import reglages

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS") or 4)
timeout = 60  # a reading of Word may last 12 s on a busy machine; a long export goes to the worker
graceful_timeout = 30
keepalive = 5
max_requests, max_requests_jitter = 5000, 500  # a leak, in a library, would end there
worker_tmp_dir = "/dev/shm"  # noqa: S108 - the heartbeat of gunicorn, which a slow disk must not hold
control_socket_disable = True

# No access log of its own: it would write query strings and tokens of links. The portal writes one line per request.
accesslog = None
logconfig_dict = reglages(os.environ.get("FORMAT_JOURNAL") or "ligne", os.environ.get("NIVEAU_JOURNAL") or "INFO")
logconfig_dict["loggers"] |= {
    "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
    "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
}


def child_exit(server: object, worker: object) -> None:
    """A process that ended no longer counts in what Prometheus reads."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
