"""The load generator: raw HTTP/1.1 over asyncio, in a process of its own.

A client program that parses, pools and retries costs more than the server that it measures, and would be measured
with it. Here requests are bytes made beforehand, an answer is its status and as many bytes as it says, and each
connection has one request under way at a time.
"""
