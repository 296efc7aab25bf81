#!/usr/bin/env python3
"""Writes the examples of headers and guides as C++ sources, so that a test can compile and run them.

Usage: extract_examples.py --out DIR --preambles FILE --suite NAME [--list] INPUT...
       extract_examples.py --self-test

INPUT is a header (.h) or a guide (.md). Its examples are, in a header, the blocks of code in comments of `///`: lines
that have four spaces or more after the `///`, with an empty line of the comment before the first one. In a guide, they
are the fenced blocks of the language cpp:

    ```cpp                    an example
    ```cpp preamble=NAME      an example with that preamble
    ```cpp continue           goes on where the block before it ended, in the same function
    ```cpp whole              a whole program with main

For each input, DIR/INPUT.cc is written (slashes and dots of the input become underscores), in which every example is a
GoogleTest, TEST(NAME, input_1), and stands in a namespace of its own. A whole program is written to
DIR/INPUT_whole_1.cc, and so on. --list prints the paths instead, and writes nothing. Compilers report errors at the
lines of the input (#line).

FILE has the preambles: what an example needs around it. It is C++ text in sections. A line `==== NAME` begins a
section. The section `includes` stands at the head of every source that is written, whole programs excepted. The
preamble of an example is the section that the block names, else `input.h:2` for the second example of input.h, else
`input.h`. A line with nothing but `@example@` gives the place of the example; the section defines void run(), which
the test calls:

    ==== engine.h
    void run() {
      const Order order{7};
      @example@
      EXPECT_EQ(back.id, 7);
    }

The section is put into a namespace of its own. If its first line is `==== NAME global`, it is not: it defines
`namespace @name@ { void run() { ... } }` itself. #include lines of an example move to the head of the source.

Without a preamble for an example, with a preamble that no example uses, or with an unclosed block the script fails,
and so does the build.
"""

import argparse
import pathlib
import re
import sys
import tempfile

EXAMPLE = "@example@"
INCLUDE = re.compile(r"\s*#\s*include\b")
SECTION = re.compile(r"==== (\S+)( global)?$")
FENCE = re.compile(r"(`{3,})\s*(.*)$")


class Failure(Exception):
    """What is wrong with the inputs, as it is printed."""


class Example:
    """One example: its lines with their numbers, and what the block asked for."""

    def __init__(self, lines, preamble=None, whole=False):
        self.lines = lines  # pairs of line number and text
        self.preamble = preamble
        self.whole = whole


class Section:
    """One preamble: its lines with their numbers."""

    def __init__(self, name, is_global):
        self.name = name
        self.is_global = is_global
        self.lines = []
        self.used = False


def dedent(lines):
    """Takes away the indentation that all lines share, and empty lines at the end."""
    while lines and not lines[-1][1].strip():
        lines.pop()
    shared = min(len(text) - len(text.lstrip()) for _, text in lines if text.strip())
    return [(number, text[shared:]) for number, text in lines]


def header_examples(text):
    """The blocks of code in the comments of a header."""
    examples, block, code_may_begin = [], [], False
    for number, line in enumerate([*text.split("\n"), ""], 1):
        comment = re.match(r"\s*///(?!/)(?!<)(.*)$", line)
        body = comment.group(1) if comment else None
        if body is not None and not body.strip():
            code_may_begin = True
            if block:
                block.append((number, ""))
        elif body is not None and body.startswith("    ") and (block or code_may_begin):
            block.append((number, body))
        else:
            if block:
                examples.append(Example(dedent(block)))
                block = []
            code_may_begin = False
    return examples


def guide_examples(text, name):
    """The fenced blocks of C++ of a guide."""
    examples, block, fence, words, began = [], None, None, [], 0
    for number, line in enumerate(text.split("\n"), 1):
        mark = FENCE.match(line.lstrip())
        if fence is None:
            if mark:
                fence, words, began = mark.group(1), mark.group(2).split(), number
                block = []
        elif mark and len(mark.group(1)) >= len(fence) and not mark.group(2):
            if words and words[0] == "cpp":
                add_guide_example(examples, block, words[1:], f"{name}:{began}")
            fence = None
        else:
            block.append((number, line))
    if fence is not None:
        raise Failure(f"{name}:{began}: the block is not closed")
    return examples


