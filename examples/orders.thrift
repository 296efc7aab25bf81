// What the examples talk about.
enum Color { RED = 1, GREEN = 2 }

struct Line {
  1: required string sku,
  2: i32 quantity = 1,
  3: optional Color color,
}

struct Order {
  1: required i64 id,
  2: list<Line> lines,
  3: map<string, string> notes,
  4: optional double price (json.name = "unitPrice"),
}
