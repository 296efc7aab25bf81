#!/usr/bin/env python3
"""What doxygen sees of a file: INPUT_FILTER of Doxyfile.in. Lines keep their numbers.

Usage: doxygen_filter.py ROOT FILE     prints the file
       doxygen_filter.py --self-test

Of a header (.h), lines that only declare a defaulted constructor, destructor or assignment are left out: these do what
the language says, and have no comment.

In a guide (.md), headings get the labels that links on GitHub use, and links become references to pages of the site:
README.md and docs/*.md below ROOT. Of a link to any other file the text remains. A block of code keeps only its
language: what follows it is for tests/docs/extract_examples.py.
"""

import pathlib
import re
import sys
import tempfile

DEFAULTED = re.compile(r" *[\w:&<> ~=]*\([^()]*\)( noexcept)? = default;.*$")
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
HEADING = re.compile(r"(#+) +(.*?) *$")
FENCE = re.compile(r"( *)(`{3,})\s*(\S*)")


def header(text):
    """A header without defaulted members."""
    return "\n".join("" if DEFAULTED.match(line) and "friend" not in line else line for line in text.split("\n"))


def slug(heading):
    """The label that GitHub gives a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def page(name):
    """The label of a page of the site, by its path from the root; None if it is no page."""
    if name == "README.md":
        return "index"
    match = re.fullmatch(r"docs/([\w-]+)\.md", name)
    return f"guide-{match.group(1)}" if match else None


def relative(base, target):
    """A path from the root of what a page at `base` calls `target`."""
    parts = []
    for part in [*pathlib.PurePosixPath(base).parent.parts, *pathlib.PurePosixPath(target).parts]:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def guide(text, root, name):
    """A guide with labels and references."""

    def link(match):
        words, target = match.groups()
        if re.match(r"[a-z]+:", target):
            return match.group(0)
        path, _, anchor = target.partition("#")
        other = relative(name, path) if path else name
        label = page(other)
        if label is None or not (root / other).is_file():
            return words
        return f"[{words}](@ref {label}{'-' + anchor if anchor else ''})"

    lines, fence, titled, seen = [], None, False, {}
    for line in text.split("\n"):
        mark = FENCE.match(line)
        if fence is None and mark:
            fence = mark.group(2)
            line = mark.group(1) + fence + mark.group(3)
        elif fence is not None:
            if mark and len(mark.group(2)) >= len(fence) and not mark.group(3):
                fence = None
        elif heading := HEADING.match(line):
            marks, words = heading.groups()
            label = slug(words)
            seen[label] = seen.get(label, -1) + 1
            if seen[label]:
                label += f"-{seen[label]}"
            words = LINK.sub(link, words)
            if titled:
                line = f"{marks} {words} {{#{page(name)}-{label}}}"
            elif name != "README.md":
                line = f"{marks} {words} {{#{page(name)}}}"
            titled = True
        else:
            line = LINK.sub(link, line)
        lines.append(line)
    return "\n".join(lines)


def self_test():
    failures = []

    def check(what, found, expected):
        if found != expected:
            failures.append(f"{what}: {found!r}")

    check("defaulted members", header(
        "  A() = default;\n  A(const A&) = default;  // why\n  A& operator=(A&&) noexcept = default;\n"
        "  friend bool operator==(const A&, const A&) = default;\n  ~A();\n  int a = 1;"),
        "\n\n\n  friend bool operator==(const A&, const A&) = default;\n  ~A();\n  int a = 1;")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "docs").mkdir()
        for name in ("README.md", "docs/a.md", "docs/b.md"):
            (root / name).touch()
        check("a guide", guide(
            "# A `guide`\n## One more\n## One more\n[b](b.md), [c](b.md#c-d), [e](#one-more), [main](../README.md),\n"
            "[code](../core/a.cc) and [site](https://example.org/x)\n```cpp whole\n# [b](b.md)\n```\n[no](c.md)",
            root, "docs/a.md"),
            "# A `guide` {#guide-a}\n## One more {#guide-a-one-more}\n## One more {#guide-a-one-more-1}\n"
            "[b](@ref guide-b), [c](@ref guide-b-c-d), [e](@ref guide-a-one-more), [main](@ref index),\n"
            "code and [site](https://example.org/x)\n```cpp\n# [b](b.md)\n```\nno")
        check("the main page", guide("# Title\n[a](docs/a.md)\n## Next", root, "README.md"),
              "# Title\n[a](@ref guide-a)\n## Next {#index-next}")
    for failure in failures:
        print(f"doxygen_filter: self-test: {failure}", file=sys.stderr)
    return 1 if failures else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    root, path = pathlib.Path(arguments[0]), pathlib.Path(arguments[1])
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".h":
        text = header(text)
    elif path.suffix == ".md":
        text = guide(text, root, path.relative_to(root).as_posix())
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