def add_guide_example(examples, block, words, place):
    """Adds a block, as the words after its language ask for."""
    if not any(text.strip() for _, text in block):
        raise Failure(f"{place}: the block is empty")
    block = dedent(block)
    preamble, whole, goes_on = None, False, False
    for word in words:
        if word.startswith("preamble="):
            preamble = word.removeprefix("preamble=")
        elif word == "whole":
            whole = True
        elif word == "continue":
            goes_on = True
        else:
            raise Failure(f"{place}: '{word}' is not preamble=NAME, whole or continue")
    if whole + goes_on + (preamble is not None) > 1:
        raise Failure(f"{place}: only one of preamble=NAME, whole and continue fits a block")
    if goes_on:
        if not examples or examples[-1].whole:
            raise Failure(f"{place}: no example that this one could go on with")
        examples[-1].lines += block
    else:
        examples.append(Example(block, preamble, whole))


def read_sections(path):
    """The preambles of a file, by name."""
    sections, current = {}, None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        start = SECTION.match(line)
        if start:
            if start.group(1) in sections:
                raise Failure(f"{path}:{number}: the section '{start.group(1)}' is there twice")
            current = sections[start.group(1)] = Section(start.group(1), bool(start.group(2)))
        elif line.startswith("===="):
            raise Failure(f"{path}:{number}: a section begins with `==== NAME` or `==== NAME global`")
        elif current is not None:
            current.lines.append((number, line))
        elif line.strip() and not line.startswith("//"):
            raise Failure(f"{path}:{number}: text before the first section")
    for section in sections.values():
        places = sum(line.strip() == EXAMPLE for _, line in section.lines)
        if section.name != "includes" and places != 1:
            raise Failure(f"{path}: the section '{section.name}' has {places} lines {EXAMPLE}, not one")
    return sections


class Writer:
    """Lines of a source, with #line wherever the origin of the next line is not the line after the last one's."""

    def __init__(self):
        self.lines = []
        self.at = None

    def add(self, path, number, text):
        if self.at != (path, number):
            self.lines.append(f'#line {number} "{path}"')
        self.lines.append(text)
        self.at = (path, number + 1)

    def own(self, text):
        self.lines.append(text)
        self.at = None

    def text(self):
        return "\n".join(self.lines) + "\n"


def source_of(path, examples, sections, preambles, suite):
    """The text of the source that has all examples of one input but its whole programs."""
    name = identifier(path.name)
    out = Writer()
    out.own(f"// Made of {path.name} by extract_examples.py.")
    if "includes" in sections:
        for number, line in sections["includes"].lines:
            out.add(preambles, number, line)
    parts = [e for e in examples if not e.whole]
    for example in parts:
        for number, line in example.lines:
            if INCLUDE.match(line):
                out.add(path, number, line)
    for index, example in enumerate(parts, 1):
        names = [example.preamble] if example.preamble else [f"{path.name}:{index}", path.name]
        section = next((sections[n] for n in names if n in sections), None)
        if section is None:
            raise Failure(f"{path}:{example.lines[0][0]}: the example has no preamble: {preambles} has none of "
                          f"the sections {', '.join(names)}")
        section.used = True
        space = f"example_{name}_{index}"
        if not section.is_global:
            out.own(f"namespace {space} {{")
        for number, line in section.lines:
            if line.strip() != EXAMPLE:
                out.add(preambles, number, line.replace("@name@", space))
                continue
            for at, text in example.lines:
                if not INCLUDE.match(text):
                    out.add(path, at, text)
        if not section.is_global:
            out.own(f"}}  // namespace {space}")
        out.own(f"TEST({suite}, {name}_{index}) {{ {space}::run(); }}")
    return out.text()


def identifier(name):
    """A file's name as an identifier."""
    return re.sub(r"\W", "_", name)


def sources(inputs, preambles, suite, out):
    """All that is written: pairs of path and text."""
    sections = read_sections(preambles)
    result = []
    for path in inputs:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".h":
            examples = header_examples(text)
        elif path.suffix == ".md":
            examples = guide_examples(text, path)
        else:
            raise Failure(f"{path}: neither a header (.h) nor a guide (.md)")
        stem = identifier(path.name)
        result.append((out / f"{stem}.cc", source_of(path, examples, sections, preambles, suite)))
        for index, example in enumerate((e for e in examples if e.whole), 1):
            program = Writer()
            for number, line in example.lines:
                program.add(path, number, line)
            result.append((out / f"{stem}_whole_{index}.cc", program.text()))
    unused = [s.name for s in sections.values() if not s.used and s.name != "includes"]
    if unused:
        raise Failure(f"{preambles}: no example uses {', '.join(unused)}")
    paths = [path for path, _ in result]
    if len(set(paths)) != len(paths):
        raise Failure("two inputs have the same name")
    return result


