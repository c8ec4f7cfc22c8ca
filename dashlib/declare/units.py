"""Grafana's units: which exist, and the nearest to one that does not."""

from __future__ import annotations

import functools
from types import MappingProxyType
from typing import Final

from dashlib.errors import DeclarationError

_CUSTOM_PREFIXES = ("suffix:", "prefix:", "time:", "si:", "count:", "currency:")

# The ids of the value formats that Grafana's unit picker offers.
_UNITS = frozenset((
    "Bps", "EHs", "GBs", "GHs", "Gbits", "GiBs", "Gibits", "Hs", "KBs", "KHs", "Kbits", "KiBs", "Kibits", "MBs", "MHs",
    "Mbits", "MiBs", "Mibits", "Mohm", "Nm3", "PBs", "PHs", "Pbits", "PiBs", "Pibits", "TBs", "THs", "Tbits", "TiBs",
    "Tibits", "Wm2", "accFS2", "accG", "accMS2", "acres", "amp", "amph", "arcmin", "arcsec", "areaF2", "areaM2",
    "areaMI2", "binBps", "binbps", "bits", "bool", "bool_on_off", "bool_yes_no", "bps", "bytes", "candela", "celsius",
    "clockms", "clocks", "congNm3", "congm3", "conmgNm3", "conmgdL", "conmgm3", "conmmolL", "conngNm3", "conngm3",
    "conppb", "conμgNm3", "conμgm3", "cpm", "cps", "currencyBGN", "currencyBRL", "currencyBTC", "currencyCHF",
    "currencyCZK", "currencyDKK", "currencyEUR", "currencyGBP", "currencyIDR", "currencyILS", "currencyINR",
    "currencyISK", "currencyJPY", "currencyKRW", "currencyMYR", "currencyNOK", "currencyPHP", "currencyPLN",
    "currencyPYG", "currencyRUB", "currencySEK", "currencyTRY", "currencyUAH", "currencyUSD", "currencyUYU",
    "currencyVND", "currencyXPF", "currencyZAR", "currencymBTC", "currencyμBTC", "d", "dB", "dBm", "dateTimeAsIso",
    "dateTimeAsIsoNoDateIfToday", "dateTimeAsLocal", "dateTimeAsLocalNoDateIfToday", "dateTimeAsSystem", "dateTimeAsUS",
    "dateTimeAsUSNoDateIfToday", "dateTimeFromNow", "decbits", "decbytes", "decgbytes", "deckbytes", "decmbytes",
    "decpbytes", "dectbytes", "degree", "dm3", "dtdhms", "dtdurationms", "dtdurations", "dthms", "eflops", "epm", "eps",
    "ev", "fahrenheit", "farad", "ffarad", "flops", "flowcfm", "flowcfs", "flowcms", "flowgpm", "flowlpm", "flowmlpm",
    "forceN", "forceNm", "forcekN", "forcekNm", "gallons", "gbytes", "gflops", "grad", "gwatt", "h", "hectares",
    "henry", "hertz", "hex", "hex0x", "humidity", "iops", "joule", "kamp", "kamph", "kbytes", "kelvin", "kohm", "kvolt",
    "kvoltamp", "kvoltampreact", "kwatt", "kwatth", "kwattm", "lengthcm", "lengthft", "lengthin", "lengthkm", "lengthm",
    "lengthmi", "lengthmm", "litre", "litreh", "locale", "lumens", "lux", "m", "m3", "mamp", "mamph", "massg", "masskg",
    "masslb", "massmg", "masst", "mbytes", "megwatt", "mflops", "mhenry", "mlitre", "mohm", "mpm", "mps", "ms", "mvolt",
    "mwatt", "mwatth", "nfarad", "none", "ns", "ohm", "opm", "ops", "pbytes", "percent", "percentunit", "pfarad",
    "pflops", "pixel", "ppm", "pps", "pressurebar", "pressurehg", "pressurehpa", "pressurekbar", "pressurekpa",
    "pressurembar", "pressurepa", "pressurepsi", "radbq", "radci", "radexpckg", "radgy", "radian", "radmsv", "radmsvh",
    "radr", "radrad", "radrem", "radsv", "radsvh", "radusv", "radusvh", "recpm", "recps", "reqpm", "reqps", "rotdegs",
    "rotghz", "rothz", "rotkhz", "rotmhz", "rotrads", "rotrpm", "rowspm", "rowsps", "rpm", "rps", "s", "sci", "short",
    "sishort", "string", "tbytes", "tflops", "timeticks", "velocitykmh", "velocityknot", "velocitymph", "velocityms",
    "volt", "voltamp", "voltampreact", "watt", "watth", "watthperkg", "wpm", "wps", "yflops", "zflops", "µfarad",
    "µhenry", "µs",
))  # fmt: skip


# What people write for one of them, in small letters.
_MEANT: Final = MappingProxyType(
    {
        **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
        **dict.fromkeys(("milliseconds", "millis", "msec"), "ms"),
        **dict.fromkeys(("us", "μs", "microseconds"), "µs"),
        **dict.fromkeys(("nanoseconds", "nanos"), "ns"),
        **dict.fromkeys(("min", "mins", "minute", "minutes"), "m"),
        **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
        **dict.fromkeys(("day", "days"), "d"),
        **dict.fromkeys(("b", "byte"), "bytes"),
        **dict.fromkeys(("kb", "kib"), "kbytes"),
        **dict.fromkeys(("mb", "mib"), "mbytes"),
        **dict.fromkeys(("gb", "gib"), "gbytes"),
        **dict.fromkeys(("b/s", "bytes/s", "bytes/sec"), "Bps"),
        **dict.fromkeys(("%", "pct", "percentage"), "percent"),
        **dict.fromkeys(("ratio", "percent_unit", "percent-unit"), "percentunit"),
        **dict.fromkeys(("req/s", "requests/s", "requests/sec"), "reqps"),
        **dict.fromkeys(("ops/s", "ops/sec"), "ops"),
        **dict.fromkeys(("count", "number", "int"), "short"),
    }
)


def known_units() -> frozenset[str]:
    """Return the ids of Grafana's units."""
    return _UNITS


@functools.cache
def check_unit(unit: str) -> str:
    """Return a Grafana unit id unchanged.

    Raises:
        DeclarationError: Grafana has no such unit; the message names the nearest.
    """
    if unit in known_units() or unit.startswith(_CUSTOM_PREFIXES):
        return unit
    import difflib

    meant = _MEANT.get(unit.lower())
    near = [meant] if meant else difflib.get_close_matches(unit, known_units(), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise DeclarationError(f"Grafana has no unit {unit!r}{hint} (write a unit of your own as 'suffix:rows')")
