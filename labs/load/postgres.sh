#!/bin/sh
# One transaction every $LOAD_INTERVAL seconds into $PGDATABASE. Goes on when the database has been away.
set -u
while sleep "${LOAD_INTERVAL:-1}"; do
  PGCONNECT_TIMEOUT=3 psql --no-psqlrc --quiet --single-transaction --file="$(dirname "$0")/postgres.sql" || true
done
