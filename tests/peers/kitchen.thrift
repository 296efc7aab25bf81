// Every feature of Thrift's data types that the official C++ library has, for comparison with it.
// Type names begin with Kitchen: all files in this folder share one C++ namespace.

enum KitchenColor { red = 1, green = 2, blue = -3 }

typedef i64 KitchenId

struct KitchenLeaf {
  1: i32 number,
  2: string name = "leaf",
}

union KitchenChoice {
  1: i32 number,
  2: string text,
  3: KitchenLeaf leaf,
  4: list<i64> numbers,
}

exception KitchenError {
  1: required string message,
  2: optional i32 code,
}

struct KitchenScalars {
  1: bool flag,
  2: i8 tiny,
  3: i16 small,
  4: i32 medium,
  5: i64 large,
  6: double real,
  7: string text,
  8: binary blob,
  9: KitchenColor color,
  10: KitchenId id,
}

struct KitchenContainers {
  1: list<bool> flags,
  2: list<i8> bytes,
  3: list<i16> shorts,
  4: list<i32> ints,
  5: list<i64> longs,
  6: list<double> reals,
  7: list<string> texts,
  8: list<KitchenColor> colors,
  9: list<KitchenLeaf> leaves,
  10: set<i32> int_set,
  11: set<string> text_set,
  12: map<string, i64> counts,
  13: map<i32, KitchenLeaf> by_number,
  14: map<KitchenColor, double> by_color,
  15: list<list<i32>> matrix,
  16: map<string, map<i32, list<string>>> tower,
  17: list<map<i64, bool>> maps,
  18: set<list<i32>> lists,
  19: map<string, KitchenChoice> choices,
  20: map<i8, set<i64>> id_sets,
}

struct KitchenNode {
  1: i32 value,
  2: list<KitchenNode> children,
  3: map<string, KitchenNode> named,
}

struct Kitchen {
  1: required i32 id,
  2: optional string title,
  3: KitchenScalars scalars,
  4: optional KitchenContainers containers,
  5: optional KitchenChoice choice,
  6: optional KitchenError error,
  7: KitchenNode node,
  8: i32 with_default = 42,
  9: optional i32 optional_with_default = 7,
  10: list<string> names = ["a", "b"],
  20: i64 far,
  300: required string farther = "far",
  32000: optional double farthest,
}

// The same as others send it: more fields, some of another type, in another order.
struct KitchenOther {
  32001: map<string, list<KitchenNode>> unknown_map,
  20: i64 far,
  3: i32 scalars,
  2: optional string title,
  4: optional KitchenContainers containers,
  100: KitchenScalars unknown_struct,
  300: required string farther,
  8: string with_default,
  101: bool unknown_flag,
  1: required i32 id,
  7: KitchenNode node,
}
