// The payloads of the benchmarks: bench/payloads.h holds the same structs in C++.
// Type names begin with Bench: all files in this folder share one C++ namespace.

enum BenchColor { red = 1, green = 2, blue = 3 }

struct BenchSmall {
  1: bool flag,
  2: i8 tiny,
  3: i16 little,
  4: i32 count,
  5: i64 id,
  6: double ratio,
  7: string name,
  8: string title,
  9: BenchColor color,
}

struct BenchSimple {
  1: i8 tiny,
  2: i64 id,
  3: double ratio,
  4: i32 count,
  5: string name,
  6: binary blob,
  7: BenchColor color,
}

struct BenchNested {
  1: string name,
  2: list<BenchSimple> items,
  3: double ratio,
  4: i32 count,
  5: list<i32> counts,
  6: i64 id,
  7: map<string, string> labels,
  8: BenchSimple simple,
  9: map<i32, i64> totals,
  10: list<string> tags,
  11: binary blob,
  12: map<i64, string> names,
  13: list<i64> ids,
  14: i8 tiny,
  15: map<string, BenchSimple> index,
}

struct BenchListI64 { 1: list<i64> values }

// The same, of every size in bits.
struct BenchMixedI64 { 1: list<i64> values }

struct BenchListDouble { 1: list<double> values }

struct BenchMapStringI64 { 1: map<string, i64> entries }

struct BenchAddress {
  1: string street,
  2: string zip,
  3: double latitude,
  4: double longitude,
}

struct BenchMix {
  1: i64 id,
  2: string name,
  3: string email,
  4: i32 age,
  5: bool active,
  6: double score,
  7: double balance,
  8: BenchAddress address,
  9: list<i32> counts,
  10: list<string> tags,
  11: i64 created,
  12: i32 visits,
  13: bool verified,
  14: double rating,
  15: string status,
  16: string note,
}

struct BenchSparse {
  1: optional i32 f1,
  2: optional string f2,
  3: optional i64 f3,
  4: optional bool f4,
  5: optional double f5,
  6: optional i16 f6,
  7: optional i32 f7,
  8: optional string f8,
  9: optional i64 f9,
  10: optional bool f10,
  11: optional double f11,
  12: optional i16 f12,
  13: optional i32 f13,
  14: optional string f14,
  15: optional i64 f15,
  16: optional bool f16,
  17: optional double f17,
  18: optional i16 f18,
  19: optional i32 f19,
  20: optional string f20,
  21: optional i64 f21,
  22: optional bool f22,
  23: optional double f23,
  24: optional i16 f24,
  25: optional i32 f25,
  26: optional string f26,
  27: optional i64 f27,
  28: optional bool f28,
  29: optional double f29,
  30: optional i16 f30,
  31: optional i32 f31,
  32: optional string f32,
  33: optional i64 f33,
  34: optional bool f34,
  35: optional double f35,
  36: optional i16 f36,
  37: optional i32 f37,
  38: optional string f38,
  39: optional i64 f39,
  40: optional bool f40,
  41: optional double f41,
  42: optional i16 f42,
  43: optional i32 f43,
  44: optional string f44,
  45: optional i64 f45,
  46: optional bool f46,
  47: optional double f47,
  48: optional i16 f48,
  49: optional i32 f49,
  50: optional string f50,
  51: optional i64 f51,
  52: optional bool f52,
  53: optional double f53,
  54: optional i16 f54,
  55: optional i32 f55,
  56: optional string f56,
  57: optional i64 f57,
  58: optional bool f58,
  59: optional double f59,
  60: optional i16 f60,
}

// A footer in the shape of those of columnar files: bench/footer.h. Enums are of values that the
// format numbers from 0.

enum BenchPhysical { flag = 0, word = 1, wide = 2, stamp = 3, single = 4, real = 5, bytes = 6, fixed = 7 }
enum BenchNesting { one = 0, maybe = 1, many = 2 }
enum BenchPacking { plain = 0, dictionary = 2, runs = 3, deltas = 5, shared = 8 }
enum BenchSqueezer { none = 0, fast = 1, small = 2, tight = 6 }
enum BenchPage { data = 0, index = 1, words = 2, data2 = 3 }

struct BenchPair {
  1: required string key,
  2: optional string value,
}

struct BenchColumn {
  1: optional BenchPhysical physical,
  2: optional i32 width,
  3: optional BenchNesting nesting,
  4: required string name,
  5: optional i32 children,
  6: optional i32 meaning,
  7: optional i32 scale,
  8: optional i32 precision,
  9: optional i32 number,
}

struct BenchRange {
  1: optional binary old_most,
  2: optional binary old_least,
  3: optional i64 nulls,
  4: optional i64 distinct,
  5: optional binary most,
  6: optional binary least,
  7: optional bool most_is_exact,
  8: optional bool least_is_exact,
}

struct BenchPageCount {
  1: required BenchPage page,
  2: required BenchPacking packing,
  3: required i32 count,
}

struct BenchChunkFacts {
  1: required BenchPhysical physical,
  2: required list<BenchPacking> packings,
  3: required list<string> path,
  4: required BenchSqueezer squeezer,
  5: required i64 values,
  6: required i64 raw_size,
  7: required i64 size,
  8: optional list<BenchPair> pairs,
  9: required i64 data_at,
  10: optional i64 index_at,
  11: optional i64 dictionary_at,
  12: optional BenchRange range,
  13: optional list<BenchPageCount> pages,
  14: optional i64 filter_at,
  15: optional i32 filter_size,
}

struct BenchChunk {
  1: optional string file,
  2: required i64 at,
  3: optional BenchChunkFacts facts,
  4: optional i64 offsets_at,
  5: optional i32 offsets_size,
  6: optional i64 index_at,
  7: optional i32 index_size,
}

struct BenchOrder {
  1: required i32 column,
  2: required bool descending,
  3: required bool nulls_first,
}

struct BenchRows {
  1: required list<BenchChunk> chunks,
  2: required i64 raw_size,
  3: required i64 rows,
  4: optional list<BenchOrder> order,
  5: optional i64 at,
  6: optional i64 size,
  7: optional i16 ordinal,
}

struct BenchFooter {
  1: required i32 version,
  2: required list<BenchColumn> columns,
  3: required i64 rows,
  4: required list<BenchRows> groups,
  5: optional list<BenchPair> pairs,
  6: optional string writer,
}
