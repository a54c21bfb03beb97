"""Requests as the bytes that are sent."""

from collections.abc import Mapping


def post(path: str, body: bytes, media_type: str, headers: Mapping[str, str]) -> bytes:
    """Return a POST request; the connection is kept open after it."""
    return _head("POST", path, {**headers, "Content-Type": media_type, "Content-Length": str(len(body))}) + body


def get(path: str, headers: Mapping[str, str]) -> bytes:
    """Return a GET request; the connection is kept open after it."""
    return _head("GET", path, headers)


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii")
