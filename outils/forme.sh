#!/usr/bin/env bash
# La forme du code : règles et mise en page de ruff.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check --no-cache .
.venv/bin/ruff format --no-cache --check .
