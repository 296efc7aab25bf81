// The payloads of the benchmarks as C++ structs; tests/peers/bench.thrift describes the same types.
// Entry: make<T>(), small_mix(). Invariant: values are the same in every run and on every machine.
#pragma once

#include <wirejit/reflect.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::bench {

enum class BenchColor : std::int32_t { red = 1, green = 2, blue = 3 };

struct BenchSmall {
  bool flag = false;
  std::int8_t tiny = 0;
  std::int16_t little = 0;
  std::int32_t count = 0;
  std::int64_t id = 0;
  double ratio = 0;
  std::string name;
  std::string title;
  BenchColor color = BenchColor::red;
  bool operator==(const BenchSmall&) const = default;
};

struct BenchSimple {
  std::int8_t tiny = 0;
  std::int64_t id = 0;
  double ratio = 0;
  std::int32_t count = 0;
  std::string name;
  std::string blob;
  BenchColor color = BenchColor::red;
  bool operator==(const BenchSimple&) const = default;
};

struct BenchNested {
  std::string name;
  std::vector<BenchSimple> items;
  double ratio = 0;
  std::int32_t count = 0;
  std::vector<std::int32_t> counts;
  std::int64_t id = 0;
  std::map<std::string, std::string> labels;
  BenchSimple simple;
  std::map<std::int32_t, std::int64_t> totals;
  std::vector<std::string> tags;
  std::string blob;
  std::map<std::int64_t, std::string> names;
  std::vector<std::int64_t> ids;
  std::int8_t tiny = 0;
  std::map<std::string, BenchSimple> index;
  bool operator==(const BenchNested&) const = default;
};

struct BenchListI64 {
  std::vector<std::int64_t> values;
  bool operator==(const BenchListI64&) const = default;
};

// The same, of every size in bits.
struct BenchMixedI64 {
  std::vector<std::int64_t> values;
  bool operator==(const BenchMixedI64&) const = default;
};

struct BenchListDouble {
  std::vector<double> values;
  bool operator==(const BenchListDouble&) const = default;
};

struct BenchMapStringI64 {
  std::map<std::string, std::int64_t> entries;
  bool operator==(const BenchMapStringI64&) const = default;
};

struct BenchAddress {
  std::string street;
  std::string zip;
  double latitude = 0;
  double longitude = 0;
  bool operator==(const BenchAddress&) const = default;
};

struct BenchMix {
  std::int64_t id = 0;
  std::string name;
  std::string email;
  std::int32_t age = 0;
  bool active = false;
  double score = 0;
  double balance = 0;
  BenchAddress address;
  std::vector<std::int32_t> counts;
  std::vector<std::string> tags;
  std::int64_t created = 0;
  std::int32_t visits = 0;
  bool verified = false;
  double rating = 0;
  std::string status;
  std::string note;
  bool operator==(const BenchMix&) const = default;
};

// Sixty optional fields, of six kinds in turn.
struct BenchSparse {
  std::optional<std::int32_t> f1;
  std::optional<std::string> f2;
  std::optional<std::int64_t> f3;
  std::optional<bool> f4;
  std::optional<double> f5;
  std::optional<std::int16_t> f6;
  std::optional<std::int32_t> f7;
  std::optional<std::string> f8;
  std::optional<std::int64_t> f9;
  std::optional<bool> f10;
  std::optional<double> f11;
  std::optional<std::int16_t> f12;
  std::optional<std::int32_t> f13;
  std::optional<std::string> f14;
  std::optional<std::int64_t> f15;
  std::optional<bool> f16;
  std::optional<double> f17;
  std::optional<std::int16_t> f18;
  std::optional<std::int32_t> f19;
  std::optional<std::string> f20;
  std::optional<std::int64_t> f21;
  std::optional<bool> f22;
  std::optional<double> f23;
  std::optional<std::int16_t> f24;
  std::optional<std::int32_t> f25;
  std::optional<std::string> f26;
  std::optional<std::int64_t> f27;
  std::optional<bool> f28;
  std::optional<double> f29;
  std::optional<std::int16_t> f30;
  std::optional<std::int32_t> f31;
  std::optional<std::string> f32;
  std::optional<std::int64_t> f33;
  std::optional<bool> f34;
  std::optional<double> f35;
  std::optional<std::int16_t> f36;
  std::optional<std::int32_t> f37;
  std::optional<std::string> f38;
  std::optional<std::int64_t> f39;
  std::optional<bool> f40;
  std::optional<double> f41;
  std::optional<std::int16_t> f42;
  std::optional<std::int32_t> f43;
  std::optional<std::string> f44;
  std::optional<std::int64_t> f45;
  std::optional<bool> f46;
  std::optional<double> f47;
  std::optional<std::int16_t> f48;
  std::optional<std::int32_t> f49;
  std::optional<std::string> f50;
  std::optional<std::int64_t> f51;
  std::optional<bool> f52;
  std::optional<double> f53;
  std::optional<std::int16_t> f54;
  std::optional<std::int32_t> f55;
  std::optional<std::string> f56;
  std::optional<std::int64_t> f57;
  std::optional<bool> f58;
  std::optional<double> f59;
  std::optional<std::int16_t> f60;
  bool operator==(const BenchSparse&) const = default;
};

