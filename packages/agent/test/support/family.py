"""A program with a family of processes, for tests. It writes the ids of all of them to a file, then waits for its own end."""

import ctypes
import os
import signal
import sys
import threading
import time

kind, pids = sys.argv[1], sys.argv[2]
# Whatever becomes of the test, nothing of this outlives it for long: a storm that went on would load the machine.
DEADLINE = time.monotonic() + 90


def note():
    with open(pids, "a") as file:
        file.write(f"{os.getpid()}\n")


def wait():
    while time.monotonic() < DEADLINE:
        time.sleep(1)
    os._exit(0)


def fork(run):
    """Runs this in a new process, which then waits for its end."""
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        run()
        wait()


def daemon():
    """Twice forked, in a session of its own, in the root: as servers do."""
    if os.fork() != 0:
        os._exit(0)
    os.setsid()
    os.chdir("/")
    note()
    wait()


def own_group():
    os.setpgid(0, 0)
    note()


def stopped():
    note()
    os.kill(os.getpid(), signal.SIGSTOP)


def zombie():
    if os.fork() == 0:
        os._exit(0)
    note()


def threads_alone():
    """Its first thread ends; the others go on."""
    note()
    threading.Thread(target=wait, daemon=True).start()
    time.sleep(0.1)
    ctypes.CDLL(None).syscall(60 if os.uname().machine == "x86_64" else 93, 0)


def storm(leave):
    """Hands itself on from process to process, without a pause."""
    note()
    while time.monotonic() < DEADLINE:
        if os.fork() != 0:
            os._exit(0)
        if leave:
            os.setsid()


def vforks():
    note()
    while time.monotonic() < DEADLINE:
        os.posix_spawn("/bin/true", ["true"], os.environ)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass


kinds = {
    "alone": [],
    "grandchild": [note],
    "grandchildren": [lambda: (note(), fork(note), fork(lambda: (note(), fork(note))))],
    "daemon": [daemon],
    "own-group": [own_group],
    "stopped": [stopped],
    "zombie": [zombie],
    "threads-alone": [threads_alone],
    "storm": [lambda: storm(False)],
    "leaving-storm": [lambda: storm(True)],
    "vforks": [vforks, vforks],
}
for each in kinds[kind]:
    fork(each)
time.sleep(0.3)
note()
with open(pids, "a") as file:
    file.write("ready\n")
wait()
