#!/bin/sh
# Puts promtool into .tools/ where the machine has none: from the Debian package, unpacked, not installed, so that it
# needs no root. The apt lists are this folder's own. Never fails: the tests that need promtool say that they did not
# run, and fail in CI.
command -v promtool >/dev/null && exit 0
[ -n "$PROMTOOL" ] && exit 0
[ -x .tools/promtool ] && exit 0
command -v apt-get >/dev/null && command -v dpkg >/dev/null || exit 0
echo "fetching promtool into .tools/ (once)"
top=$PWD
work=$(mktemp -d) || exit 0
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" .tools
apt() {
  apt-get -qq -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}
cd "$work" && apt update >/dev/null 2>&1 && apt download prometheus >/dev/null 2>&1 &&
  dpkg -x prometheus_*.deb unpacked && mv unpacked/usr/bin/promtool "$top/.tools/promtool" ||
  echo "promtool could not be fetched; put it on PATH, or its path into PROMTOOL" >&2
rm -rf "$work"
exit 0
