#!/bin/sh
# Puts a promtool of today's Prometheus into .tools/current/, beside the one that the machine has: built from its Go
# module, in a folder of its own. Needs Go, and the first time some minutes of CPU; the build is kept.
# Prints the path of promtool; or on standard error one sentence why there is none, and then exits with 3.
version=v0.316.0 # Prometheus 3.16: the module's minor version is Prometheus' major and minor version
top=$(cd "$(dirname "$0")/.." && pwd) || exit 3
program=$top/.tools/current/promtool
built=$top/.tools/current/version
if [ -x "$program" ] && [ "$(cat "$built" 2>/dev/null)" = "$version" ]; then
  echo "$program"
  exit 0
fi
go=${GO:-$(command -v go || echo /usr/local/go/bin/go)}
if ! command -v "$go" >/dev/null; then
  echo "not run: there is no Go, with which a current promtool is built; put go on PATH, or name it with GO=/path/to/go" >&2
  exit 3
fi
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 3
echo "building promtool $version into .tools/current/ (once; some minutes)" >&2
# Without the plugins of service discovery: no test of rules asks for any.
if {
  "$go" mod init promtool.invalid &&
    "$go" get "github.com/prometheus/prometheus/cmd/promtool@$version" &&
    nice "$go" build -p "${JOBS:-1}" -trimpath -tags remove_all_sd -o promtool github.com/prometheus/prometheus/cmd/promtool
} >"$work/log" 2>&1; then
  mkdir -p "$top/.tools/current" && mv promtool "$program" && echo "$version" >"$built" && echo "$program"
else
  echo "not run: promtool $version could not be built: $(tail -n 1 "$work/log")" >&2
  exit 3
fi
