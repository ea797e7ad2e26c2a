"""`URL`: a str with the parts of a URL as attributes, under the names of httpx."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

__all__ = ["URL"]


class URL(str):
    """A URL. It is a str whose parts are attributes."""

    @cached_property
    def _parts(self) -> SplitResult:
        return urlsplit(self)

    @property
    def scheme(self) -> str:
        """The scheme, such as "https"."""
        return self._parts.scheme

    @property
    def host(self) -> str:
        """The host in lower case, without the brackets of an IPv6 address."""
        return self._parts.hostname or ""

    @property
    def port(self) -> int | None:
        """The port, or None."""
        return self._parts.port

    @property
    def netloc(self) -> bytes:
        """Host and port, without a user name."""
        return self._parts.netloc.rpartition("@")[2].encode()

    @property
    def path(self) -> str:
        """The path."""
        return self._parts.path

    @property
    def query(self) -> bytes:
        """The query, without its question mark."""
        return self._parts.query.encode()

    @property
    def fragment(self) -> str:
        """The fragment, without its number sign."""
        return self._parts.fragment

    @property
    def raw_path(self) -> bytes:
        """The path with the query."""
        return (self.path + (f"?{self._parts.query}" if self._parts.query else "")).encode()

    @property
    def params(self) -> dict[str, str]:
        """The query parameters. Of parameters with one name this is the last one."""
        return dict(parse_qsl(self._parts.query, keep_blank_values=True))

    @property
    def is_absolute_url(self) -> bool:
        """True if the URL has a scheme and a host."""
        return bool(self.scheme and self.host)

    @property
    def is_relative_url(self) -> bool:
        """True if the URL is a path."""
        return not self.is_absolute_url

    def copy_with(self, **parts: Any) -> URL:
        """Return the URL with other parts: `scheme`, `host`, `port`, `path`, `raw_path`, `query` or `fragment`.

        Raises:
            TypeError: A part is unknown.
        """
        if unknown := parts.keys() - {"scheme", "host", "port", "path", "raw_path", "query", "fragment"}:
            raise TypeError(f"{sorted(unknown)[0]!r} is an invalid keyword argument for URL()")
        texts = {name: part.decode() if isinstance(part, bytes) else part for name, part in parts.items()}
        if "raw_path" in texts:
            texts["path"], _, texts["query"] = texts.pop("raw_path").partition("?")
        if texts.keys() & {"host", "port"}:
            user, at, _ = self._parts.netloc.rpartition("@")
            host, port = texts.pop("host", self.host), texts.pop("port", self.port)
            host = f"[{host}]" if ":" in host else host
            texts["netloc"] = user + at + host + (f":{port}" if port is not None else "")
        return URL(self._parts._replace(**{name: text or "" for name, text in texts.items()}).geturl())
