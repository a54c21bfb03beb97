"""Nostra's formats and their verification: pure, synchronous, without a node."""

__all__: list[str] = []
