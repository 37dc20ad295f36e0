#!/usr/bin/env bash
# Makes .venv-readers with news-please and Fundus, which make bench-archive then reads the same archive with.
set -euo pipefail
cd "$(dirname "$0")/.."
"${PYTHON:-python3}" -m venv .venv-readers
# curl_cffi: Fundus 0.5.7 does not import with newer ones.
.venv-readers/bin/python -m pip install -q --disable-pip-version-check "news-please==1.6.16" "fundus==0.5.7" "curl_cffi==0.14.0"
