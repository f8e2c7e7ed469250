"""Speaking to a server over a socket, in whole conversations."""

import concurrent.futures
import contextlib
import select
import socket

READ_SIZE = 1 << 16

# A pause in which a waiting server usually receives a piece by itself. No reply may depend on it.
BREATH = 0.0005
PAUSE = 0.1


def read_to_end(link):
    """Everything the server sends until it closes. A reset after the last reply is an end too."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := link.recv(READ_SIZE):
            parts.append(part)
    return b"".join(parts)


def read_until(link, ending):
    """Everything the server sends, up to and including `ending`."""
    received = bytearray()
    while not received.endswith(ending):
        part = link.recv(READ_SIZE)
        if not part:
            raise AssertionError(f"closed before {ending!r}; got {bytes(received[-200:])!r}")
        received += part
    return bytes(received)


def read_exactly(link, size):
    received = bytearray()
    while len(received) < size:
        part = link.recv(min(READ_SIZE, size - len(received)))
        if not part:
            raise AssertionError(f"closed after {len(received)} of {size} bytes")
        received += part
    return bytes(received)


def send_pieces(link, pieces):
    """Sends each piece by itself. A server that has hung up takes no more, which is no error."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for number, piece in enumerate(pieces):
            if number:
                select.select([link], [], [], BREATH)
            link.sendall(piece)


def read_for_now(link):
    """The bytes that the server sends until it pauses."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while select.select([link], [], [], PAUSE)[0] and (part := link.recv(READ_SIZE)):
            parts.append(part)
    return b"".join(parts)


def converse(server, *pieces):
    """Sends the pieces, then the end of the stream; returns all that comes back.

    What is answered when the client has finished sending is independent of time, so two servers,
    or two cuts of the same bytes, can be compared. memcached throws away what it has read but not
    looked at if the end of the stream comes when its 16 KiB buffer is full, so it gets a pause.
    """
    with server.connect() as link:
        send_pieces(link, pieces)
        received = read_for_now(link) if sum(map(len, pieces)) > 8192 else b""
        with contextlib.suppress(OSError):
            link.shutdown(socket.SHUT_WR)
        return received + read_to_end(link)


def ask(link, request, ending=b"\r\n"):
    """One request on an open connection, and its reply up to `ending`."""
    link.sendall(request)
    return read_until(link, ending)


def is_served(server):
    """True if a new client is accepted and gets a reply."""
    with server.connect() as link:
        link.sendall(b"version\r\nquit\r\n")
        return read_to_end(link).startswith(b"VERSION")


def read_while_stopping(server, link):
    """Stops the server as soon as its reply begins. Returns the whole reply."""
    begun = read_exactly(link, 100)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(server.stop)
        received = begun + read_to_end(link)
        stopping.result()  # or the error that it has ended with
    return received


def stats(server, *arguments):
    """The reply to `stats` as a dictionary of text."""
    with server.connect() as link:
        lines = ask(link, " ".join(("stats", *arguments)).encode() + b"\r\n", b"END\r\n")
    rows = (line.split(" ", 2) for line in lines.decode().split("\r\n") if line.startswith("STAT "))
    return {row[1]: row[2] if len(row) > 2 else "" for row in rows}