WIREJIT_ENUM(BenchColor, red, green, blue)
WIREJIT_STRUCT(BenchSmall, (1, flag), (2, tiny), (3, little), (4, count), (5, id), (6, ratio),
               (7, name), (8, title), (9, color))
WIREJIT_STRUCT(BenchSimple, (1, tiny), (2, id), (3, ratio), (4, count), (5, name),
               (6, blob, wirejit::member::binary), (7, color))
WIREJIT_STRUCT(BenchNested, (1, name), (2, items), (3, ratio), (4, count), (5, counts), (6, id),
               (7, labels), (8, simple), (9, totals), (10, tags),
               (11, blob, wirejit::member::binary), (12, names), (13, ids), (14, tiny), (15, index))
WIREJIT_STRUCT(BenchListI64, (1, values))
WIREJIT_STRUCT(BenchMixedI64, (1, values))
WIREJIT_STRUCT(BenchListDouble, (1, values))
WIREJIT_STRUCT(BenchMapStringI64, (1, entries))
WIREJIT_STRUCT(BenchAddress, (1, street), (2, zip), (3, latitude), (4, longitude))
WIREJIT_STRUCT(BenchMix, (1, id), (2, name), (3, email), (4, age), (5, active), (6, score),
               (7, balance), (8, address), (9, counts), (10, tags), (11, created), (12, visits),
               (13, verified), (14, rating), (15, status), (16, note))
WIREJIT_STRUCT(BenchSparse, (1, f1), (2, f2), (3, f3), (4, f4), (5, f5), (6, f6), (7, f7), (8, f8),
               (9, f9), (10, f10), (11, f11), (12, f12), (13, f13), (14, f14), (15, f15), (16, f16),
               (17, f17), (18, f18), (19, f19), (20, f20), (21, f21), (22, f22), (23, f23),
               (24, f24), (25, f25), (26, f26), (27, f27), (28, f28), (29, f29), (30, f30),
               (31, f31), (32, f32), (33, f33), (34, f34), (35, f35), (36, f36), (37, f37),
               (38, f38), (39, f39), (40, f40), (41, f41), (42, f42), (43, f43), (44, f44),
               (45, f45), (46, f46), (47, f47), (48, f48), (49, f49), (50, f50), (51, f51),
               (52, f52), (53, f53), (54, f54), (55, f55), (56, f56), (57, f57), (58, f58),
               (59, f59), (60, f60))

// The name of a payload in the names of benchmarks, and its type in tests/peers/bench.thrift.
struct PayloadName {
  std::string_view benchmark;
  std::string_view idl;
};
template <class T>
PayloadName name_of();

// The value of a payload.
template <class T>
T make();

// 1,024 different messages of about 390 bytes of JSON, used in turn so that the branch predictor
// cannot learn a single message.
std::vector<BenchMix> small_mix();

// The IDL of all payloads.
std::string payload_idl();
// 100 structs of 10 fields each.
std::string hundred_structs_idl();

// One struct that fits each of those hundred.
struct BenchTen {
  bool flag = false;
  std::int8_t tiny = 0;
  std::int16_t little = 0;
  std::int32_t count = 0;
  std::int64_t id = 0;
  double ratio = 0;
  std::string name;
  std::string blob;
  std::vector<std::int64_t> values;
  std::map<std::string, std::int32_t> entries;
};
WIREJIT_STRUCT(BenchTen, (1, flag), (2, tiny), (3, little), (4, count), (5, id), (6, ratio),
               (7, name), (8, blob, wirejit::member::binary), (9, values), (10, entries))

}  // namespace wirejit::bench