def main(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--preambles", type=pathlib.Path, required=True)
    parser.add_argument("--suite", required=True)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("inputs", nargs="+", type=pathlib.Path)
    options = parser.parse_args(arguments)
    try:
        written = sources(options.inputs, options.preambles, options.suite, options.out)
    except (Failure, OSError) as failure:
        print(f"extract_examples: {failure}", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    for path, text in written:
        if options.list:
            print(path.as_posix())
        else:
            path.write_text(text, encoding="utf-8")
    return 0


# ---- The self-test ----

HEADER = """\
/// @file
/// Things.
///     no code: no empty line before it
///
///     int a = 1;
///
///     int b = a;
///
/// Words.
#pragma once

/// More.
///
///     int c = 2;
struct S {
  int m;  ///<     no code
};
"""
PREAMBLES = """\
// Words before the first section.
==== includes
#include <gtest/gtest.h>
==== a.h
void run() {
  @example@
}
==== a.h:2 global
namespace @name@ {
void run() {
@example@
}
}
"""
GUIDE = """\
# Words
```cpp preamble=a.h
#include <vector>
int a = 1;
```
```sh
cpp
```
```cpp continue
int b = a;
```
  ```cpp whole
  int main() {}
  ```
"""


def run_self_test(folder, inputs, preambles):
    """The texts that are written, by file name."""
    for name, text in inputs.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "preambles").write_text(preambles, encoding="utf-8")
    made = sources([folder / name for name in inputs], folder / "preambles", "Suite", folder)
    return {path.name: "\n".join(line for line in text.splitlines() if not line.startswith("#line"))
            for path, text in made}


def self_test():
    failures = []

    def check(what, holds):
        if not holds:
            failures.append(what)

    def rejects(what, message, inputs, preambles=PREAMBLES):
        with tempfile.TemporaryDirectory() as folder:
            try:
                run_self_test(pathlib.Path(folder), inputs, preambles)
                failures.append(f"{what} is not rejected")
            except Failure as failure:
                check(f"{what} is rejected with: {failure}", message in str(failure))

    with tempfile.TemporaryDirectory() as folder:
        made = run_self_test(pathlib.Path(folder), {"a.h": HEADER}, PREAMBLES)
        check("the examples of a header", made == {"a_h.cc": """\
// Made of a.h by extract_examples.py.
#include <gtest/gtest.h>
namespace example_a_h_1 {
void run() {
int a = 1;

int b = a;
}
}  // namespace example_a_h_1
TEST(Suite, a_h_1) { example_a_h_1::run(); }
namespace example_a_h_2 {
void run() {
int c = 2;
}
}
TEST(Suite, a_h_2) { example_a_h_2::run(); }"""})
        lines = (sources([pathlib.Path(folder) / "a.h"], pathlib.Path(folder) / "preambles", "Suite",
                         pathlib.Path(folder))[0][1]).splitlines()
        check("the line of an example", lines[lines.index("int a = 1;") - 1] == f'#line 5 "{folder}/a.h"')
    one = PREAMBLES[:PREAMBLES.index("==== a.h:2")]
    with tempfile.TemporaryDirectory() as folder:
        made = run_self_test(pathlib.Path(folder), {"g.md": GUIDE}, one)
        check("the examples of a guide", made == {"g_md.cc": """\
// Made of g.md by extract_examples.py.
#include <gtest/gtest.h>
#include <vector>
namespace example_g_md_1 {
void run() {
int a = 1;
int b = a;
}
}  // namespace example_g_md_1
TEST(Suite, g_md_1) { example_g_md_1::run(); }""", "g_md_whole_1.cc": "int main() {}"})
    rejects("an example without a preamble", "b.h:5: the example has no preamble", {"b.h": HEADER})
    rejects("a preamble that is not used", "no example uses a.h:2", {"a.h": HEADER.split("/// More")[0]})
    rejects("a section without a place", "has 0 lines", {"a.h": HEADER}, "==== a.h\nvoid run() {}\n")
    rejects("a section that is there twice", "is there twice", {"a.h": HEADER}, PREAMBLES + one.split("gtest.h>\n")[1])
    rejects("a block that is not closed", "g.md:2: the block is not closed", {"g.md": "\n```cpp\nint a;\n"}, one)
    rejects("an unknown word", "'skip' is not", {"g.md": "```cpp skip\nint a;\n```\n"}, one)
    rejects("continue without a block before", "no example", {"g.md": "```cpp continue\nint a;\n```\n"}, one)
    rejects("a name that no section has", "none of the sections x", {"g.md": "```cpp preamble=x\nint a;\n```\n"}, one)
    for failure in failures:
        print(f"extract_examples: self-test: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else main(sys.argv[1:]))
