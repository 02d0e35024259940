"""What is asked of each server, over sockets; each trial returns the table's cell."""

import signal
import subprocess
import threading
import time
from contextlib import ExitStack, suppress

import psutil

from fluxrate.tests.live_site import Wire

from .candidates import HELLO, is_up

BROKEN = (OSError, ValueError, IndexError)


def _request(line, *headers, body=b""):
    head = [f"{line} HTTP/1.1", "Host: localhost", *headers, "", ""]
    return "\r\n".join(head).encode() + body


def header_bytes(server):
    """A header of UTF-8 reaches the application with all its bytes."""
    with Wire(server.port) as wire:
        answer = wire.send(_request("GET /echo", "X-Reason: Müller")).answer()
    if answer.status != 200:
        return f"refused, {answer.status}"
    seen = answer.json().get("HTTP_X_REASON")
    return "preserved" if seen == "Müller".encode().decode("latin-1") else f"{seen!r}"


def chunked(server):
    """A body in chunks reaches the application, with a length."""
    body = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    sent = _request("POST /echo", "Transfer-Encoding: chunked", body=body)
    with Wire(server.port) as wire:
        answer = wire.send(sent).answer()
    if answer.status != 200:
        return f"refused, {answer.status}"
    return "read" if answer.json()["size"] == 11 else "taken for empty"


def early_refusal(server):
    """Answers of 20 POSTs of 200 kB on one connection, whose body nobody reads."""
    answered = 0
    with suppress(*BROKEN), Wire(server.port) as wire:
        for _ in range(20):
            wire.send(_request("POST /refuse", "Content-Length: 200000"))
            wire.send(b"x" * 200_000)
            answer = wire.answer()
            answered += answer.status == 401
            if (answer.headers["Connection"] or "").lower() == "close":
                return f"{answered} of 20, then says close"
    return f"{answered} of 20"


def _ordinary(server, number=50, patience=5):
    """The 99th percentile of requests on new connections, or how many fail."""
    durations, failed = [], 0
    for _ in range(number):
        began = time.monotonic()
        try:
            with Wire(server.port, patience) as wire:
                assert wire.send(HELLO).answer().status == 200
        except BROKEN:
            failed += 1
        durations.append(time.monotonic() - began)
        if failed == 3:
            return f"**{failed} of {len(durations)} fail**"
    slowest = sorted(durations)[int(len(durations) * 0.99)] * 1_000
    return f"{slowest:.0f} ms" + (f", {failed} fail" if failed else "")


def idle(server, number=5_000):
    """Ordinary requests beside 5,000 connections that send nothing."""
    with ExitStack() as stack:
        try:
            for _ in range(number):
                stack.enter_context(Wire(server.port, 5))
        except OSError:
            return "**refuses to connect**"
        return _ordinary(server)


def _beside(server, wires, step):
    """Ordinary requests while each connection makes a step a second."""
    ended = threading.Event()

    def go_on():
        while not ended.wait(1):
            for wire in wires:
                with suppress(*BROKEN):
                    step(wire)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        return _ordinary(server)
    finally:
        ended.set()
        thread.join()


def _slow(server, sent):
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(server.port, 5)) for _ in range(200)]
        for wire in wires:
            wire.send(sent)
        return _beside(server, wires, lambda wire: wire.send(b"x"))


def slow_headers(server):
    """Ordinary requests beside 200 that send a byte of a header a second."""
    return _slow(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")


def slow_bodies(server):
    """Ordinary requests beside 200 that send a byte of their body a second."""
    return _slow(server, _request("POST /echo", "Content-Length: 900"))


def slow_readers(server):
    """Ordinary requests beside 200 that read a byte of 2 MB a second."""
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(server.port, 5)) for _ in range(200)]
        for wire in wires:
            wire.send(_request("GET /send?2000000")).socket.settimeout(0)
        # Two hundred answers take their time; only those that wait for ever count.
        time.sleep(8)
        return _beside(server, wires, lambda wire: wire.socket.recv(1))


