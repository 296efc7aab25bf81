// Fills the payload `footer`. Entry: make<BenchFooter>(). Invariant: numbers come from Random only,
// and no expression calls it twice.
#include "bench/footer.h"

#include "bench/random.h"

#include <cstring>
#include <iterator>

namespace wirejit::bench {
namespace {

constexpr std::size_t columns = 90;  // in each of the groups
constexpr std::size_t groups = 105;

std::string word_bytes(std::int64_t v, std::size_t size) {
  std::string text(size, '\0');
  for (char& c : text) {
    c = static_cast<char>(v & 0xff);
    v >>= 8;
  }
  return text;
}

// What a kind of value compares by: four or eight bytes, or a text.
std::string bound(Random& r, BenchPhysical physical) {
  switch (physical) {
    case BenchPhysical::flag: return word_bytes(r.between(0, 1), 1);
    case BenchPhysical::word:
    case BenchPhysical::single: return word_bytes(r.between(0, std::int64_t{1} << 31), 4);
    case BenchPhysical::wide:
    case BenchPhysical::real: return word_bytes(static_cast<std::int64_t>(r.next()), 8);
    case BenchPhysical::stamp: return r.bytes(12, 12);
    case BenchPhysical::fixed: return r.bytes(16, 16);
    default: return r.word(2, 24);
  }
}

BenchColumn make_column(Random& r, int number) {
  BenchColumn c;
  c.physical = static_cast<BenchPhysical>(r.between(0, 7));
  if (c.physical == BenchPhysical::fixed) {
    c.width = 16;
  }
  c.nesting = r.chance(70) ? BenchNesting::maybe : BenchNesting::one;
  c.name = r.word(4, 18);
  if (r.chance(30)) {
    c.meaning = static_cast<std::int32_t>(r.between(0, 21));
  }
  if (r.chance(10)) {
    c.scale = static_cast<std::int32_t>(r.between(0, 9));
    c.precision = static_cast<std::int32_t>(r.between(10, 38));
  }
  c.number = number;
  return c;
}

BenchRange make_range(Random& r, BenchPhysical physical, std::int64_t rows) {
  BenchRange range;
  range.nulls = r.chance(60) ? 0 : r.between(0, rows);
  if (r.chance(20)) {
    range.distinct = r.between(1, rows);
  }
  range.most = bound(r, physical);
  range.least = bound(r, physical);
  if (r.chance(50)) {
    range.old_most = range.most;
    range.old_least = range.least;
  }
  if (r.chance(25)) {
    range.most_is_exact = r.chance(80);
    range.least_is_exact = r.chance(80);
  }
  return range;
}

// Chunks lie one after the other from `at` on.
BenchChunk make_chunk(Random& r, const BenchColumn& column, std::int64_t rows, std::int64_t& at) {
  static constexpr BenchPacking packings[] = {BenchPacking::plain, BenchPacking::runs,
                                              BenchPacking::dictionary, BenchPacking::deltas};
  BenchChunk chunk;
  BenchChunkFacts f;
  f.physical = *column.physical;
  for (std::size_t n = r.size(1, 3); n > 0; --n) {
    f.packings.push_back(packings[r.next() % std::size(packings)]);
  }
  f.path.push_back(column.name);
  if (r.chance(10)) {
    f.path.emplace_back("element");
  }
  f.squeezer = BenchSqueezer::tight;
  f.values = rows;
  f.size = r.between(40, std::int64_t{1} << r.between(8, 24));
  f.raw_size = f.size + r.between(0, f.size);
  chunk.at = at;
  if (r.chance(55)) {
    f.dictionary_at = at;
    f.data_at = at + r.between(16, f.size);
  } else {
    f.data_at = at;
  }
  if (r.chance(90)) {
    f.range = make_range(r, f.physical, rows);
  }
  if (r.chance(60)) {
    std::vector<BenchPageCount> pages(r.size(1, 2));
    for (BenchPageCount& p : pages) {
      p.page = r.chance(50) ? BenchPage::data : BenchPage::words;
      p.packing = packings[r.next() % std::size(packings)];
      p.count = static_cast<std::int32_t>(r.between(1, 40));
    }
    f.pages = std::move(pages);
  }
  at += f.size;
  chunk.facts = std::move(f);
  if (r.chance(70)) {
    chunk.offsets_at = (std::int64_t{1} << 33) + r.between(0, 1 << 20);
    chunk.offsets_size = static_cast<std::int32_t>(r.between(10, 400));
    chunk.index_at = (std::int64_t{1} << 33) + r.between(0, 1 << 20);
    chunk.index_size = static_cast<std::int32_t>(r.between(10, 400));
  }
  return chunk;
}

BenchRows make_rows(Random& r, const std::vector<BenchColumn>& all, int ordinal, std::int64_t& at) {
  BenchRows rows;
  rows.rows = r.between(50'000, 1'000'000);
  rows.at = at;
  const std::int64_t begin = at;
  std::int64_t raw = 0;
  for (const BenchColumn& column : all) {
    rows.chunks.push_back(make_chunk(r, column, rows.rows, at));
    raw += rows.chunks.back().facts->raw_size;
  }
  rows.raw_size = raw;
  rows.size = at - begin;
  rows.order = std::vector<BenchOrder>{{3, false, true}, {7, true, false}};
  rows.ordinal = static_cast<std::int16_t>(ordinal);
  return rows;
}

}  // namespace

template <>
PayloadName name_of<BenchFooter>() {
  return {"footer", "BenchFooter"};
}

// The first column is the root, which the others are children of.
template <>
BenchFooter make<BenchFooter>() {
  Random r(6);
  BenchFooter footer;
  footer.version = 2;
  std::vector<BenchColumn> leaves;
  for (std::size_t k = 0; k < columns; ++k) {
    leaves.push_back(make_column(r, static_cast<int>(k) + 1));
  }
  BenchColumn root;
  root.name = "schema";
  root.children = static_cast<std::int32_t>(columns);
  footer.columns.push_back(root);
  footer.columns.insert(footer.columns.end(), leaves.begin(), leaves.end());
  std::int64_t at = 4;
  for (std::size_t k = 0; k < groups; ++k) {
    footer.groups.push_back(make_rows(r, leaves, static_cast<int>(k), at));
    footer.rows += footer.groups.back().rows;
  }
  footer.pairs.emplace();
  for (int k = 0; k < 6; ++k) {
    std::string key = r.word(6, 20);
    footer.pairs->push_back({std::move(key), r.word(100, 900)});
  }
  footer.writer = "wirejit bench";
  return footer;
}

}  // namespace wirejit::bench
