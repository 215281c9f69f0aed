"""Runs a command on a terminal of its own: terminal.py COLUMNS INPUT COMMAND... INPUT is typed at the first question."""
import fcntl
import os
import pty
import struct
import sys
import termios

columns, typed, command = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    # The size is set before the command looks.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(command[0], command)
printed = b""
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    printed += part
    sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()
    if typed and b"? " in printed:
        os.write(terminal, typed + b"\r")
        typed = b""
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
