// Fills the payloads. Entry: make<T>(), small_mix(). Invariant: numbers come from Random only,
// whose sequence is the same everywhere (the distributions of the standard library are not), and no
// expression calls it twice.
#include "bench/payloads.h"

#include "bench/random.h"

#include <fstream>
#include <iterator>
#include <utility>

namespace wirejit::bench {
namespace {

constexpr std::size_t elements = 40;       // of each container in `nested`
constexpr std::size_t numbers = 65'536;    // of list-i64, list-i64-mixed and list-double
constexpr std::size_t map_entries = 4096;  // of map-string-i64
constexpr std::size_t messages = 1024;     // of small-mix

BenchSimple make_simple(Random& r) {
  BenchSimple s;
  s.tiny = static_cast<std::int8_t>(r.between(-128, 127));
  s.id = static_cast<std::int64_t>(r.next());
  s.ratio = r.decimal(0, 1000, 3);
  s.count = static_cast<std::int32_t>(r.between(0, 1'000'000));
  s.name = r.word(6, 20);
  s.blob = r.bytes(6, 20);
  s.color = static_cast<BenchColor>(r.between(1, 3));
  return s;
}

std::string sentence(Random& r, std::size_t length) {
  std::string text;
  while (text.size() < length) {
    text += text.empty() ? "" : " ";
    text += r.word(2, 9);
  }
  return text;
}

std::string mix_note(Random& r) {
  std::string text = sentence(r, r.size(0, 28));
  if (r.chance(10)) {
    text += " \"" + r.word(3, 8) + "\"\n";
  }
  return text;
}

std::string mix_name(Random& r) {
  static constexpr std::string_view foreign[] = {"José", "Zoë", "Łukasz", "Søren", "Jürgen"};
  std::string first =
      r.chance(10) ? std::string(foreign[r.next() % std::size(foreign)]) : r.word(3, 9);
  return first + " " + r.word(4, 10);
}

BenchMix make_mix(Random& r) {
  static constexpr std::string_view states[] = {"new", "active", "suspended", "closed"};
  BenchMix m;
  m.id = r.between(1, std::int64_t{1} << r.between(10, 50));
  m.name = mix_name(r);
  m.email = r.word(4, 10);
  m.email += "@" + r.word(4, 9) + ".com";
  m.age = static_cast<std::int32_t>(r.between(1, 99));
  m.active = r.chance(70);
  m.score = r.decimal(0, 100, 2);
  m.balance = r.decimal(-5000, 20000, static_cast<int>(r.between(0, 4)));
  m.address.street = std::to_string(r.between(1, 400));
  m.address.street += " " + r.word(5, 12);
  m.address.zip = std::to_string(r.between(10000, 99999));
  m.address.latitude = r.decimal(-90, 90, 5);
  m.address.longitude = r.decimal(-180, 180, 5);
  for (std::size_t n = r.size(0, 8); n > 0; --n) {
    m.counts.push_back(
        static_cast<std::int32_t>(r.between(-9, std::int64_t{1} << r.between(4, 20))));
  }
  for (std::size_t n = r.size(0, 5); n > 0; --n) {
    m.tags.push_back(r.word(3, 10));
  }
  m.created = 1'600'000'000'000 + r.between(0, 150'000'000'000);
  m.visits = static_cast<std::int32_t>(r.between(0, std::int64_t{1} << r.between(1, 16)));
  m.verified = r.chance(50);
  m.rating = r.decimal(0, 5, 1);
  m.status = states[r.next() % std::size(states)];
  m.note = mix_note(r);
  return m;
}

}  // namespace

template <>
PayloadName name_of<BenchSmall>() {
  return {"small", "BenchSmall"};
}
template <>
PayloadName name_of<BenchNested>() {
  return {"nested", "BenchNested"};
}
template <>
PayloadName name_of<BenchListI64>() {
  return {"list-i64", "BenchListI64"};
}
template <>
PayloadName name_of<BenchMixedI64>() {
  return {"list-i64-mixed", "BenchMixedI64"};
}
template <>
PayloadName name_of<BenchListDouble>() {
  return {"list-double", "BenchListDouble"};
}
template <>
PayloadName name_of<BenchMapStringI64>() {
  return {"map-string-i64", "BenchMapStringI64"};
}
template <>
PayloadName name_of<BenchSparse>() {
  return {"sparse", "BenchSparse"};
}
template <>
PayloadName name_of<BenchMix>() {
  return {"small-mix", "BenchMix"};
}

// 104 bytes in Thrift Binary: the second string has 23 characters in 24 bytes.
template <>
BenchSmall make<BenchSmall>() {
  return {true,
          -5,
          1234,
          -567'890,
          1'234'567'890'123'456,
          3.14159265,
          "sixteen letters.",
          "twenty-three chäracters",
          BenchColor::green};
}

template <>
BenchNested make<BenchNested>() {
  Random r(1);
  BenchNested n;
  n.name = r.word(6, 20);
  n.ratio = r.decimal(0, 1000, 3);
  n.count = static_cast<std::int32_t>(r.between(0, 1'000'000));
  n.id = static_cast<std::int64_t>(r.next());
  n.simple = make_simple(r);
  n.blob = r.bytes(30, 40);
  n.tiny = 42;
  for (std::size_t i = 0; i < elements; ++i) {
    n.items.push_back(make_simple(r));
    n.counts.push_back(static_cast<std::int32_t>(r.between(-1'000'000, 1'000'000)));
    n.tags.push_back(r.word(4, 20));
    n.ids.push_back(static_cast<std::int64_t>(r.next()));
  }
  while (n.labels.size() < elements) {
    const std::string key = r.word(4, 16);
    n.labels[key] = r.word(4, 20);
  }
  while (n.totals.size() < elements) {
    const auto key = static_cast<std::int32_t>(r.between(0, 1'000'000));
    n.totals[key] = static_cast<std::int64_t>(r.next());
  }
  while (n.names.size() < elements) {
    const auto key = static_cast<std::int64_t>(r.next());
    n.names[key] = r.word(4, 20);
  }
  while (n.index.size() < elements) {
    const std::string key = r.word(4, 16);
    n.index[key] = make_simple(r);
  }
  return n;
}

template <>
BenchListI64 make<BenchListI64>() {
  Random r(2);
  BenchListI64 list;
  for (std::size_t i = 0; i < numbers; ++i) {
    list.values.push_back(static_cast<std::int64_t>(r.next()));
  }
  return list;
}

// As many of each size in bits, of both signs, in no order.
template <>
BenchMixedI64 make<BenchMixedI64>() {
  Random r(7);
  BenchMixedI64 list;
  for (std::size_t i = 0; i < numbers; ++i) {
    const std::uint64_t bits = r.next();
    list.values.push_back(static_cast<std::int64_t>(bits) >> (r.next() % 64));
  }
  return list;
}

template <>
BenchListDouble make<BenchListDouble>() {
  Random r(3);
  BenchListDouble list;
  for (std::size_t i = 0; i < numbers; ++i) {
    list.values.push_back(r.decimal(-1'000'000, 1'000'000, 6));
  }
  return list;
}

template <>
BenchMapStringI64 make<BenchMapStringI64>() {
  Random r(4);
  BenchMapStringI64 map;
  while (map.entries.size() < map_entries) {
    const std::string key = r.word(6, 20);
    map.entries[key] = static_cast<std::int64_t>(r.next());
  }
  return map;
}

// One field of each kind, spread over the sixty.
template <>
BenchSparse make<BenchSparse>() {
  BenchSparse s;
  s.f3 = 1'234'567'890'123;
  s.f14 = "a short string, set";
  s.f23 = 2.5;
  s.f31 = 42;
  s.f46 = true;
  s.f60 = static_cast<std::int16_t>(-7);
  return s;
}

std::vector<BenchMix> small_mix() {
  Random r(5);
  std::vector<BenchMix> mix;
  mix.reserve(messages);
  for (std::size_t i = 0; i < messages; ++i) {
    mix.push_back(make_mix(r));
  }
  return mix;
}

std::string payload_idl() {
  std::ifstream file(WIREJIT_SOURCE_DIR "/tests/peers/bench.thrift");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string hundred_structs_idl() {
  static constexpr std::string_view body =
      "  1: bool flag,\n  2: i8 tiny,\n  3: i16 little,\n  4: i32 count,\n  5: i64 id,\n  6: "
      "double ratio,\n"
      "  7: string name,\n  8: binary blob,\n  9: list<i64> values,\n  10: map<string, i32> "
      "entries,\n}\n\n";
  std::string text = "namespace cpp hundred\n\n";
  for (int i = 0; i < 100; ++i) {
    text +=
        "// Struct number " + std::to_string(i) + ".\nstruct Struct" + std::to_string(i) + " {\n";
    text += body;
  }
  return text;
}

}  // namespace wirejit::bench
