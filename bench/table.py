#!/usr/bin/env python3
"""Runs wirejit_bench, or reads its JSON output, and prints Markdown: medians, ratios, targets.

Usage: table.py [--bench PATH] [--repetitions N] [--min-time S] [--filter REGEX | --all]
                [--only FORMAT] [--json FILE ...] [--save FILE]

By default it runs what the targets need; --only thrift, json or protobuf: those of one format,
transcoding and compiling included. --all runs everything; --filter what matches. --json
reads files that --save, or wirejit_bench --benchmark_out, wrote before; several files count as
more repetitions. Times are CPU times of the one thread that runs, so that other processes disturb
them less. Exit code: 0 if every target that was measured is met, 1 if one is missed, 2 if nothing
could be measured.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}
THRIFT = "thrift-binary"
COMPACT = "thrift-compact"
THRIFT_JSON = "thrift-json"
PROTOBUF = "protobuf"
PROTOBUF_PAYLOADS = ("order", "telemetry", "packed-int", "packed-double", "strings", "deep",
                     "sparse", "descriptor", "rotation")


def ratio(label, ours, peer, limit):
    return {"label": label, "ours": ours, "peer": peer, "limit": limit}


def absolute(label, ours, limit_ns):
    return {"label": label, "ours": ours, "peer": None, "limit": limit_ns}


def thrift_and_json_rows():
    out = []
    for payload, limit in (("small", 0.35), ("nested", 0.55)):
        out.append(ratio(f"encode {payload}", f"encode/{THRIFT}/{payload}/jit",
                         f"encode/{THRIFT}/{payload}/libthrift-templates", limit))
    for payload, limit in (("small", 0.75), ("nested", 0.85)):
        out.append(ratio(f"decode {payload}, std types, fresh",
                         f"decode/{THRIFT}/{payload}/jit-fresh",
                         f"decode/{THRIFT}/{payload}/libthrift-templates-fresh", limit))
    out.append(ratio("decode nested, record", f"decode/{THRIFT}/nested/record-jit",
                     f"decode/{THRIFT}/nested/libthrift-templates", 0.12))
    nested = f"{COMPACT}/nested"
    for label, ours, peer, limit in (
            ("encode", f"encode/{nested}/jit", f"encode/{nested}/libthrift-templates", 0.45),
            ("decode, std types, fresh", f"decode/{nested}/jit-fresh",
             f"decode/{nested}/libthrift-templates-fresh", 0.7),
            ("decode, record", f"decode/{nested}/record-jit",
             f"decode/{nested}/libthrift-templates", 0.12)):
        out.append(ratio(f"Compact: nested, {label}", ours, peer, limit))
    for payload in ("small", "nested"):
        for operation, fresh in (("encode", ""), ("decode", "-fresh")):
            out.append(ratio(f"Thrift JSON: {operation} {payload}",
                             f"{operation}/{THRIFT_JSON}/{payload}/jit{fresh}",
                             f"{operation}/{THRIFT_JSON}/{payload}/libthrift{fresh}", 0.05))
    mixed = f"{COMPACT}/list-i64-mixed"
    for operation in ("encode", "decode"):
        out.append(ratio(f"Compact: {operation} list-i64-mixed", f"{operation}/{mixed}/jit",
                         f"{operation}/{mixed}/libthrift-templates", 0.3))
    out.append(ratio("Compact: decode footer, record", f"decode/{COMPACT}/footer/record-jit",
                     f"decode/{COMPACT}/footer/libthrift-templates", 0.15))
    for payload in ("list-i64", "list-double"):
        for operation in ("encode", "decode"):
            out.append(ratio(f"{operation} {payload}", f"{operation}/{THRIFT}/{payload}/jit",
                             f"{operation}/{THRIFT}/{payload}/libthrift-templates", 0.6))
    out.append(ratio("encode large-strings, by reference",
                     f"encode/{THRIFT}/large-strings/jit-by-reference",
                     f"encode/{THRIFT}/large-strings/libthrift-templates", 0.1))
    out.append(ratio("decode map-string-i64, record",
                     f"decode/{THRIFT}/map-string-i64/record-jit",
                     f"decode/{THRIFT}/map-string-i64/libthrift", 0.08))
    out.append(ratio("JSON to struct, small-mix, reused", "decode/json/small-mix/jit",
                     "decode/json/small-mix/simdjson", 0.45))
    out.append(ratio("struct to JSON, small-mix", "encode/json/small-mix/jit",
                     "encode/json/small-mix/rapidjson", 0.30))
    out.append(ratio("iso639 JSON to Thrift Binary",
                     "transcode/json-to-thrift-binary/iso639/jit",
                     "transcode/json-to-thrift-binary/iso639/nlohmann-libthrift", 0.10))
    for payload in ("small", "sparse"):
        out.append(ratio(f"jit vs interp, encode {payload}", f"encode/{THRIFT}/{payload}/jit",
                         f"encode/{THRIFT}/{payload}/interp", 0.35))
        out.append(ratio(f"jit vs interp, record decode {payload}",
                         f"decode/{THRIFT}/{payload}/record-jit",
                         f"decode/{THRIFT}/{payload}/record-interp", 0.35))
    for payload in ("small", "nested"):
        out.append(ratio(f"interp vs libthrift, encode {payload}",
                         f"encode/{THRIFT}/{payload}/interp",
                         f"encode/{THRIFT}/{payload}/libthrift", 1.0))
        for object, suffix in (("reused", ""), ("fresh", "-fresh")):
            out.append(ratio(f"interp vs libthrift, decode {payload}, {object}",
                             f"decode/{THRIFT}/{payload}/interp{suffix}",
                             f"decode/{THRIFT}/{payload}/libthrift{suffix}", 1.0))
    out.append(absolute("parse the IDL of 100 structs",
                        "compile/thrift-idl/100-structs/parse", 2e6))
    out.append(absolute("compile 100 decoders", f"compile/{THRIFT}/100-structs/decode", 6e6))
    for form in (THRIFT, COMPACT, "json"):
        for ours, peer, limit in (("pieces-1448", "pieces-65536", 1.3),
                                  ("pieces-65536", "one-shot", 1.2)):
            out.append(ratio(f"skip 16 MB of {form}: {ours} vs {peer}",
                             f"skip/{form}/16MB/{ours}", f"skip/{form}/16MB/{peer}", limit))
    return out


def protobuf_decode_rows():
    out = []

    def decode(payload, engine, limit, ours="record-jit", label="record"):
        out.append(ratio(f"Protobuf: decode {payload}, {label}",
                         f"decode/{PROTOBUF}/{payload}/{ours}",
                         f"decode/{PROTOBUF}/{payload}/{engine}", limit))

    for engine, limit in (("libprotobuf", 0.35), ("libprotobuf-arena", 0.25),
                          ("dynamicmessage", 0.06)):
        for payload in ("order", "telemetry", "deep", "sparse", "strings", "rotation"):
            decode(payload, engine, limit)
    decode("packed-int", "libprotobuf", 0.35)
    decode("packed-double", "memcpy", 1.3)
    decode("order", "libprotobuf-fresh", 0.5, "jit-fresh", "std types, fresh")
    return out


def protobuf_rows():
    out = protobuf_decode_rows()
    for engine, limit in (("libprotobuf", 0.6), ("dynamicmessage", 0.08)):
        for payload in ("order", "telemetry", "descriptor"):
            out.append(ratio(f"Protobuf: encode {payload}, record",
                             f"encode/{PROTOBUF}/{payload}/record-jit",
                             f"encode/{PROTOBUF}/{payload}/{engine}", limit))
    out.append(ratio("Protobuf: encode packed-int, record",
                     f"encode/{PROTOBUF}/packed-int/record-jit",
                     f"encode/{PROTOBUF}/packed-int/libprotobuf", 0.5))
    for label, direction, limit in (("JSON to Protobuf", "json-to-protobuf", 0.05),
                                    ("Protobuf to JSON", "protobuf-to-json", 0.08)):
        for payload in ("order", "telemetry"):
            out.append(ratio(f"{label}, {payload}", f"transcode/{direction}/{payload}/jit",
                             f"transcode/{direction}/{payload}/json_util", limit))
    # Both nest equally deep, so the ratio is that of a level.
    for label, direction in (("Protobuf to JSON", "protobuf-to-json"),
                             ("JSON to Protobuf", "json-to-protobuf")):
        out.append(ratio(f"{label}, 40 levels of Any, a field again on each",
                         f"transcode/{direction}/any-40-levels-duplicates/jit",
                         f"transcode/{direction}/any-40-levels/jit", 2.0))
    for payload in ("order", "sparse"):
        for operation in ("decode", "encode"):
            out.append(ratio(f"Protobuf: jit vs interp, record {operation} {payload}",
                             f"{operation}/{PROTOBUF}/{payload}/record-jit",
                             f"{operation}/{PROTOBUF}/{payload}/record-interp", 0.35))
    for payload in PROTOBUF_PAYLOADS:
        for operation in ("decode", "encode"):
            out.append(ratio(f"Protobuf: interp vs dynamicmessage, record {operation} {payload}",
                             f"{operation}/{PROTOBUF}/{payload}/record-interp",
                             f"{operation}/{PROTOBUF}/{payload}/dynamicmessage", 1.0))
    out.append(absolute("load the descriptor set of 100 messages",
                        "compile/protobuf-descriptor/100-messages/load", 4e6))
    out.append(absolute("compile 100 decoders of Protobuf",
                        f"compile/{PROTOBUF}/100-messages/decode", 8e6))
    return out


def header_rows():
    out = [absolute("sniff and envelope of a framed call", "sniff/framed/thrift-binary/wirejit", 25)]
    for payload, limit in (("one-pair", 60), ("usual-pairs", 150)):
        for operation in ("read", "write"):
            out.append(absolute(f"{operation} a call with a TTHeader of {payload}",
                                f"{operation}-header/ttheader/{payload}/wirejit", limit))
    return out


def rows():
    """The targets: at most so much of the peer's time, or so many nanoseconds."""
    return thrift_and_json_rows() + protobuf_rows() + header_rows()