def pipelining(server):
    """Twenty requests at once are answered in their order."""
    lines = [_request(f"GET /send?{number}") for number in range(1, 21)]
    with suppress(*BROKEN), Wire(server.port) as wire:
        wire.send(b"".join(lines))
        sizes = [len(wire.answer().body) for _ in lines]
        return "in order" if sizes == list(range(1, 21)) else f"{sizes}"
    return "**breaks off**"


def continues(server):
    """A client that waits for 100 Continue gets it, and then its answer."""
    sent = _request("POST /echo", "Expect: 100-continue", "Content-Length: 5")
    with suppress(*BROKEN), Wire(server.port, 3) as wire:
        first = wire.send(sent).answer().status
        if first != 100:
            return f"{first} at once"
        return "yes" if wire.send(b"hello").answer().json()["size"] == 5 else "no"
    return "never"


def terminated(server):
    """How many of 30 requests in flight are answered after SIGTERM."""
    statuses = []

    def ask():
        with suppress(*BROKEN), Wire(server.port, 20) as wire:
            statuses.append(wire.send(_request("GET /wait?300")).answer().status)

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    time.sleep(0.25)
    server.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join()
    return f"{statuses.count(200)} of 30"


def killed(server, times=20):
    """Whether it serves after all of its processes were killed 20 times."""
    longest = 0.0
    for number in range(1, times + 1):
        for worker in server.workers():
            with suppress(psutil.NoSuchProcess):
                worker.kill()
        began = time.monotonic()
        if not is_up(server.port, 15) or server.process.poll() is not None:
            return f"**ends after {number}**"
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.5)
    return f"serves, back within {longest:.1f} s"


def endless_headers(server, size=2_000_000):
    """How a header of 2 MB that does not end is answered, or whether it is taken."""
    with suppress(*BROKEN), Wire(server.port, 3) as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        with suppress(OSError):
            for _ in range(size // 50_000):
                wire.send(b"x" * 50_000)
        return str(wire.answer().status)
    with suppress(OSError), Wire(server.port, 3) as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        for _ in range(size // 50_000):
            wire.send(b"x" * 50_000)
        wire.send(b"\r\n\r\n")
        return "**takes all**" if wire.answer().status == 200 else "refused"
    return "cut off"


def refusal(server):
    """The content type in which nonsense is refused."""
    with suppress(*BROKEN), Wire(server.port, 5) as wire:
        answer = wire.send(b"GET / nonsense\r\n\r\n").answer()
        return f"{answer.status}, {answer.headers['Content-Type'] or 'empty'}"
    return "cut off"


def unfinished(server, patience=100):
    """After how many seconds a header that stays unfinished ends its connection."""
    began = time.monotonic()
    with suppress(*BROKEN), Wire(server.port, patience) as wire:
        wire.send(b"GET / HTTP/1.1\r\nX: ").socket.recv(1)
        return f"{time.monotonic() - began:.0f} s"
    return f"**open after {patience} s**"


def cpu(server, seconds=2):
    """Microseconds of CPU a request over 8 connections, and requests a second."""
    address = f"http://127.0.0.1:{server.port}/"
    wrk = ["wrk", "-t1", "-c8", "-H", "Cookie: access_token=xxxxxxxx"]
    subprocess.run([*wrk, "-d1", address], capture_output=True, check=True)
    before = _spent(server)
    ran = subprocess.run(
        [*wrk, f"-d{seconds}", address], capture_output=True, check=True, text=True
    )
    requests = int(ran.stdout.split(" requests in")[0].split()[-1])
    return (_spent(server) - before) / requests * 1e6


def _spent(server):
    spent = 0.0
    for process in server.tree():
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent += times.user + times.system
    return spent


TRIALS = {
    "header above ASCII": header_bytes,
    "chunked body": chunked,
    "401 before the body is read": early_refusal,
    "5,000 idle": idle,
    "200 slow headers": slow_headers,
    "200 slow bodies": slow_bodies,
    "200 slow readers": slow_readers,
    "pipelining": pipelining,
    "100-continue": continues,
    "SIGTERM, 30 in flight": terminated,
    "killed 20 times": killed,
    "2 MB of headers": endless_headers,
    "nonsense": refusal,
    "an unfinished header ends": unfinished,
}
