#!/usr/bin/env python3
"""What it costs to compile a file that registers 100 structs and encodes and decodes each of them.

Usage: compile_time.py [--compiler g++] [--structs 100] [--rounds 3] [--print] INCLUDE... [-- OTHER_INCLUDE...]

INCLUDE are the directories of one tree's headers: its include/ and the generated include/ of its build. With those of
another tree after `--`, the two are compiled in turns. Prints, for each tree, the least processor time and the
greatest resident memory of all rounds: others on the machine disturb these less than elapsed time.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

MEMBERS = [
    ("std::int32_t", "number"), ("std::string", "text"), ("double", "real"), ("bool", "flag"),
    ("std::vector<std::int32_t>", "numbers"), ("std::optional<std::int64_t>", "maybe"),
    ("std::vector<std::string>", "texts"), ("std::map<std::string, std::int32_t>", "counts"),
    ("std::optional<std::string>", "note"), ("std::int64_t", "id"), ("std::vector<std::uint8_t>", "bytes"),
    ("std::unordered_map<std::int64_t, std::string>", "names"), ("float", "small"),
]


def source(structs):
    lines = ["#include <wirejit/wirejit.h>", "#include <cstdint>", "#include <map>", "#include <optional>",
             "#include <string>", "#include <unordered_map>", "#include <vector>", "namespace shop {"]
    for i in range(structs):
        # Seven members of the table, other ones for each struct, and two or three of types of the program itself.
        members = [MEMBERS[(i * 5 + k * 3) % len(MEMBERS)] for k in range(7)]
        lines.append(f"enum class E{i} {{ a, b, c }};")
        members.append((f"E{i}", "choice"))
        if i % 5 != 0:  # the first of each five holds no other
            members.append((f"std::vector<S{i - i % 5}>", "list"))
            members.append((f"std::optional<S{i - i % 5}>", "part"))
        lines.append(f"struct S{i} {{")
        lines += [f"  {kind} {name}{{}};" for kind, name in members]
        lines.append("};")
        lines.append(f"WIREJIT_ENUM(E{i}, a, b, c)")
        items = ", ".join(f"({k}, {name})" for k, (_, name) in enumerate(members, 1))
        lines.append(f"WIREJIT_STRUCT(S{i}, {items})")
    lines.append("}")
    for i in range(structs):
        lines += [f"bool use_{i}(const wirejit::Engine& engine, shop::S{i}& value, wirejit::Buffer& out);",
                  f"bool use_{i}(const wirejit::Engine& engine, shop::S{i}& value, wirejit::Buffer& out) {{",
                  f"  auto codec = engine.codec<shop::S{i}>(wirejit::thrift::binary);",
                  "  return codec && codec->encode(value, out) && codec->decode(out, value);", "}"]
    return "\n".join(lines) + "\n"


def compile_once(compiler, includes, path):
    """Seconds of processor time, and MB."""
    command = [compiler, "-std=c++23", "-O2", "-c", str(path), "-o", os.devnull] + [f"-I{i}" for i in includes]
    with subprocess.Popen(command) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit("it does not compile")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--structs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--print", action="store_true", help="print the source and compile nothing")
    own, other = (sys.argv[1:], [])
    if "--" in own:
        at = own.index("--")
        own, other = own[:at], own[at + 1:]
    parser.add_argument("include", nargs="*")
    arguments = parser.parse_args(own)
    text = source(arguments.structs)
    if arguments.print:
        print(text, end="")
        return
    trees = [arguments.include] + ([other] if other else [])
    seen = [[] for _ in trees]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "structs.cc"
        path.write_text(text, encoding="utf-8")
        for _ in range(arguments.rounds):
            for tree, figures in zip(trees, seen):
                figures.append(compile_once(arguments.compiler, tree, path))
    for tree, figures in zip(trees, seen):
        print(f"{min(s for s, _ in figures):.1f} s {max(m for _, m in figures):.0f} MB  {tree[0]}")


if __name__ == "__main__":
    main()
