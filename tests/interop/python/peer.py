"""Debian's python3-thrift, as server and as client of interop.thrift.

    peer.py server                   prints "listen NAME PORT TRANSPORT..." for each server and "ready"; ends when its input
                                     ends
    peer.py client ADDR TRANSPORT... makes all calls over each transport; prints "pass|fail|skip TRANSPORT CASE [WHY]"

A transport is unframed, framed or theader, then binary, accelerated (binary in C), compact or json: framed-compact. Behind it
there may be "+zlib" (theader) or "+multiplexed". The generated package must be in PYTHONPATH.
"""

import os
import socket
import sys
import threading
import time

from thrift import TMultiplexedProcessor
from thrift.Thrift import TApplicationException
from thrift.protocol import TBinaryProtocol, TCompactProtocol, THeaderProtocol, TJSONProtocol, TMultiplexedProtocol
from thrift.server import TNonblockingServer, TServer
from thrift.transport import THeaderTransport, TSocket, TTransport

from interop import Interop, Next
from interop.ttypes import Color, Everything, Point, Refused

PROTOCOLS = {
    "binary": TBinaryProtocol.TBinaryProtocolFactory(),
    "accelerated": TBinaryProtocol.TBinaryProtocolAcceleratedFactory(fallback=False),
    "compact": TCompactProtocol.TCompactProtocolFactory(),
    "json": TJSONProtocol.TJSONProtocolFactory(),
}


class Handler:
    def __init__(self):
        self.count = 0

    def ping(self):
        pass

    def echo(self, value):
        return value

    def join(self, first, second, third, fourth, fifth):
        return f"{first}/{second}/{third[0]}+{third[1]}/{fourth.x},{fourth.y}/{fifth['k']}"

    def divide(self, dividend, divisor):
        if divisor == 0:
            raise Refused(1, "division by zero", ["try 1"])
        return dividend // divisor

    def fail(self, text):
        raise RuntimeError(text)

    def note(self, text):
        self.count += 1

    def notes(self):
        return self.count

    def business(self, text):
        return text

    def meta(self, name):
        header = getattr(CURRENT, "header", None)
        if header is None:
            return ""
        header.set_header(b"backward", b"back to " + name.encode())
        return header.get_headers().get(name.encode(), b"").decode()

    def wait(self, milliseconds):
        time.sleep(milliseconds / 1000)
        return milliseconds

    def stop(self):
        pass


# The header protocol of the call that a thread is answering.
CURRENT = threading.local()


class WithHeader:
    """A processor that lets handlers see the headers."""

    def __init__(self, processor):
        self.processor = processor

    def process(self, input_protocol, output_protocol):
        CURRENT.header = output_protocol if isinstance(output_protocol, THeaderProtocol.THeaderProtocol) else None
        return self.processor.process(input_protocol, output_protocol)


def processor():
    result = TMultiplexedProcessor.TMultiplexedProcessor()
    result.registerDefault(Interop.Processor(Handler()))
    result.registerProcessor("Interop", Interop.Processor(Handler()))
    return WithHeader(result)


class Listening(TSocket.TServerSocket):
    """A server's socket that says when it listens, and where."""

    def __init__(self, name, transports):
        super().__init__("127.0.0.1", 0)
        self.name = name
        self.transports = transports
        self.ready = threading.Event()

    def listen(self):
        if self.ready.is_set():  # TNonblockingServer asks again
            return
        super().listen()
        print("listen", self.name, self.handle.getsockname()[1], *self.transports, flush=True)
        self.ready.set()


def start(name, transports, make):
    listening = Listening(name, transports)
    threading.Thread(target=make(listening).serve, daemon=True).start()
    listening.ready.wait()


def serve():
    for coding, protocol in PROTOCOLS.items():
        wire = coding.replace("accelerated", "binary")
        for layer, factory, kind in (
                ("unframed", TTransport.TBufferedTransportFactory(), TServer.TSimpleServer),
                ("framed", TTransport.TFramedTransportFactory(), TServer.TThreadedServer)):
            transport = f"{layer}-{wire}"
            start(f"{kind.__name__[1:-6].lower()}-{layer}-{coding}", [transport, transport + "+multiplexed"],
                  lambda s, f=factory, k=kind, p=protocol: k(processor(), s, f, p))
    for coding in ("binary", "compact"):
        start(f"nonblocking-{coding}", [f"framed-{coding}"],
              lambda s, p=PROTOCOLS[coding]: TNonblockingServer.TNonblockingServer(processor(), s, p))
    kinds = [THeaderTransport.THeaderClientType.HEADERS, THeaderTransport.THeaderClientType.FRAMED_BINARY,
             THeaderTransport.THeaderClientType.UNFRAMED_BINARY, THeaderTransport.THeaderClientType.FRAMED_COMPACT,
             THeaderTransport.THeaderClientType.UNFRAMED_COMPACT]
    start("threaded-theader",
          ["theader-binary", "theader-compact", "theader-binary+zlib", "theader-compact+zlib", "unframed-binary",
           "unframed-compact", "framed-binary", "framed-compact"],
          lambda s: TServer.TThreadedServer(processor(), s, TTransport.TTransportFactoryBase(),
                                            THeaderProtocol.THeaderProtocolFactory(allowed_client_types=kinds)))
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)  # the servers' threads know no end


