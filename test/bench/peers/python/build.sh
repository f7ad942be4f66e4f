#!/bin/sh
# Makes the peer's virtual environment in the cache, once for each state of its requirements, and prints its python.
set -eu
cd "$(dirname "$0")"
hash=$(sha256sum <requirements.txt | cut -c1-16)
folder="${XDG_CACHE_HOME:-$HOME/.cache}/netflow2traces/python-$hash"
if [ ! -e "$folder/complete" ]; then
  python3 -m venv --clear "$folder" >&2
  "$folder/bin/pip" install --quiet --requirement requirements.txt >&2
  touch "$folder/complete"
fi
echo "$folder/bin/python"
