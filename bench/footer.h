// The payload `footer`: what a columnar file tells of its columns and of where their values are, in
// the shape of Parquet's FileMetaData. tests/peers/bench.thrift describes the same types.
// Entry: make<BenchFooter>(). Invariant: as in payloads.h.
#pragma once

#include "bench/payloads.h"

namespace wirejit::bench {

enum class BenchPhysical : std::int32_t { flag, word, wide, stamp, single, real, bytes, fixed };
enum class BenchNesting : std::int32_t { one, maybe, many };
enum class BenchPacking : std::int32_t {
  plain = 0,
  dictionary = 2,
  runs = 3,
  deltas = 5,
  shared = 8
};
enum class BenchSqueezer : std::int32_t { none = 0, fast = 1, small = 2, tight = 6 };
enum class BenchPage : std::int32_t { data, index, words, data2 };

struct BenchPair {
  std::string key;
  std::optional<std::string> value;
  bool operator==(const BenchPair&) const = default;
};

struct BenchColumn {
  std::optional<BenchPhysical> physical;
  std::optional<std::int32_t> width;
  std::optional<BenchNesting> nesting;
  std::string name;
  std::optional<std::int32_t> children;
  std::optional<std::int32_t> meaning;
  std::optional<std::int32_t> scale;
  std::optional<std::int32_t> precision;
  std::optional<std::int32_t> number;
  bool operator==(const BenchColumn&) const = default;
};

struct BenchRange {
  std::optional<std::string> old_most;
  std::optional<std::string> old_least;
  std::optional<std::int64_t> nulls;
  std::optional<std::int64_t> distinct;
  std::optional<std::string> most;
  std::optional<std::string> least;
  std::optional<bool> most_is_exact;
  std::optional<bool> least_is_exact;
  bool operator==(const BenchRange&) const = default;
};

struct BenchPageCount {
  BenchPage page = BenchPage::data;
  BenchPacking packing = BenchPacking::plain;
  std::int32_t count = 0;
  bool operator==(const BenchPageCount&) const = default;
};

struct BenchChunkFacts {
  BenchPhysical physical = BenchPhysical::flag;
  std::vector<BenchPacking> packings;
  std::vector<std::string> path;
  BenchSqueezer squeezer = BenchSqueezer::none;
  std::int64_t values = 0;
  std::int64_t raw_size = 0;
  std::int64_t size = 0;
  std::optional<std::vector<BenchPair>> pairs;
  std::int64_t data_at = 0;
  std::optional<std::int64_t> index_at;
  std::optional<std::int64_t> dictionary_at;
  std::optional<BenchRange> range;
  std::optional<std::vector<BenchPageCount>> pages;
  std::optional<std::int64_t> filter_at;
  std::optional<std::int32_t> filter_size;
  bool operator==(const BenchChunkFacts&) const = default;
};

struct BenchChunk {
  std::optional<std::string> file;
  std::int64_t at = 0;
  std::optional<BenchChunkFacts> facts;
  std::optional<std::int64_t> offsets_at;
  std::optional<std::int32_t> offsets_size;
  std::optional<std::int64_t> index_at;
  std::optional<std::int32_t> index_size;
  bool operator==(const BenchChunk&) const = default;
};

struct BenchOrder {
  std::int32_t column = 0;
  bool descending = false;
  bool nulls_first = false;
  bool operator==(const BenchOrder&) const = default;
};

struct BenchRows {
  std::vector<BenchChunk> chunks;
  std::int64_t raw_size = 0;
  std::int64_t rows = 0;
  std::optional<std::vector<BenchOrder>> order;
  std::optional<std::int64_t> at;
  std::optional<std::int64_t> size;
  std::optional<std::int16_t> ordinal;
  bool operator==(const BenchRows&) const = default;
};

struct BenchFooter {
  std::int32_t version = 0;
  std::vector<BenchColumn> columns;
  std::int64_t rows = 0;
  std::vector<BenchRows> groups;
  std::optional<std::vector<BenchPair>> pairs;
  std::optional<std::string> writer;
  bool operator==(const BenchFooter&) const = default;
};

WIREJIT_ENUM(BenchPhysical, flag, word, wide, stamp, single, real, bytes, fixed)
WIREJIT_ENUM(BenchNesting, one, maybe, many)
WIREJIT_ENUM(BenchPacking, plain, dictionary, runs, deltas, shared)
WIREJIT_ENUM(BenchSqueezer, none, fast, small, tight)
WIREJIT_ENUM(BenchPage, data, index, words, data2)
WIREJIT_STRUCT(BenchPair, (1, key), (2, value))
WIREJIT_STRUCT(BenchColumn, (1, physical), (2, width), (3, nesting), (4, name), (5, children),
               (6, meaning), (7, scale), (8, precision), (9, number))
WIREJIT_STRUCT(BenchRange, (1, old_most, wirejit::member::binary),
               (2, old_least, wirejit::member::binary), (3, nulls), (4, distinct),
               (5, most, wirejit::member::binary), (6, least, wirejit::member::binary),
               (7, most_is_exact), (8, least_is_exact))
WIREJIT_STRUCT(BenchPageCount, (1, page), (2, packing), (3, count))
WIREJIT_STRUCT(BenchChunkFacts, (1, physical), (2, packings), (3, path), (4, squeezer), (5, values),
               (6, raw_size), (7, size), (8, pairs), (9, data_at), (10, index_at),
               (11, dictionary_at), (12, range), (13, pages), (14, filter_at), (15, filter_size))
WIREJIT_STRUCT(BenchChunk, (1, file), (2, at), (3, facts), (4, offsets_at), (5, offsets_size),
               (6, index_at), (7, index_size))
WIREJIT_STRUCT(BenchOrder, (1, column), (2, descending), (3, nulls_first))
WIREJIT_STRUCT(BenchRows, (1, chunks), (2, raw_size), (3, rows), (4, order), (5, at), (6, size),
               (7, ordinal))
WIREJIT_STRUCT(BenchFooter, (1, version), (2, columns), (3, rows), (4, groups), (5, pairs),
               (6, writer))

template <>
PayloadName name_of<BenchFooter>();
template <>
BenchFooter make<BenchFooter>();

}  // namespace wirejit::bench