def sample():
    end = Point(3, -4, "end")
    plain = Point(1, 2)
    return Everything(True, -8, -1600, 320000, -6400000000, 0.1, "h\u00e9llo \u2603 \"q\"", b"\x00\x01\xfe\xff", Color.GREEN,
                      end, [plain, end], {"one": 1}, {7}, [True, False, True], {2: [plain]})


def equal(got, want):
    assert got == want, f"{got!r:.200} instead of {want!r:.200}"


class Row:
    def __init__(self, name):
        self.name = name
        self.failures = 0

    def check(self, name, test):
        try:
            test()
            print("pass", self.name, name, flush=True)
            return True
        except Exception as problem:  # whatever a peer makes of it
            self.failures += 1
            print("fail", self.name, name, f"{type(problem).__name__}: {problem}".replace("\n", " "), flush=True)
            return False

    def application_exception(self, codes, call):
        try:
            call()
        except TApplicationException as exception:
            assert exception.type in codes, f"code {exception.type}: {exception.message}"
            return
        raise AssertionError("no exception of the peer")

    def call(self, address):
        kind, *options = self.name.split("+")
        layer, coding = kind.split("-")
        host, port = address.rsplit(":", 1)
        wire = TSocket.TSocket(host, int(port), socket_family=socket.AF_INET)
        wire.setTimeout(5000)
        if layer == "theader":
            numbers = THeaderTransport.THeaderSubprotocolID
            protocol = THeaderProtocol.THeaderProtocol(
                wire, [THeaderTransport.THeaderClientType.HEADERS],
                default_protocol=numbers.COMPACT if coding == "compact" else numbers.BINARY)
            if "zlib" in options:
                protocol.add_transform(THeaderTransport.THeaderTransformID.ZLIB)
        else:
            wrap = TTransport.TFramedTransport if layer == "framed" else TTransport.TBufferedTransport
            protocol = PROTOCOLS[coding].getProtocol(wrap(wire))
        named = TMultiplexedProtocol.TMultiplexedProtocol(protocol, "Interop") if "multiplexed" in options else protocol
        client = Interop.Client(protocol, named)
        if not self.check("connect", wire.open) or not self.check("ping", client.ping):
            return
        self.check("echo", lambda: equal(client.echo(sample()), sample()))
        large = sample()
        large.text = "x" * 300000
        self.check("large", lambda: equal(client.echo(large), large))
        self.check("join", lambda: equal(client.join(-5, "two", [3, 4], Point(6, 7), {"k": 8}), "-5/two/3+4/6,7/8"))
        self.check("divide", lambda: equal(client.divide(7, 2), 3))

        def refuse():
            try:
                client.divide(1, 0)
            except Refused as refused:
                equal(refused, Refused(1, "division by zero", ["try 1"]))
                return
            raise AssertionError("nothing is refused")
        self.check("exception", refuse)
        # Some servers say 6 (an internal error), others 0.
        self.check("error", lambda: self.application_exception(
            (TApplicationException.INTERNAL_ERROR, TApplicationException.UNKNOWN), lambda: client.fail("told to fail")))

        def notes():
            before = client.notes()
            client.note("a")
            client.note("b")
            equal(client.notes(), before + 2)
        self.check("oneway", notes)
        self.check("wait", lambda: equal(client.wait(1), 1))
        if layer == "theader":
            def header():
                protocol.set_header(b"LASTING", b"stays")
                equal(client.meta("LASTING"), "stays")
                equal(protocol.get_headers().get(b"backward"), b"back to LASTING")
            self.check("metainfo", header)
        self.check("unknown", lambda: self.application_exception(
            (TApplicationException.UNKNOWN_METHOD,), lambda: Next.Client(protocol).unheard("x")))
        self.check("after", client.ping)
        wire.close()


def main(arguments):
    if arguments == ["server"]:
        serve()
    elif len(arguments) > 2 and arguments[0] == "client":
        rows = [Row(name) for name in arguments[2:]]
        for row in rows:
            row.call(arguments[1])
        return any(row.failures for row in rows)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
