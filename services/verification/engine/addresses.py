"""What a web address tells about the page behind it: one article, or a page that cannot carry evidence."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from services.verification.engine.vocabulary import spaced

TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|cmpid|ref|ref_src|source|s_cid|at_\w+|__twitter\w*)$"
)
HOST_PREFIX = re.compile(r"^(www\d?|m|mobile|amp)\.")
QUERY_WORDS = frozenset({"q", "query", "search", "s", "keyword", "keywords", "term", "searchterm", "search_query", "p"})
SEARCH_HOSTS = re.compile(
    r"(^|\.)(google\.[a-z.]+|bing\.com|duckduckgo\.com|search\.yahoo\.com|baidu\.com|yandex\.[a-z]+|ecosia\.org|startpage\.com|search\.brave\.com)$"
)
REGISTRY_HOSTS = re.compile(
    r"(^|\.)(whois[\w-]*\.[a-z.]+|who\.is|icann\.org|domaintools\.com|dnslytics\.com|similarweb\.com|archive\.today)$"
)
SEARCH_PATH = re.compile(r"/(search|suche|recherche|buscar|find|results?|serp)(/|\.\w+$|$)", re.IGNORECASE)
REGISTRY_PATH = re.compile(r"/(whois|dns|domain-?lookup)(/|$)", re.IGNORECASE)
GATE_PATH = re.compile(
    r"/(log-?in|sign-?in|sign-?up|register|subscribe|subscription|paywall|checkout|account|auth|consent|cookie-wall)(/|\.\w+$|$)",
    re.IGNORECASE,
)
LISTING_PATH = re.compile(
    r"/(tags?|category|categories|topics?|sections?|authors?|archives?|feeds?|rss|atom|sitemap[\w-]*|page)(/[^/]*)?/?(\.\w+)?$",
    re.IGNORECASE,
)
SECTION_WORDS = frozenset(
    spaced("""news world politics business sport sports opinion opinions culture science technology tech health local latest live home index default main start en
us uk int international national economy money travel weather video videos photos about contact breaking-news top-stories headlines frontpage front-
page markets lifestyle entertainment arts climate environment education""")
)
FEED_FILE = re.compile(r"\.(rss|atom|xml)$", re.IGNORECASE)


def canonical_url(url: str) -> str:
    """One spelling per page: no scheme, www, mobile prefix, fragment, tracking or trailing slash; host in lower case."""
    parts = urlsplit(url.strip())
    host = HOST_PREFIX.sub("", (parts.hostname or "").lower().rstrip("."))
    query = urlencode(sorted((k, v) for k, v in parse_qsl(parts.query) if not TRACKING.match(k.lower())))
    path = re.sub(r"/(amp|index\.\w+)?/*$", "", parts.path)
    return host + path + (f"?{query}" if query else "")


def site_of(url: str) -> str:
    """The host without its usual prefixes; empty when the address has none."""
    return HOST_PREFIX.sub("", (urlsplit(url.strip()).hostname or "").lower().rstrip("."))


def domains_above(url: str) -> list[str]:
    """The host of an address and the domains it lies under, nearest first."""
    host = site_of(url)
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return [host] if host else []
    return [".".join(labels[at:]) for at in range(len(labels) - 1)]


def under_domain(url: str, domains: frozenset[str]) -> bool:
    """True when the address lies on one of the domains or below it."""
    host = site_of(url)
    return any(
        host == domain or host.endswith("." + domain) for domain in (d.lower().removeprefix("www.") for d in domains)
    )


def not_an_article(url: str) -> str:
    """Why a page at this address cannot carry evidence, in words for people; empty when it can.

    Evidence is one article, dataset or document: not a front page, a section, a list, a search result, a log-in or
    subscription page, a feed, or a domain registration record.
    """
    parts = urlsplit(url.strip())
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return "not a web address"
    host, path = site_of(url), parts.path or "/"
    keys = {key.lower() for key, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if REGISTRY_HOSTS.search(host) or REGISTRY_PATH.search(path):
        return "a domain record, not an article"
    if SEARCH_HOSTS.search(host) and (keys & QUERY_WORDS or path in ("/", "/search", "/url")):
        return "a search result page"
    if SEARCH_PATH.search(path) or (keys & (QUERY_WORDS - {"p", "s"})):
        return "a search result page"
    if GATE_PATH.search(path):
        return "a log-in or subscription page"
    if FEED_FILE.search(path) or LISTING_PATH.search(path):
        return "a list of articles, not an article"
    return _front_or_section(path, keys)


def _front_or_section(path: str, keys: set[str]) -> str:
    segments = [segment for segment in path.lower().split("/") if segment]
    words = [re.sub(r"\.\w{2,5}$", "", segment) for segment in segments]
    if keys & {"p", "id", "article", "story", "storyid", "articleid", "newsid"}:
        return ""
    if not words or all(word in SECTION_WORDS for word in words):
        return (
            "a section page"
            if len(words) > 1 or (words and words[0] not in ("index", "home", "default", "en"))
            else "a front page"
        )
    if "s" in keys and len(words) < 2:
        return "a search result page"
    return ""
