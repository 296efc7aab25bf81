// What a struct may be: empty, recursive, a union, with defaults, required, and with any number.

struct Empty {}

struct Tree { 1: string name; 2: list<Tree> children; 3: optional Tree next; 4: map<string, Tree> named }

union Choice { 1: i32 number; 2: string text; 3: Tree tree; 4: list<i64> numbers; 5: Empty empty }

struct Choices { 1: Choice one; 2: list<Choice> many; 3: map<string, Choice> named }

exception Failure { 1: required string message; 2: optional i32 code }

struct Required {
  1: required i32 id,
  2: required string name,
  3: optional double ratio,
  4: required list<i32> numbers,
  5: optional Failure failure,
}

struct Defaults {
  1: i32 number = 7,
  2: string text = "none",
  3: list<i32> numbers = [1, 2],
  4: map<string, i64> counts = {"a": 10},
  5: optional i32 limit = 10,
  6: bool flag = true,
}

// Numbers that go up in small steps, in large ones, and down.
struct Numbers {
  1: i32 one,
  2: i32 two,
  16: i32 sixteen,
  17: bool seventeen,
  32: i32 thirty_two,
  127: i32 a,
  128: i32 b,
  255: i32 c,
  256: i32 d,
  16383: i32 e,
  16384: i32 f,
  32767: i32 last,
}

// Without numbers they count down from -1.
struct Implicit { i32 first; string second; bool third }
