// tests/peers/wire_proto3.proto as registered C++ structs.
// Entry: PbAll. Invariant: they have all fields of the messages, but do not keep unknown fields.
#pragma once

#include <wirejit/reflect.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace wirejit::test {

enum class PbColor : std::int32_t { none, red, green, big = 1000000, negative = -5 };
struct PbLeaf {
  std::int32_t a = 0;
  std::string b;
  std::vector<std::int32_t> c;
  friend bool operator==(const PbLeaf&, const PbLeaf&) = default;
};
struct PbNode {
  std::int32_t value = 0;
  std::unique_ptr<PbNode> next;
  std::vector<PbNode> children;
  std::map<std::string, PbNode> named;
};
struct PbChoice {
  std::optional<std::string> text;
  std::optional<bool> flag;
  std::optional<std::int64_t> number;
  std::optional<double> real;
  std::optional<PbLeaf> leaf;
  std::optional<std::string> raw;
  std::optional<PbColor> color;
  std::unique_ptr<PbChoice> again;
  std::int32_t after = 0;
  std::optional<std::int32_t> left;
  std::optional<PbLeaf> right;
};
struct PbAll {
  std::int32_t i32 = 0;
  std::int64_t i64 = 0;
  std::uint32_t u32 = 0;
  std::uint64_t u64 = 0;
  std::int32_t s32 = 0;
  std::int64_t s64 = 0;
  std::uint32_t f32 = 0;
  std::uint64_t f64 = 0;
  std::int32_t sf32 = 0;
  std::int64_t sf64 = 0;
  float real32 = 0;
  double real64 = 0;
  bool flag = false;
  std::string text;
  std::string raw;
  PbColor color = PbColor::none;
  std::optional<PbLeaf> leaf;
  std::optional<std::int32_t> o_i32;
  std::optional<std::string> o_text;
  std::optional<PbColor> o_color;
  std::vector<std::int32_t> r_i32;
  std::vector<std::int64_t> r_i64;
  std::vector<std::uint32_t> r_u32;
  std::vector<std::uint64_t> r_u64;
  std::vector<std::int32_t> r_s32;
  std::vector<std::int64_t> r_s64;
  std::vector<std::uint32_t> r_f32;
  std::vector<std::uint64_t> r_f64;
  std::vector<std::int32_t> r_sf32;
  std::vector<std::int64_t> r_sf64;
  std::vector<float> r_real32;
  std::vector<double> r_real64;
  std::vector<bool> r_flag;
  std::vector<std::string> r_text;
  std::vector<std::string> r_raw;
  std::vector<PbColor> r_color;
  std::vector<PbLeaf> r_leaf;
  std::vector<std::int32_t> u_i32;
  std::vector<std::uint64_t> u_f64;
  std::map<std::string, std::string> m_text;
  std::map<std::int32_t, PbLeaf> m_leaf;
  std::map<bool, double> m_flag;
  std::map<std::int64_t, std::int32_t> m_s64;
  std::unordered_map<std::uint64_t, std::string> m_f64;
  std::map<std::uint32_t, PbColor> m_color;
  std::map<std::int32_t, std::uint64_t> m_sf32;
  std::optional<PbNode> node;
  std::optional<PbChoice> choice;
  std::vector<PbChoice> choices;
  std::int32_t far = 0;
};

WIREJIT_ENUM(PbColor, none, red, green, big, negative)
WIREJIT_STRUCT(PbLeaf, (1, a), (2, b), (3, c))
WIREJIT_STRUCT(PbNode, (1, value), (2, next), (3, children), (4, named))
WIREJIT_STRUCT(PbChoice, (1, text, member::oneof("kind")), (2, flag, member::oneof("kind")),
               (3, number, member::oneof("kind")), (4, real, member::oneof("kind")),
               (5, leaf, member::oneof("kind")), (6, raw, member::binary, member::oneof("kind")),
               (7, color, member::oneof("kind")), (8, again, member::oneof("kind")), (9, after),
               (10, left, member::oneof("other")), (200, right, member::oneof("other")))
WIREJIT_STRUCT(PbAll, (1, i32), (2, i64), (3, u32), (4, u64), (5, s32, member::zigzag),
               (6, s64, member::zigzag), (7, f32, member::fixed), (8, f64, member::fixed),
               (9, sf32, member::fixed), (10, sf64, member::fixed), (11, real32), (12, real64),
               (13, flag), (14, text), (15, raw, member::binary), (16, color), (17, leaf),
               (21, o_i32), (22, o_text), (23, o_color), (31, r_i32), (32, r_i64), (33, r_u32),
               (34, r_u64), (35, r_s32, member::zigzag), (36, r_s64, member::zigzag),
               (37, r_f32, member::fixed), (38, r_f64, member::fixed), (39, r_sf32, member::fixed),
               (40, r_sf64, member::fixed), (41, r_real32), (42, r_real64), (43, r_flag),
               (44, r_text), (45, r_raw, member::binary), (46, r_color), (47, r_leaf),
               (51, u_i32, member::unpacked), (52, u_f64, member::fixed, member::unpacked),
               (61, m_text), (62, m_leaf), (63, m_flag),
               (64, m_s64, member::zigzag_keys, member::fixed),
               (65, m_f64, member::fixed_keys, member::binary), (66, m_color),
               (67, m_sf32, member::fixed_keys), (71, node), (72, choice), (73, choices),
               (536870911, far))

}  // namespace wirejit::test
