// Every scalar kind of Thrift.

enum Level { LOW = -2147483648, NONE = 0, HIGH = 2147483647 }

typedef i64 Id

struct Scalars {
  1: bool flag,
  2: i8 tiny,
  3: i16 small,
  4: i32 medium,
  5: i64 large,
  6: double real,
  7: string text,
  8: binary blob,
  9: Level level,
  10: Id id,
}

struct Flags { 1: bool a; 2: bool b; 20: bool c; 21: bool d }

struct Identified { 1: uuid id; 2: i32 number; 3: uuid other }
