"""A process that forks writers on demand, so that many real processes start at once.

Reads one JSON list a line, [job, argument, …], forks a child that does the job, and answers with
the child's process id. An empty line waits for all children and answers with their exit codes.
Nothing in this process starts a thread, so forking it is safe; the children do all the work.
"""

import itertools
import json
import os
import signal
import sys
import traceback
from pathlib import Path

import pandas as pd

from liveattr.lake import open_lake


def frame(codes, value):
    return pd.DataFrame({"kind": "sku", "code": list(codes), "value": str(value)})


def ready(path):
    Path(path).write_text("ready", encoding="utf-8")


def replace_forever(path, rows, flag):
    """Every version has `rows` rows with one value."""
    lake = open_lake(path, memory_limit="200MB", threads=1)
    for n in itertools.count(1):
        lake.write("dimension", frame(range(rows), f"{os.getpid()}-{n}"))
        if n == 1:
            ready(flag)


def upsert_forever(path, rows, flag):
    """Every version has each code once, and whole blocks of ten codes with one value."""
    lake = open_lake(path, memory_limit="200MB", threads=1)
    for n in itertools.count(1):
        block = n % (rows // 10)
        lake.write(
            "dimension",
            frame(range(block * 10, block * 10 + 10), f"{os.getpid()}-{n}"),
            mode="upsert",
        )
        if n == 1:
            ready(flag)


def upsert_own_and_shared(path, first, times, shared):
    """Add one code of one's own and renew the shared ones, so many times."""
    lake = open_lake(path, memory_limit="200MB", threads=1)
    for n in range(times):
        codes = [first + n, *range(shared)]
        lake.write("dimension", frame(codes, f"{first}-{n}"), mode="upsert")


def append_rows(path, first, times):
    lake = open_lake(path, memory_limit="200MB", threads=1)
    for n in range(times):
        lake.write("dimension", frame([first + n], first), mode="append")


def hold_forever(path, name, flag):
    with open_lake(path, memory_limit="200MB", threads=1).lock(name):
        ready(flag)
        while True:
            pass


def erase_and_die(path, step, calls):
    """Erase the codes under 10, and be killed when a step of it is called for the n-th time."""
    from liveattr.lake import delta
    from liveattr.lake.erase import Erase, erase

    place = Path if step == "unlink" else delta
    real, left = getattr(place, step), itertools.count(1)

    def deadly(*given, **named):
        if next(left) == calls:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)

    setattr(place, step, deadly)
    erase(open_lake(path, memory_limit="200MB", threads=1), {"dimension": Erase("code < 10")})


def answer(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main():
    jobs = globals()
    children = []
    for line in sys.stdin:
        if line.strip():
            name, *arguments = json.loads(line)
            pid = os.fork()
            if pid == 0:
                try:
                    jobs[name](*arguments)
                    os._exit(0)
                except BaseException:
                    traceback.print_exc()
                    os._exit(1)
            children.append(pid)
            answer(pid)
        else:
            answer([os.waitpid(pid, 0)[1] for pid in children])
            children = []


if __name__ == "__main__":
    main()
