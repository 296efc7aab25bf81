// Small types, one for each thing that code is made for: the Programs in tests/golden are theirs.

enum Color { RED = 1, GREEN = 2, FAR = 100000 }

struct Point { 1: i32 x; 2: double y }

// Strings, lists of structs and of numbers, and a field that may be absent.
struct Line {
  1: string name,
  2: list<Point> points,
  3: list<i32> widths,
  4: optional i64 id,
}

union Shape { 1: Point point; 2: list<Point> line }

// Recursion, a required field, a default, and a field number that is far from the others.
struct Node {
  1: required string name,
  2: i32 weight = 7,
  3: optional Node next,
  900: map<string, i64> counts,
}

// The kinds that Point, Line and Node lack.
struct Kinds {
  1: bool flag,
  2: i8 tiny,
  3: i16 small,
  4: binary blob,
  5: Color color,
  6: set<string> tags,
  7: map<i32, bool> switches,
}
