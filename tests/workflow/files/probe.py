"""A child that tries what an attacker inside it would try; see test_opening."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable

from workflow.confined import confine, given


def main() -> None:
    question, means, content = given()
    confine(means)
    if question["try"] == "everything":
        tries = {"file": _file, "socket": socket.socket, "memory": _memory, "process": _process}
        told = [f"{name} {_outcome(act)}" for name, act in tries.items()]
        secrets = [name for name in os.environ if name.startswith("XUEJIBAN")]
        told.append(f"environment {'full' if secrets else 'bare'}")
        sys.stdout.write(f"{content.decode()}: {', '.join(told)}")
    else:
        MISDEEDS[question["try"]]()


def _outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except (OSError, MemoryError):
        return "closed"
    return "open"


def _file() -> None:
    with open(__file__, encoding="utf-8"):
        pass


def _memory() -> None:
    bytearray(600 * 1024 * 1024)


def _process() -> None:
    subprocess.run(["true"], check=True)


def _loop() -> None:
    while True:
        pass


def _silence() -> None:
    time.sleep(60)


def _flood() -> None:
    while True:
        sys.stdout.write("x" * 1000)


def _crash() -> None:
    sys.stdout.write("half an answer")
    sys.stdout.flush()
    os.abort()


def _exit() -> None:
    sys.exit(3)


MISDEEDS = {"loop": _loop, "silence": _silence, "flood": _flood, "crash": _crash, "exit": _exit}

if __name__ == "__main__":
    main()
