#!/bin/sh
# What a container runs: `start.sh web`, `start.sh worker`, or any command of `wordgen`.
# `exec` leaves no shell between the supervisor and the process, so that a signal reaches it.
set -eu
umask 077

case "${1:-web}" in
web)
  # Migrations, starter lists, model. What is there already stays as it is.
  wordgen setup
  # -v 0: daphne's own access log would contain the keys of `?token=`.
  exec python -m daphne -v 0 -b "${HOST:-127.0.0.1}" -p "${PORT:-8010}" \
    wordgen_site.asgi:application
  ;;
worker)
  exec wordgen qcluster
  ;;
*)
  exec wordgen "$@"
  ;;
esac
