#!/usr/bin/env python3
"""Builds the peers of this folder and lets each call wirejit and be called by it: see tests/README.md.

A program of a peer is started in two ways:
    PROGRAM server                   prints "listen NAME PORT TRANSPORT..." for each of its servers, then "ready"; it ends when its
                                     standard input ends
    PROGRAM client ADDR TRANSPORT... makes all calls over each transport; prints "pass|fail|skip TRANSPORT CASE [WHY]"
A transport has options behind it, such as framed-compact+multiplexed. Those that begin with "no-" say what a server cannot do;
only wirejit's client heeds them.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build" / "interop"
IDL = HERE / "interop.thrift"
PROTO = HERE / "interop.proto"
RELEASE = ROOT / "build" / "release"
FETCH_LIMIT = 120   # seconds for packages, each try
BUILD_LIMIT = 420   # seconds for one build
START_LIMIT = 20    # seconds until a server is ready
CLIENT_LIMIT = 60   # seconds for a client and its transports

THRIFT_CODINGS = ("binary", "compact", "json")


class Skip(Exception):
    """A part that cannot be run here, and why."""


class Broken(Exception):
    """A part that should run, and does not."""


def run(command, limit, cwd=None, env=None, log=None):
    """Runs a command; raises Broken with the end of its output if it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit, check=False)
    except subprocess.TimeoutExpired as late:
        raise Broken(f"{' '.join(map(str, command))[:80]}: no end after {limit} s") from late
    output = done.stdout.decode(errors="replace")
    if log:
        log.write_text(output)
    if done.returncode:
        last = " / ".join(output.strip().splitlines()[-3:])[-300:]
        raise Broken(f"{' '.join(map(str, command))[:80]}: exit code {done.returncode}: {last}")
    return output


def fetch(command, cwd):
    """A command that needs a registry of packages: three tries, then a reason to skip."""
    problem = None
    for pause in (2, 10, 0):
        try:
            return run(command, FETCH_LIMIT, cwd=cwd, env=GO)
        except Broken as failed:
            problem = failed
        time.sleep(pause)
    raise Skip(f"packages cannot be had: {problem}")


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise Skip(f"there is no {tool}")


def copy(names, source, target):
    """Copies what has changed, so that compilers and caches see old files as old."""
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        old, new = target / name, (source / name).read_bytes()
        if not old.exists() or old.read_bytes() != new:
            old.write_bytes(new)


GO = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false"}


def thrift_compiler(target, generator):
    need("thrift")
    target.mkdir(parents=True, exist_ok=True)
    run(["thrift", "-out", str(target), "--gen", generator, str(IDL)], 60)


def layers(layered, codings, options=("", "+multiplexed")):
    return [f"{layer}-{coding}{option}" for layer in layered for coding in codings for option in options]


def build_cpp(folder):
    need("g++")
    thrift_compiler(folder / "gen", "cpp:no_skeleton")
    if not pathlib.Path("/usr/include/thrift/server/TNonblockingServer.h").exists():
        raise Skip("libthrift-dev is not installed")
    if not pathlib.Path("/usr/include/event.h").exists():
        raise Skip("libevent-dev is not installed")
    launcher = ["ccache"] if shutil.which("ccache") else []
    sources = [HERE / "cpp" / "main.cc", *(folder / "gen" / f"{n}.cpp" for n in ("Interop", "Next", "interop_types"))]
    objects = []
    for source in sources:
        objects.append(folder / (source.stem + ".o"))
        run([*launcher, "g++", "-std=c++20", "-Wall", f"-I{folder / 'gen'}", "-c", str(source), "-o", str(objects[-1])],
            BUILD_LIMIT)
    program = folder / "cpp-thrift"
    run(["g++", *map(str, objects), "-o", str(program), "-lthriftnb", "-lthriftz", "-lthrift", "-levent", "-lpthread"], BUILD_LIMIT)
    return [str(program)], {}


def build_python(folder):
    python = "/usr/bin/python3"
    try:
        run([python, "-c", "import thrift"], 20)
    except (Broken, OSError) as missing:
        raise Skip("python3-thrift is not installed") from missing
    thrift_compiler(folder / "gen", "py")
    return [python, "-B", str(HERE / "python" / "peer.py")], {"PYTHONPATH": str(folder / "gen")}


def build_node(folder):
    need("node", "npm")
    copy(["package.json", "package-lock.json", "peer.js"], HERE / "node", folder)
    stamp = folder / "node_modules" / ".package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        fetch(["npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    thrift_compiler(folder / "gen", "js:node,es6")
    return ["node", str(folder / "peer.js")], {}


