#!/usr/bin/env python3
"""`wirejit convert --stream` of delimited Protobuf to lines of JSON, against a program on generated code (stream_peer).

Usage: stream.py [--build DIR] [--bytes N] [--rounds N] [--folder DIR]

Makes a file of N bytes (1 GB without --bytes) in a folder, which needs room for about N bytes and is removed at the end. Both
programs first convert the first part of it, and must give the same JSON; then they convert all of it in turns, to
/dev/null. Prints the processor times of each round, their ratio, and the peaks of resident memory. Exit code: 1 if the ratio of
the medians is above 0.4, or the peak above 64 MiB.
"""

import argparse
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

RATIO = 0.4
PEAK_MIB = 64


def measure(command):
    """Seconds of processor time, and the peak of resident memory in MiB."""
    child = subprocess.Popen([str(part) for part in command])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise subprocess.CalledProcessError(child.returncode, command)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def same_json(one, other):
    """Not by their bytes: entries of maps come in another order, and 493.0 is 493 there. Line by line, as the memory of this
    process counts in the peaks of those that it starts."""
    with one.open(encoding="utf-8") as a, other.open(encoding="utf-8") as b:
        return all(x and y and json.loads(x) == json.loads(y) for x, y in itertools.zip_longest(a, b))


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=root / "build" / "release")
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=pathlib.Path, default=None)
    arguments = parser.parse_args()
    peer = arguments.build / "bench" / "stream_peer"
    wirejit = [arguments.build / "tools" / "wirejit", "convert", "--quiet", "--schema", root / "tests/peers/bench.proto",
               "--type", "Order", "--from", "protobuf", "--to", "protojson", "--stream", "delimited:ndjson"]
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        part, stream = folder / "part", folder / "stream"
        subprocess.run([peer, "generate", str(min(arguments.bytes, 5_000_000)), part], check=True)
        measure([peer, "convert", part, folder / "theirs"])
        measure([*wirejit, "-o", folder / "ours", part])
        if not same_json(folder / "theirs", folder / "ours"):
            print("the texts differ", file=sys.stderr)
            return 1
        for file in ("part", "theirs", "ours"):
            (folder / file).unlink()
        subprocess.run([peer, "generate", str(arguments.bytes), stream], check=True)
        ours, theirs, peaks = [], [], []
        for number in range(arguments.rounds):
            seconds, peak = measure([*wirejit, "-o", "/dev/null", stream])
            ours.append(seconds)
            peaks.append(peak)
            seconds, their_peak = measure([peer, "convert", stream, "/dev/null"])
            theirs.append(seconds)
            print(f"round {number + 1}: wirejit {ours[-1]:.2f} s, {peak:.1f} MiB; peer {seconds:.2f} s, {their_peak:.1f} MiB; "
                  f"ratio {ours[-1] / seconds:.3f}", flush=True)
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"{arguments.bytes / 1e9:.2f} GB: ratio of the medians {ratio:.3f} (target {RATIO}), "
          f"peak {max(peaks):.1f} MiB (target {PEAK_MIB})")
    return 1 if ratio > RATIO or max(peaks) > PEAK_MIB else 0


if __name__ == "__main__":
    sys.exit(main())
