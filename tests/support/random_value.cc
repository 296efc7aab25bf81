// Walks the type; beyond the maximum depth fields are left absent and containers empty.
#include "tests/support/random_value.h"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <set>

namespace wirejit::test {

namespace {

void check(const Result<void>& done) {
  if (!done) {
    std::fprintf(stderr, "random value: %s\n", done.error().to_string().c_str());
    std::abort();
  }
}
template <class T>
T check(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "random value: %s\n", result.error().to_string().c_str());
    std::abort();
  }
  return *std::move(result);
}

std::int64_t integer(Random& r, unsigned bits) {
  const std::int64_t most = static_cast<std::int64_t>(~std::uint64_t{0} >> (65 - bits));
  switch (r.below(6)) {
    case 0: return most;
    case 1: return -most - 1;
    case 2: return r.between(-2, 2);
    case 3: return r.between(-128, 127);
    default: return static_cast<std::int64_t>(r.next() << (64 - bits)) >> (64 - bits);
  }
}

double real(Random& r) {
  static constexpr double edges[] = {0.0,
                                     -0.0,
                                     1.0,
                                     -1.5,
                                     std::numeric_limits<double>::quiet_NaN(),
                                     std::numeric_limits<double>::infinity(),
                                     -std::numeric_limits<double>::infinity(),
                                     std::numeric_limits<double>::max(),
                                     std::numeric_limits<double>::denorm_min()};
  return r.chance(50) ? r.pick(edges) : std::bit_cast<double>(r.next());
}

// Whether the last element or key is equal to an earlier one. Random messages have distinct keys.
const Value& key_of(const MutableValue& element) { return element; }
const Value& key_of(const Map::Entry& entry) { return entry.key; }
template <class Container>
bool is_repeated(const Container& c) {
  const std::size_t last = c.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    const auto one = c[i];
    const auto other = c[last];
    if (key_of(one) == key_of(other)) {
      return true;
    }
  }
  return false;
}

void fill(MutableValue v, Random& r, const ValueShape& shape, int depth) {
  switch (v.kind()) {
    case Kind::boolean: return check(v.set(r.chance(50)));
    case Kind::i8: return check(v.set(integer(r, 8)));
    case Kind::i16: return check(v.set(integer(r, 16)));
    case Kind::i32: return check(v.set(integer(r, 32)));
    case Kind::enumeration: {
      const EnumType& e = *v.type().enumeration;
      return check(v.set(e.closed ? e.values[r.below(e.values.size())].number : integer(r, 32)));
    }
    case Kind::i64: return check(v.set(integer(r, 64)));
    case Kind::u32: return check(v.set(static_cast<std::uint64_t>(integer(r, 32)) & 0xffffffff));
    case Kind::u64: return check(v.set(static_cast<std::uint64_t>(integer(r, 64))));
    case Kind::float32: return check(v.set(static_cast<float>(real(r))));
    case Kind::float64: return check(v.set(real(r)));
    case Kind::string: return check(v.set(random_text(r, shape.text, false)));
    case Kind::binary: return check(v.set(as_bytes(random_text(r, shape.text, true))));
    case Kind::uuid: {
      Uuid u{};
      for (std::uint8_t& byte : u) {
        byte = static_cast<std::uint8_t>(r.next());
      }
      return check(v.set(u));
    }
    case Kind::list:
    case Kind::set: {
      List l = check(v.list());
      l.clear();
      for (std::size_t n = depth > 0 ? r.below(shape.elements + 1) : 0; n > 0; --n) {
        fill(check(l.append()), r, shape, depth - 1);
        if (v.kind() == Kind::set && is_repeated(l)) {
          l.erase(l.size() - 1);
        }
      }
      return;
    }
    case Kind::map: {
      Map m = check(v.map());
      m.clear();
      for (std::size_t n = depth > 0 ? r.below(shape.elements + 1) : 0; n > 0; --n) {
        auto entry = check(m.append());
        fill(entry.key, r, shape, depth - 1);
        if (is_repeated(m)) {
          m.erase_at(m.size() - 1);
          continue;
        }
        fill(entry.value, r, shape, depth - 1);
      }
      return;
    }
    case Kind::structure: {
      ValueShape deeper = shape;
      deeper.depth = depth - 1;
      return fill_random(check(v.record()), r, deeper);
    }
    default: std::abort();
  }
}

}  // namespace

std::string random_text(Random& r, std::size_t longest, bool binary) {
  static constexpr const char* pieces[] = {"a",
                                           "Zz",
                                           "\"",
                                           "\\",
                                           "\n",
                                           "\x7f",
                                           "é",
                                           "ß",
                                           "中文",
                                           "\xf0\x9f\x98\x80",
                                           "sixteen chars ok"};
  const std::size_t size = r.chance(3) ? 5000 : r.chance(15) ? 0 : r.below(longest + 1);
  std::string s;
  while (s.size() < size) {
    if (binary) {
      s += static_cast<char>(r.next());
    } else if (r.chance(5)) {
      s += '\0';
    } else {
      s += r.pick(pieces);
    }
  }
  return s;
}

void fill_random(Record record, Random& r, const ValueShape& shape) {
  const StructType& type = record.type();
  if (type.fields.empty()) {
    return;
  }
  const auto set = [&](const Field& f) { fill(check(record.edit(f.id)), r, shape, shape.depth); };
  if (type.flavor == StructFlavor::union_) {
    const Field* first = nullptr;  // a field that is not recursive
    for (const Field& f : type.fields) {
      if (f.name == "f0") {
        first = &f;
      }
    }
    set(shape.depth <= 0 && first != nullptr ? *first : type.fields[r.below(type.fields.size())]);
    return;
  }
  std::set<int> oneofs;  // of which a member is set
  for (const Field& f : type.fields) {
    if (f.oneof >= 0 && (shape.depth <= 0 || r.chance(50) || !oneofs.insert(f.oneof).second)) {
      continue;
    }
    const bool optional = f.requiredness == Requiredness::optional;
    if (f.requiredness == Requiredness::required ||
        (optional ? shape.depth > 0 && r.chance(50) : !shape.sparse || r.chance(85))) {
      set(f);
    }
  }
}

}  // namespace wirejit::test
