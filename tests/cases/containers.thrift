// Lists, sets and maps of every kind, and of each other.

enum Color { RED = 1, GREEN = 2, FAR = 100000 }

struct Item { 1: i32 n; 2: string s }

struct Lists {
  1: list<bool> flags,
  2: list<i8> bytes,
  3: list<i16> shorts,
  4: list<i32> ints,
  5: list<i64> longs,
  6: list<double> reals,
  7: list<string> texts,
  8: list<binary> blobs,
  9: list<Color> colors,
  10: list<Item> items,
}

struct Sets {
  1: set<bool> flags,
  2: set<i8> bytes,
  3: set<i16> shorts,
  4: set<i32> ints,
  5: set<i64> longs,
  6: set<double> reals,
  7: set<string> texts,
  8: set<binary> blobs,
  9: set<Color> colors,
  10: set<Item> items,
}

struct Maps {
  1: map<bool, i8> by_flag,
  2: map<i8, i16> by_byte,
  3: map<i16, i32> by_short,
  4: map<i32, i64> by_int,
  5: map<i64, double> by_long,
  6: map<double, bool> by_real,
  7: map<string, string> by_text,
  8: map<binary, binary> by_blob,
  9: map<Color, Color> by_color,
  10: map<string, Item> items,
}

struct Nested {
  1: list<list<i32>> matrix,
  2: map<string, map<i32, list<string>>> tower,
  3: list<map<i64, bool>> maps,
  4: set<list<i32>> lists,
  5: map<i8, set<i64>> sets,
  6: map<Item, string> by_item,
  7: map<list<i32>, Item> by_list,
}
