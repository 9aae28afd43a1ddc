"""Clients in processes of their own: kept-alive connections that post, wait and post again."""

import selectors
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Final

from api.bench.results import cores

ANSWER_SECONDS: Final = 60  # a server that does not answer for so long has failed
RECEIVE_BYTES: Final = 1 << 20
WARM_SHARE: Final = 0.2  # of the time: the first groups meet cold caches
HEAD_END: Final = b"\r\n\r\n"

Answered = tuple[float, float]  # when an answer was whole, and after how many seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the clients saw after warming up: requests a second, and each one's seconds.

    `posted` says how many requests of each chain were answered, warming up included.
    """

    rate: float
    seconds: list[float]
    posted: list[int]


@dataclass(slots=True)
class _Client:
    """One connection; `waiting` are its requests in order, the last one first."""

    socket: socket.socket
    waiting: list[bytes]
    posted: int = 0
    sent: float = 0.0
    answer: bytearray = field(default_factory=bytearray)


def drive(port: int, chains: Sequence[list[bytes]], *, seconds: float) -> Load:
    """Send every chain over a connection of its own, for `seconds` or until none is left.

    Raises RuntimeError when an answer is neither 200 nor 201.
    """
    processes = min(cores(), len(chains))
    context = get_context("spawn")  # nothing of this process's threads and sockets
    running = []
    for _ in range(processes):
        here, there = context.Pipe()
        process = context.Process(target=_run, args=(there, port, seconds), daemon=True)
        process.start()
        there.close()
        running.append((process, here))
    for number, (_, pipe) in enumerate(running):
        # Not as an argument: starting a process would wait for ever on one that fails at once.
        _tell(pipe, [*chains[number::processes]])
    for _, pipe in running:
        _told(pipe)  # connected and answered once: spawning is over
    for _, pipe in running:
        _tell(pipe, None)
    found: list[Answered] = []
    posted = [0] * len(chains)
    for number, (process, pipe) in enumerate(running):
        answers, posted[number::processes] = _told(pipe)
        found.extend(answers)
        process.join()
    return _load(found, posted, seconds)


def _tell(pipe: Connection, words: object) -> None:
    try:
        pipe.send(words)
    except OSError as error:
        raise RuntimeError("a client's process ended before it began") from error


def _told(pipe: Connection) -> tuple[list[Answered], list[int]]:
    """What a client's process says. Raises RuntimeError with its words when it failed."""
    try:
        told = pipe.recv()
    except EOFError as error:
        raise RuntimeError("a client's process ended without a word") from error
    if isinstance(told, str):
        raise RuntimeError(told)  # noqa: TRY004 — an answer, not an argument
    answers, posted = told
    return answers, posted


def _load(found: list[Answered], posted: list[int], seconds: float) -> Load:
    if not found:  # one request each, which only said that the server is there
        return Load(rate=0.0, seconds=[], posted=posted)
    begin = min(when - after for when, after in found)
    warm = [(when, after) for when, after in found if when >= begin + seconds * WARM_SHARE]
    if len(warm) <= 1:  # a run of an instant
        warm = found
    first = min(when - after for when, after in warm)
    span = max(when for when, _ in warm) - max(first, begin + seconds * WARM_SHARE)
    rate = len(warm) / span if span > 0 else float(len(warm))
    return Load(rate=rate, seconds=[after for _, after in warm], posted=posted)


def _run(pipe: Connection, port: int, seconds: float) -> None:
    try:
        clients = [_connect(port, chain) for chain in pipe.recv()]
        pipe.send(([], []))
        pipe.recv()
        found = _post_all(clients, perf_counter() + seconds)
        pipe.send((found, [client.posted for client in clients]))
    except (OSError, RuntimeError) as error:
        pipe.send(f"a client failed: {error}")


def _connect(port: int, chain: list[bytes]) -> _Client:
    connection = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client = _Client(connection, chain[:0:-1])
    if chain:
        connection.sendall(chain[0])
        while not _is_answered(client):
            client.answer += _received(client)
        client.answer.clear()
        client.posted = 1
    return client


def _post_all(clients: list[_Client], until: float) -> list[Answered]:
    found: list[Answered] = []
    with selectors.DefaultSelector() as selector:
        open_clients = [client for client in clients if client.waiting]
        for client in open_clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
            _send_next(client)
        while selector.get_map():
            ready = selector.select(ANSWER_SECONDS)
            if not ready:
                raise RuntimeError(f"no answer within {ANSWER_SECONDS} s")
            for key, _ in ready:
                client = key.data
                client.answer += _received(client)
                if not _is_answered(client):
                    continue
                now = perf_counter()
                found.append((now, now - client.sent))
                client.answer.clear()
                client.posted += 1
                if client.waiting and now < until:
                    _send_next(client)
                else:
                    selector.unregister(client.socket)
    for client in clients:
        client.socket.close()
    return found


def _send_next(client: _Client) -> None:
    client.sent = perf_counter()
    client.socket.sendall(client.waiting.pop())


def _received(client: _Client) -> bytes:
    received = client.socket.recv(RECEIVE_BYTES)
    if not received:
        raise RuntimeError("the server closed the connection")
    return received


def _is_answered(client: _Client) -> bool:
    """Whether the whole answer is there. Raises RuntimeError unless it is good and has a length."""
    answer = client.answer
    end = answer.find(HEAD_END)
    if end < 0:
        return False
    head = bytes(answer[:end]).lower()
    if not head.startswith((b"http/1.1 200", b"http/1.1 201")):
        raise RuntimeError(bytes(answer[:2_000]).decode(errors="replace"))
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    return len(answer) >= end + len(HEAD_END) + length