def is_of(name, only):
    """Whether a benchmark is of a format: its name says so, transcoding names two."""
    return only is None or re.search(rf"(^|[/-]){only}([/-]|$)", name.split("/")[1]) is not None


HOSTILE = f"hostile/{THRIFT}/list-i64/"
HOSTILE_LIMIT = 1 << 20  # bytes


class Results:
    """Samples per benchmark name, in nanoseconds; counters and failures beside them."""

    def __init__(self):
        self.samples = {}
        self.counters = {}
        self.failures = {}
        self.context = {}

    def add(self, document):
        self.context |= document.get("context", {})
        for run in document["benchmarks"]:
            name = run.get("run_name", run["name"])
            if run.get("error_occurred"):
                self.failures[name] = run.get("error_message", "failed")
                continue
            if run.get("run_type") == "aggregate" and run.get("aggregate_name") != "median":
                continue
            time = run["cpu_time"] * NANOSECONDS[run["time_unit"]]
            self.samples.setdefault(name, []).append(time)
            if "rss_growth" in run:
                self.counters[name] = max(run["rss_growth"], self.counters.get(name, 0))

    def median(self, name):
        return statistics.median(self.samples[name]) if name in self.samples else None

    def spread(self, name):
        """Half of the range between the quartiles, as a part of the median."""
        values = sorted(self.samples[name])
        if len(values) < 4:
            return (values[-1] - values[0]) / 2 / statistics.median(values)
        low, _, high = statistics.quantiles(values, n=4)
        return (high - low) / 2 / statistics.median(values)


