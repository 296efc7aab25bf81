// What all peers of tests/interop.sh serve and call; each compiles it with its own compiler. Interop is what every peer
// has. Next has a method that no server has. Streams is for Kitex alone: to other compilers its methods are plain ones.
namespace cpp interop
namespace go interop
namespace js interop
namespace py interop

enum Color {
  RED = 1
  GREEN = 2
}

struct Point {
  1: i32 x
  2: i32 y
  3: optional string label
}

struct Everything {
  1: bool flag
  2: i8 tiny
  3: i16 small
  4: i32 medium
  5: i64 large
  6: double ratio
  7: string text
  8: binary blob
  9: Color color
  10: Point point
  11: list<Point> points
  12: map<string, i64> counts
  13: set<i32> numbers
  14: list<bool> flags
  15: map<i32, list<Point>> nested
  16: optional string note
}

exception Refused {
  1: i32 code
  2: string reason
  3: list<string> hints
}

service Interop {
  // Nothing in, nothing out.
  void ping()
  // The same value.
  Everything echo(1: Everything value)
  // "FIRST/SECOND/third[0]+third[1]/fourth.x,fourth.y/fifth[\"k\"]"
  string join(1: i64 first, 2: string second, 3: list<i32> third, 4: Point fourth, 5: map<string, i64> fifth)
  // The quotient, or Refused{1, "division by zero", ["try 1"]}.
  i64 divide(1: i64 dividend, 2: i64 divisor) throws (1: Refused refused)
  // An error that is not declared, with this text.
  string fail(1: string text)
  // Counts a note.
  oneway void note(1: string text)
  // How many notes have come.
  i64 notes()
  // Kitex: the business error 1001 with this text and {"key": "value"}. Others return the text.
  string business(1: string text)
  // Kitex: the value of the persistent or transient metainfo of this name; sends "backward" = "back to NAME" home.
  string meta(1: string name)
  // Answers after so many milliseconds, with their number.
  i32 wait(1: i32 milliseconds)
  // Kitex and wirejit: the server stops gracefully. Others do nothing.
  oneway void stop()
}

service Next {
  string unheard(1: string text)
}

struct Piece {
  1: i32 number
  2: string text
}

service Streams {
  // One piece: the sum of numbers, all texts joined.
  Piece gather(1: Piece piece) (streaming.mode = "client")
  // Pieces 0 .. number - 1 with the text.
  Piece spread(1: Piece piece) (streaming.mode = "server")
  // Each piece back with its number doubled. A piece with the text "refuse" ends the stream with business error 1002.
  Piece converse(1: Piece piece) (streaming.mode = "bidirectional")
}
