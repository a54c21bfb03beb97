"""Measure a node as its users meet it: over HTTP, durable, side by side with others in one run.

`docs/benchmarks.md` says what each row means. The parts:

- `load` is the generator, a program of its own: it makes requests beforehand, sends them over raw asyncio sockets,
  counts the answers and keeps a sample;
- `node`, `bare`, `peer` and `litewitness` are what is measured: a node with its database, an HTTP server that does
  nothing, Tessera's POSIX driver, and a witness of Go's world;
- `work` has one module per row or family of rows;
- `report` is the table and the JSON file, `machine` what they were measured on.
"""