def run(bench, pattern, args):
    handle, path = tempfile.mkstemp(suffix=".json")
    os.close(handle)
    command = [bench, f"--benchmark_filter={pattern}",
               f"--benchmark_repetitions={args.repetitions}",
               f"--benchmark_min_time={args.min_time}",
               "--benchmark_enable_random_interleaving=true",
               f"--benchmark_out={path}", "--benchmark_out_format=json"]
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return json.loads(pathlib.Path(path).read_text())
    finally:
        os.unlink(path)


def needed_by_targets(only):
    needed = [row for row in rows() if is_of(row["ours"], only)]
    names = {name for row in needed for name in (row["ours"], row["peer"]) if name}
    if is_of(HOSTILE, only):
        names.add(f"{HOSTILE}.*")
    return "^(" + "|".join(sorted(names)) + ")$"


def time_text(ns):
    for unit, scale in (("ms", 1e6), ("us", 1e3)):
        if ns >= scale:
            return f"{ns / scale:.3g} {unit}" if ns < 100 * scale else f"{ns / scale:.0f} {unit}"
    return f"{ns:.3g} ns"


def print_targets(results):
    """Returns (measured, missed)."""
    print("| target | ours | peer | ratio | target | |\n|---|---|---|---|---|---|")
    measured = missed = 0
    for row in rows():
        ours, limit = results.median(row["ours"]), row["limit"]
        peer = results.median(row["peer"]) if row["peer"] else None
        failure = results.failures.get(row["ours"]) or results.failures.get(row["peer"])
        if failure:
            print(f"| {row['label']} | | | | | failed: {failure} |")
            measured, missed = measured + 1, missed + 1
            continue
        if ours is None or (row["peer"] and peer is None):
            continue
        ok = ours <= limit * (peer if row["peer"] else 1)
        measured, missed = measured + 1, missed + (not ok)
        verdict = "ok" if ok else "**miss**"
        if row["peer"]:
            noise = max(results.spread(row["ours"]), results.spread(row["peer"]))
            engine = row["peer"].split("/")[-1]
            print(f"| {row['label']} | {time_text(ours)} | {time_text(peer)} ({engine}) "
                  f"| {ours / peer:.3f} ± {100 * noise:.0f} % | <= {limit:g} | {verdict} |")
        else:
            print(f"| {row['label']} | {time_text(ours)} | | | <= {time_text(limit)} | {verdict} |")
    names = set(results.samples) | set(results.failures)
    for name in sorted(n for n in names if n.startswith(HOSTILE)):
        growth = results.counters.get(name)
        ok = name not in results.failures and growth is not None and growth < HOSTILE_LIMIT
        measured, missed = measured + 1, missed + (not ok)
        failure = results.failures.get(name)
        text = f"failed: {failure}" if failure else f"{growth:.0f} bytes"
        verdict = "ok" if ok else "**miss**"
        engine = name.split("/")[-1]
        print(f"| hostile list, {engine} | {text} | | | error, < 1 MiB | {verdict} |")
    return measured, missed


