#!/bin/sh
# One transaction every $LOAD_INTERVAL seconds into $MYSQL_DATABASE. Goes on when the database has been away.
set -u
client=$(command -v mysql || command -v mariadb)
while sleep "${LOAD_INTERVAL:-1}"; do
  "$client" --host="$MYSQL_HOST" --port="${MYSQL_TCP_PORT:-3306}" --user="$MYSQL_USER" --connect-timeout=3 "$MYSQL_DATABASE" < "$(dirname "$0")/mysql.sql" || true
done
