#!/bin/sh
# register.sh NAME...: registers $CONNECTORS/NAME.json with Kafka Connect at $CONNECT_URL, or changes what is registered to it.
set -eu
for name in "$@"; do
  curl --fail-with-body --silent --show-error --output /dev/null --retry 30 --retry-delay 2 --retry-all-errors \
    --request PUT --header 'Content-Type: application/json' --data "@$CONNECTORS/$name.json" "$CONNECT_URL/connectors/$name/config"
  echo "registered $name"
done
