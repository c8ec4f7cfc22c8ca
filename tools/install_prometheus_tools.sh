#!/bin/sh
# Puts promtool, prometheus, amtool, alertmanager and victoria-metrics into .tools/ where the machine has none: from the
# Debian packages, unpacked, not installed, so that it needs no root. The apt lists are this folder's own. Never fails: the tests that need a
# program say that they did not run, and fail in CI. With names of packages, no others are fetched: the preview needs
# `prometheus` alone.
top=$PWD
wanted=${*:-prometheus prometheus-alertmanager victoria-metrics}
packages=
# A program is there when a variable names it, when it is on PATH, or when it was fetched before.
needs() { # package, variable's value, programs of which one is enough
  package=$1 named=$2
  shift 2
  case " $wanted " in *" $package "*) ;; *) return ;; esac
  [ -n "$named" ] && return
  for program in "$@"; do
    command -v "$program" >/dev/null && return
    [ -x "$top/.tools/$program" ] && return
  done
  case " $packages " in *" $package "*) ;; *) packages="$packages $package" ;; esac
}
needs prometheus "$PROMTOOL" promtool
needs prometheus "$PROMETHEUS" prometheus
needs prometheus-alertmanager "$AMTOOL" amtool
needs prometheus-alertmanager "$ALERTMANAGER" alertmanager prometheus-alertmanager
needs victoria-metrics "$VICTORIA_METRICS" victoria-metrics
[ -z "$packages" ] && exit 0
command -v apt-get >/dev/null && command -v dpkg >/dev/null || exit 0
echo "fetching$packages into .tools/ (once)"
work=$(mktemp -d) || exit 0
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" .tools
apt() {
  apt-get -qq -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}
cd "$work" && apt update >/dev/null 2>&1
for package in $packages; do
  apt download "$package" >/dev/null 2>&1 && dpkg -x "$package"_*.deb unpacked ||
    echo "$package could not be fetched; put its programs on PATH, or their paths into PROMTOOL, PROMETHEUS, AMTOOL, ALERTMANAGER and VICTORIA_METRICS" >&2
done
for program in promtool prometheus amtool prometheus-alertmanager victoria-metrics; do
  [ -x "unpacked/usr/bin/$program" ] && mv "unpacked/usr/bin/$program" "$top/.tools/$program"
done
rm -rf "$work"
exit 0