def column_order(engine):
    """wirejit's engines first, new objects after reused ones."""
    return not re.match("jit|interp|record", engine), engine.endswith("-fresh"), engine


def print_everything(results):
    """A table for each operation and format: payloads down, engines across."""
    tables = {}
    for name in list(results.samples) + list(results.failures):
        operation, fmt, payload, engine = name.split("/")
        table = tables.setdefault((operation, fmt), {"payloads": {}, "engines": {}})
        table["payloads"][payload] = table["engines"][engine] = True
    for (operation, fmt), table in tables.items():
        engines = sorted(table["engines"], key=column_order)
        print(f"\n### {operation} {fmt}\n\n| payload | " + " | ".join(engines) + " |")
        print("|---" * (len(engines) + 1) + "|")
        for payload in table["payloads"]:
            cells = []
            for engine in engines:
                name = f"{operation}/{fmt}/{payload}/{engine}"
                median = results.median(name)
                failed = name in results.failures
                cells.append("failed" if failed else "" if median is None else time_text(median))
            print(f"| {payload} | " + " | ".join(cells) + " |")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default=str(root / "build/release/bench/wirejit_bench"))
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--min-time", type=float, default=0.1)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--filter")
    which.add_argument("--all", action="store_true")
    which.add_argument("--only", choices=("thrift", "json", "protobuf"))
    parser.add_argument("--json", action="append", help="read this file instead of running")
    parser.add_argument("--save", help="write the results of the run to this file")
    args = parser.parse_args()

    results = Results()
    if args.json:
        for path in args.json:
            results.add(json.loads(pathlib.Path(path).read_text()))
    else:
        pattern = args.filter or (".*" if args.all else needed_by_targets(args.only))
        document = run(args.bench, pattern, args)
        if args.save:
            pathlib.Path(args.save).write_text(json.dumps(document))
        results.add(document)

    for key in sorted(results.context):
        if key.startswith("bytes of") or key in ("engine", "simdjson"):
            print(f"- {key}: {results.context[key]}")
    print()
    measured, missed = print_targets(results)
    print_everything(results)
    print(f"\n{measured} targets measured, {missed} missed")
    return 2 if measured == 0 and not results.samples else 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
