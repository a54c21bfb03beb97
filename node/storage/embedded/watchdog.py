"""End the server when the node has gone: for systems where the kernel does not (all but Linux).

Run as a program of its own, ``python watchdog.py SERVER``, with a pipe from the node as its input. The node never
writes; the pipe closes when the node ends, however it ends. It imports nothing of the node, so that it stays small.
"""

import os
import signal
import sys


def main() -> None:
    """Wait for the pipe to close, then ask the server for a fast shutdown."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()
    try:
        os.kill(int(sys.argv[1]), signal.SIGINT)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    main()