def go_ready(folder):
    """Raises Skip if this Go is too old for the module."""
    need("go")
    wanted = re.search(r"^go (\d+)\.(\d+)", (folder / "go.mod").read_text(), re.MULTILINE)
    have = re.search(r"go(\d+)\.(\d+)", run(["go", "version"], 20, env=GO))
    if tuple(map(int, have.groups())) < tuple(map(int, wanted.groups())):
        raise Skip(f"{have[0]} is older than go{wanted[1]}.{wanted[2]}")


def build_go(folder):
    copy(["main.go", "go.mod", "go.sum"], HERE / "go", folder)
    go_ready(folder)
    thrift_compiler(folder / "gen-go", "go:package_prefix=interop/gen-go/")
    for remote in (folder / "gen-go" / "interop").glob("*-remote"):
        shutil.rmtree(remote)
    fetch(["go", "list", "-deps", "."], folder)
    run(["go", "build", "-o", "go-thrift", "."], BUILD_LIMIT, cwd=folder, env=GO)
    return [str(folder / "go-thrift")], {}


def build_kitex(folder):
    copy(["main.go", "server.go", "client.go", "go.mod", "go.sum"], HERE / "kitex", folder)
    copy([IDL.name, PROTO.name], HERE, folder)
    go_ready(folder)
    tool = "github.com/cloudwego/kitex/tool/cmd/kitex"
    fetch(["go", "list", "-deps", tool], folder)
    run(["go", "build", "-o", "kitex-tool", tool], BUILD_LIMIT, cwd=folder, env=GO)
    shutil.rmtree(folder / "kitex_gen", ignore_errors=True)
    for options in (["-streamx", IDL.name], [PROTO.name]):
        run(["./kitex-tool", "-module", "interop", "-no-dependency-check", *options], 60, cwd=folder, env=GO)
    fetch(["go", "list", "-deps", "."], folder)
    run(["go", "build", "-o", "kitex", "."], BUILD_LIMIT, cwd=folder, env=GO)
    return [str(folder / "kitex")], {"INTEROP_QUIET": "1"}


def build_wirejit(folder):
    if not (RELEASE / "build.ninja").exists():
        raise Broken("there is no build/release: cmake --preset release")
    need("protoc")
    copy([IDL.name, PROTO.name], HERE, folder)
    run(["protoc", f"-I{HERE}", "-o", str(folder / "interop.binpb"), str(PROTO)], 60)
    run(["cmake", "--build", str(RELEASE), "--target", "interop_wirejit", "wirejit_tool"], BUILD_LIMIT)
    return [str(RELEASE / "tests" / "interop_wirejit"), str(folder)], {}


KITEX_ROWS = ["unframed-binary", "framed-binary", "ttheader", "ttheader+meta", "ttheader-framed", "ttheader-framed+meta", "mux",
              "mux+meta", "protobuf", "protobuf+meta", "streams", "streams+meta", "ttheader+meta+stop", "mux+meta+stop"]
PLAIN = layers(("unframed", "framed"), THRIFT_CODINGS)
THEADER = layers(("theader",), ("binary", "compact"), ("",))
ZLIB = layers(("theader",), ("binary", "compact"), ("+zlib",))
# What builds each peer, and which transports its client has.
PEERS = {
    "cpp": (build_cpp, PLAIN + THEADER),
    "python": (build_python, PLAIN + ["framed-accelerated", "unframed-accelerated"] + THEADER + ZLIB),
    "node": (build_node, PLAIN),
    "go": (build_go, PLAIN + THEADER + ZLIB),
    "kitex": (build_kitex, KITEX_ROWS),
}
# Its client does not compress, its server inflates.
OURS = ("wirejit", (build_wirejit, PLAIN + THEADER + KITEX_ROWS))


class Peer:
    """One peer, which is built by a thread."""

    def __init__(self, name, build, rows):
        self.name, self.build, self.rows = name, build, rows
        self.command, self.env, self.problem, self.seconds = None, {}, None, 0.0

    def make(self):
        begin = time.monotonic()
        folder = BUILD / self.name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.command, self.env = self.build(folder)
        except (Skip, Broken, OSError) as problem:
            self.problem = problem
        self.seconds = time.monotonic() - begin


