"""A process that has imported everything and forks a kernel for each notebook: half of it is the host's
handle (`Zygote`, `ForkedProcess`), half runs in the process itself (`serve`).

A forked kernel shares nothing with any other and starts without importing; measured, a report takes a third
of the time.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

START_TIMEOUT = 120.0  # seconds; a loaded machine imports slowly
PRELOAD = ("ipykernel.kernelapp", "IPython.display", "nbformat", "pandas", "plotly.io")
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "PLOTLY_RENDERER": "plotly_mimetype"}


class ForkedProcess:
    """The host's handle on a kernel that is the zygote's child: signals go, and the exit status comes,
    over a socket, so that no signal can reach a process that has since taken the same number."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid, self._channel = pid, channel
        self.returncode: int | None = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """The exit status, or None while the kernel runs; the zygote's own death counts as a kill."""
        with self._lock:
            if self.returncode is None:
                try:
                    status = self._channel.recv(4)
                except BlockingIOError:
                    return None
                except OSError:
                    status = b""
                self.returncode = struct.unpack("!i", status)[0] if status else -signal.SIGKILL
                self._channel.close()
            return self.returncode

    def wait(self) -> int:
        """The exit status, once there is one."""
        while (status := self.poll()) is None:
            time.sleep(0.01)
        return status

    def send_signal(self, number: int) -> None:
        """Sends a signal to the kernel and all it started."""
        with self._lock, contextlib.suppress(OSError):
            if self.returncode is None:
                self._channel.send(bytes([number]))

    def kill(self) -> None:
        """Ends the kernel at once."""
        self.send_signal(signal.SIGKILL)


class Zygote:
    """The host's handle on the process that kernels are forked from; it warms up while the host goes on."""

    def __init__(self, preload: Sequence[str], runtime: Path) -> None:
        self._control, theirs = socket.socketpair()
        self._ready = False
        code = f"from {__name__} import serve; serve({theirs.fileno()}, {list(preload)!r}, {str(runtime)!r})"
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", code],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **ENVIRONMENT},
                start_new_session=True,
            )

    def fork(self, command: list[str], environment: Mapping[str, str], directory: str) -> ForkedProcess:
        """A new kernel; OSError where the zygote did not start or is no more. One thread at a time."""
        if not self._ready:
            self._control.settimeout(START_TIMEOUT)
            answer = self._control.recv(4096).decode()
            if answer != "ready":
                raise ConnectionError(answer or "the process to fork from did not start")
            self._ready = True
        request = {"command": command, "environment": dict(environment), "directory": directory}
        channel, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._control, [b"k"], [theirs.fileno()])
            channel.settimeout(START_TIMEOUT)
            channel.sendall(json.dumps(request).encode() + b"\n")
            pid = channel.recv(4)
            if not pid:
                raise ConnectionError("the process to fork from is gone")
            channel.setblocking(False)
        except OSError:
            channel.close()
            raise
        return ForkedProcess(struct.unpack("!i", pid)[0], channel)

    def close(self) -> None:
        """Ends the zygote, which ends its kernels first."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(timeout=5 if self._ready else 0.1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._control.close()


# What follows runs in the zygote.


def serve(descriptor: int, preload: Sequence[str], runtime: str) -> None:
    """Forks a kernel for each request that comes over the socket, until the host is gone or says so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the host to answer
    with socket.socket(fileno=descriptor) as control:
        try:
            _warm_up(preload)
        except BaseException as error:
            control.sendall(f"{type(error).__name__}: {error}"[:1000].encode())
            return
        control.sendall(b"ready")
        _serve(control)
    shutil.rmtree(runtime, ignore_errors=True)


def _warm_up(preload: Sequence[str]) -> None:
    """Imports everything, draws a figure once, and makes sure that it is safe to fork."""
    for name in (*PRELOAD, *preload):
        import_module(name)
    import plotly.graph_objects
    import plotly.io
    import zmq
    from ipykernel.kernelapp import IPKernelApp

    plotly.io.show(plotly.graph_objects.Figure(plotly.graph_objects.Bar(y=[1])))
    tasks = Path("/proc/self/task")
    threads = len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()
    if threads > 1:
        raise RuntimeError(f"{threads} threads run after the imports")
    if zmq.Context._instance is not None or IPKernelApp.initialized():
        raise RuntimeError("the imports started a kernel or its sockets")
    gc.collect()
    gc.freeze()


def _serve(control: socket.socket) -> None:
    reading, writing = socket.socketpair()
    reading.setblocking(False)
    writing.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    kernels: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([control, reading, *kernels.values()], [], [])
        if reading in ready:
            reading.recv(4096)
        for pid, channel in kernels.items():
            if channel in ready:
                _forward_signal(pid, channel)
        _reap(kernels)
        if control in ready and not _accept(control, kernels, (control, reading, writing)):
            break
    for pid in kernels:
        _signal_group(pid, signal.SIGKILL)
    for pid in kernels:
        os.waitpid(pid, 0)


def _accept(control: socket.socket, kernels: dict[int, socket.socket], own: Sequence[socket.socket]) -> bool:
    """Forks the kernel that is asked for next; False when the host closed the socket."""
    try:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    except ConnectionError:
        return False
    if not message:
        return False
    channel = socket.socket(fileno=descriptors[0])
    with channel.makefile("rb") as lines:
        line = lines.readline()
    try:
        pid = os.fork() if line else -1
    except OSError:
        pid = -1
    if pid == 0:
        for inherited in (*own, *kernels.values(), channel):
            inherited.close()
        _become_kernel(json.loads(line))
    if pid == -1:
        channel.close()
        return True
    kernels[pid] = channel
    with contextlib.suppress(OSError):
        channel.sendall(struct.pack("!i", pid))
    return True


def _forward_signal(pid: int, channel: socket.socket) -> None:
    """Passes on the host's signal; a host that is gone, or let go of the kernel, wants it ended."""
    try:
        sent = channel.recv(1)
    except ConnectionError:
        sent = b""
    _signal_group(pid, sent[0] if sent else signal.SIGKILL)


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:  # it has not made its own group yet, or is dead and waits to be reaped
        os.kill(pid, number)


def _reap(kernels: dict[int, socket.socket]) -> None:
    for pid in list(kernels):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)  # what the notebook started and left behind
            with kernels.pop(pid) as channel, contextlib.suppress(OSError):
                channel.sendall(struct.pack("!i", os.waitstatus_to_exitcode(status)))


def _become_kernel(request: Mapping[str, Any]) -> NoReturn:
    """Turns the forked child into the kernel that `python -m ipykernel_launcher …` would be."""
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["directory"])
        sys.argv = request["command"][2:]
        random.seed()
        sys.modules["numpy"].random.seed()
        from ipykernel.kernelapp import IPKernelApp

        # The environment's JPY_PARENT_PID was read at import, in the zygote.
        IPKernelApp.launch_instance(
            argv=[*request["command"][3:], f"--IPKernelApp.parent_handle={os.getppid()}"]
        )
        status = 0
    finally:
        os._exit(status)
