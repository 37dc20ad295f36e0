"""Addresses as the web gives them -> one canonical address for one article."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

# Parameters that name the way a reader came, not what is read. After the lists of ClearURLs and of courlan.
_TRACKING = re.compile(
    r"(utm_\w*|mtm_\w*|pk_\w*|hsa_\w*|fbclid|gclid|dclid|gbraid|wbraid|yclid|ysclid|msclkid|twclid|igshid|mc_[ce]id|"
    r"_openstat|wt_\w*|cmpid|ocid|ns_\w*|ref_src|ref_url|smid|smtyp|partner|xtor|at_\w+|traffic_source|amp|outputtype)",
    re.IGNORECASE,
)
_AMP_PATH = re.compile(r"(?:/amp(?=/|$)|\.amp(?=\.html?$|$))", re.IGNORECASE)
_OTHER_HOSTS = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")
_PORTS = {"http": 80, "https": 443}
_LONGEST = 2_000


def is_fetchable(url: str) -> bool:
    """Whether an address is an absolute http(s) one with a host, of bearable length."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= _LONGEST
    except ValueError:
        return False


def canonical(url: str) -> str:
    """The address without tracking, fragment, default port, AMP, mobile and www; idempotent; never raises.

    What is no http(s) address comes back unchanged, but for the white space around it.
    """
    url = url.strip()
    if not is_fetchable(url):
        return url
    try:
        parts = urlsplit(url)
        host = _host(parts.hostname or "")
        port = parts.port
    except ValueError:
        return url
    if port and port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"
    query = [
        (key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(key)
    ]
    return urlunsplit((parts.scheme, host, _path(parts.path), urlencode(sorted(query)), ""))


def _host(host: str) -> str:
    """Lower case, punycode for international names, no www., m., mobile. or amp. before a name that has more parts."""
    host = host.lower().rstrip(".")
    if ":" in host:
        return f"[{host}]"
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return host
    while (shorter := _OTHER_HOSTS.sub("", host)) != host:
        host = shorter
    return host


def _path(path: str) -> str:
    path = _AMP_PATH.sub("", path)
    while "//" in path:
        path = path.replace("//", "/")
    path = quote(unquote(path), safe="/:@!$&'()*+,;=~-._") if "%25" not in path else path
    return path.rstrip("/") or "/"