class Server:
    """A running server of a peer: `listeners` is a list of (name, port, transports)."""

    def __init__(self, peer):
        self.peer = peer
        self.listeners = []
        log = open(BUILD / f"{peer.name}-server.log", "wb")
        self.process = subprocess.Popen([*peer.command, "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                        env={**os.environ, **peer.env}, text=True)
        log.close()
        ready = threading.Event()
        threading.Thread(target=self.read, args=(ready,), daemon=True).start()
        if not ready.wait(START_LIMIT) or self.process.poll() is not None:
            self.stop()
            raise Broken(f"the server of {peer.name} is not ready: see {peer.name}-server.log")

    def read(self, ready):
        for line in self.process.stdout:
            word, *rest = line.split()
            if word == "listen":
                self.listeners.append((rest[0], int(rest[1]), rest[2:]))
            elif word == "ready":
                ready.set()
        ready.set()

    def stop(self):
        """Ends the server; returns what was wrong with its end."""
        self.process.stdin.close()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "did not end with its input"
        return f"ended with {code}" if code else None


class Summary:
    """Rows of results: one for each peer, direction, server and transport."""

    def __init__(self):
        self.rows = []
        self.notes = {}
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def add(self, peer, direction, transport, passed=0, failures=(), skipped=""):
        self.counts["passed"] += passed
        self.counts["failed"] += len(failures)
        self.counts["skipped"] += 1 if skipped else 0
        if failures:
            result = "FAILED " + "; ".join(failures)[:400] + f" ({passed} passed)"
        elif skipped:
            result = "skipped: " + skipped
        else:
            result = f"{passed} passed"
        row = (peer, direction, transport, result)
        self.rows.append(row)
        print("  ".join(row), flush=True)

    def note(self, case, why):
        self.notes[case + ": " + why] = self.notes.get(case + ": " + why, 0) + 1

    def show(self):
        print("\npeer     direction        transport                                result")
        for peer, direction, transport, result in self.rows:
            print(f"{peer:8} {direction:16} {transport:40} {result}")
        for note, count in self.notes.items():
            print(f"left out {count} times: {note}")
        print("{passed} passed, {failed} failed, {skipped} skipped".format(**self.counts))
        return 1 if self.counts["failed"] else 0


def strip(row):
    return re.sub(r"\+no-[a-z]+", "", row)


def client(summary, peer, direction, name, command, env, port, rows, judged=None):
    """Runs a client over some transports. `judged`: the cases that count; all, without it."""
    full = [*command, "client", f"127.0.0.1:{port}", *rows]
    try:
        done = subprocess.run(full, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors="replace", env={**os.environ, **env}, timeout=CLIENT_LIMIT, check=False)
        output, code, errors = done.stdout, done.returncode, done.stderr
    except subprocess.TimeoutExpired as late:
        output, code = (late.stdout or b"").decode(errors="replace"), f"no end after {CLIENT_LIMIT} s"
        errors = (late.stderr or b"").decode(errors="replace")
    with open(BUILD / f"{peer}.log", "a", encoding="utf-8") as log:
        log.write(f"# {direction}: {' '.join(full)}\n{output}{errors}# exit code {code}\n")
    results = {row: (0, []) for row in rows}
    for line in output.splitlines():
        verdict, row, case, *why = line.split(" ", 3) + [""]
        if row not in results or verdict not in ("pass", "fail", "skip"):
            continue
        if verdict == "skip":
            summary.note(case, why[0])
        elif judged is None or case in judged:
            passed, failures = results[row]
            if verdict == "pass":
                results[row] = (passed + 1, failures)
            else:
                failures.append(f"{case}: {why[0]}")
    for row, (passed, failures) in results.items():
        if not passed and not failures:
            failures.append(f"no result, exit code {code}: {errors.strip()[-200:]}")
        elif code not in (0, 1) and not failures and row == rows[-1]:
            failures.append(f"exit code {code}")
        summary.add(peer, direction, f"{name} {row}" if name else row, passed, failures)


def against(summary, server_peer, client_peer, peer, direction):
    """All that a client has in common with the servers of another peer."""
    try:
        server = Server(server_peer)
    except Broken as broken:
        summary.add(peer, direction, "-", failures=[str(broken)])
        return
    try:
        for name, port, offered in server.listeners:
            rows = [row if client_peer.name == OURS[0] else strip(row) for row in offered if strip(row) in client_peer.rows]
            # A server that was told to stop is gone: last, and one of these rows only.
            rows = [row for row in rows if "+stop" not in row] + [row for row in rows if "+stop" in row][:1]
            if rows:
                client(summary, peer, direction, name, client_peer.command, client_peer.env, port, rows)
    finally:
        problem = server.stop()
    if problem:
        summary.add(peer, direction, "-", failures=[f"the server {problem}: see {server_peer.name}-server.log"])


# ---- The command line

VALUE = {
    "flag": True, "tiny": -8, "small": -1600, "medium": 320000, "large": -6400000000, "ratio": 0.1,
    "text": "h\u00e9llo \u2603 \"q\"", "blob": "AAH+/w==", "color": "GREEN", "point": {"x": 3, "y": -4, "label": "end"},
    "points": [{"x": 1, "y": 2}], "counts": {"one": 1}, "numbers": [7], "flags": [True, False, True],
    "nested": {"2": [{"x": 9, "y": 9}]},
}
ITEM = {"number": 150, "text": "h\u00e9llo", "values": ["1", "-2", "1099511627776"], "parts": {"a": {"number": -1}}}
REFUSED = {"refused": {"code": 1, "reason": "division by zero", "hints": ["try 1"]}}
# Case, method, data, exit code (6: a declared exception, 7: another error of the peer), lines that are printed.
JOIN = {"first": -5, "second": "two", "third": [3, 4], "fourth": {"x": 6, "y": 7}, "fifth": {"k": 8}}
CALLS = [
    ("ping", "Interop/ping", [{}], 0, [None]),
    ("echo", "Interop/echo", [{"value": VALUE}], 0, [VALUE]),
    ("join", "Interop/join", [JOIN], 0, ["-5/two/3+4/6,7/8"]),
    ("divide", "Interop/divide", [{"dividend": 7, "divisor": 2}], 0, [3]),
    ("exception", "Interop/divide", [{"dividend": 1, "divisor": 0}], 6, [REFUSED]),
    ("error", "Interop/fail", [{"text": "told to fail"}], 7, []),
    ("oneway", "Interop/note", [{"text": "a"}], 0, []),
    ("unknown", "Next/unheard", [{"text": "x"}], 7, []),
]
BUSINESS = [("business", "Interop/business", [{"text": "no business"}], 7, [])]
ITEM_CALLS = [
    ("echo", "Items/EchoItem", [ITEM], 0, [ITEM]),
    ("error", "Items/FailItem", [{"text": "told to fail"}], 7, []),
]
ITEM_BUSINESS = [("business", "Items/RejectItem", [{"text": "no business"}], 7, [])]
PIECES = [{"number": n, "text": "t"} for n in range(3)]
STREAMS = [
    ("gather", "Streams/gather", PIECES, 0, [{"number": 3, "text": "ttt"}]),
    ("spread", "Streams/spread", [{"number": 3, "text": "t"}], 0, PIECES),
    ("converse", "Streams/converse", PIECES, 0, [{"number": 2 * p["number"], "text": "t"} for p in PIECES]),
    ("business", "Streams/converse", [{"number": 0, "text": "refuse"}], 7, []),
]


def cli():
    return str(RELEASE / "tools" / "wirejit")


def call_by_cli(port, row):
    """All calls of `wirejit call` that a server's transport has: (passed, failures)."""
    kind, *options = row.split("+")
    if kind == "streams":
        calls, arguments = STREAMS, ["--transport", "ttheader"]
    elif kind == "protobuf":
        calls, arguments = ITEM_CALLS + (ITEM_BUSINESS if "meta" in options else []), []
    elif kind.startswith("ttheader"):
        calls, arguments = CALLS + (BUSINESS if "meta" in options else []), ["--transport", kind]
    else:
        transport, protocol = kind.split("-")
        calls, arguments = CALLS, ["--transport", transport, "--protocol", protocol]
    if "multiplexed" in options:
        arguments.append("--multiplexed")
    if "meta" in options:
        arguments += ["-H", "3=wirejit", "-H", "1=unframed"]
    idl = str(BUILD / OURS[0] / "interop.binpb") if kind == "protobuf" else str(IDL)
    passed, failures = 0, []
    for case, method, data, code, lines in calls:
        if case == "echo" and "value" in data[0]:
            value = {**VALUE, **({"flags": []} if "no-flags" in options else {}), **({"large": 1} if "no-negative" in options else {})}
            data, lines = [{"value": value}], [value]
        text = "\n".join(map(json.dumps, data))
        full = [cli(), "call", f"127.0.0.1:{port}", method, "-d", text, "--idl", idl, "--timeout", "5000", *arguments]
        try:
            done = subprocess.run(full, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  timeout=20, check=False)
            printed = [json.loads(line) for line in done.stdout.splitlines()]
        except (subprocess.TimeoutExpired, ValueError) as problem:
            failures.append(f"{case}: {problem}"[:200])
            continue
        if case == "unknown" and "multiplexed" in options and done.returncode == 4:
            code = 4  # some close the connection
        # A oneway method prints nothing, or null.
        if done.returncode == code and (printed == lines or (case == "oneway" and printed == [None])):
            passed += 1
        else:
            said = done.stderr.strip() or done.stdout.strip()
            failures.append(f"{case}: exit code {done.returncode} instead of {code}: {said}"[:200])
    return passed, failures


def cli_against(summary, peer):
    """`wirejit call` to the servers of a peer: each transport once."""
    try:
        server = Server(peer)
    except Broken as broken:
        summary.add(peer.name, "wirejit call", "-", failures=[str(broken)])
        return
    seen = set()
    for name, port, offered in server.listeners:
        for row in offered:
            if row not in seen and "+zlib" not in row and "+stop" not in row and not row.startswith("mux"):
                seen.add(row)
                summary.add(peer.name, "wirejit call", f"{name} {row}", *call_by_cli(port, row))
    server.stop()


REPLIES = {
    "Interop.ping": None, "Interop.join": "-5/two/3+4/6,7/8", "Interop.divide": 3,
    "Interop.fail": {"$error": "told to fail"}, "Interop.wait": 1,
    "Interop.business": {"$biz": {"code": 1001, "message": "no business", "extra": {"key": "value"}}},
}
# What clients can find right: answers that do not depend on the arguments, and arguments that come back.
WITH_REPLIES = {"connect", "ping", "join", "divide", "error", "wait", "business", "unknown", "after"}
WITH_ECHO = {"connect", "ping", "echo", "large", "wait", "in-flight", "after"}


def against_cli(summary, peer):
    """A peer's client and `wirejit serve`."""
    replies = BUILD / "replies.json"
    replies.write_text(json.dumps(REPLIES))
    served = BUILD / "served.thrift"  # without the service that no server has
    served.write_text(re.sub(r"service Next \{.*?\n\}\n", "", IDL.read_text(), flags=re.DOTALL))
    rows = [row for row in peer.rows
            if not row.startswith(("streams", "protobuf", "mux")) and "+stop" not in row and "+multiplexed" not in row]
    for options, judged in ((["--replies", str(replies)], WITH_REPLIES), (["--echo"], WITH_ECHO)):
        command = [cli(), "serve", "127.0.0.1:0", "--idl", str(served), *options]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        try:
            port = int(process.stdout.readline().strip().rpartition(":")[2] or 0)
            client(summary, peer.name, "wirejit serve", options[0], peer.command, peer.env, port, rows, judged)
        except ValueError:
            summary.add(peer.name, "wirejit serve", options[0], failures=["it does not say where it listens"])
        finally:
            process.terminate()
            try:
                code = process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                code = "no end after SIGTERM"
            if code:
                summary.add(peer.name, "wirejit serve", options[0], failures=[f"exit code {code}"])


def main():
    parser = argparse.ArgumentParser(prog="tests/interop.sh thrift")
    parser.add_argument("--cross", action="store_true", help="peers among themselves, without wirejit")
    parser.add_argument("peers", nargs="*", metavar="PEER", help=", ".join(PEERS))
    arguments = parser.parse_args()
    unknown = set(arguments.peers) - set(PEERS)
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    BUILD.mkdir(parents=True, exist_ok=True)
    peers = [Peer(name, *PEERS[name]) for name in PEERS if not arguments.peers or name in arguments.peers]
    ours = None if arguments.cross else Peer(OURS[0], *OURS[1])
    # Kitex takes as long as all others together: it is built beside them.
    slow = threading.Thread(target=lambda: [p.make() for p in peers if p.name == "kitex"])
    slow.start()
    for peer in ([ours] if ours else []) + peers:
        if peer.name != "kitex":
            peer.make()
    summary = Summary()
    if ours and ours.problem:
        slow.join()
        summary.add("wirejit", "build", "-", failures=[str(ours.problem)])
        return summary.show()
    for peer in peers:
        if peer.name == "kitex":
            slow.join()
        if peer.problem:
            if isinstance(peer.problem, Skip):
                summary.add(peer.name, "both", "all", skipped=str(peer.problem))
            else:
                summary.add(peer.name, "build", "-", failures=[str(peer.problem)])
            continue
        (BUILD / f"{peer.name}.log").unlink(missing_ok=True)
        begin = time.monotonic()
        if ours:
            against(summary, peer, ours, peer.name, "peer serves")
            against(summary, ours, peer, peer.name, "peer calls")
            cli_against(summary, peer)
            against_cli(summary, peer)
        else:
            for other in peers:
                if not other.problem:
                    against(summary, peer, other, peer.name, f"from {other.name}")
        print(f"-- {peer.name}: built in {peer.seconds:.0f} s, run in {time.monotonic() - begin:.0f} s", flush=True)
    return summary.show()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
