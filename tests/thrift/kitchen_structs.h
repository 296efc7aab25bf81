// tests/peers/kitchen.thrift in C++, as users would write it. Entry: ours::Kitchen.
// Invariant: the structs that libthrift's compiler generates have the same fields.
#pragma once

#include <wirejit/reflect.h>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace wirejit::test {

namespace ours {

enum class KitchenColor : std::int32_t { red = 1, green = 2, blue = -3 };
WIREJIT_ENUM(KitchenColor, red, green, blue)

struct KitchenLeaf {
  std::int32_t number = 0;
  std::string name = "leaf";
  auto operator<=>(const KitchenLeaf&) const = default;
};
WIREJIT_STRUCT(KitchenLeaf, (1, number), (2, name))

struct KitchenChoice : std::variant<std::monostate, std::int32_t, std::string, KitchenLeaf,
                                    std::vector<std::int64_t>> {
  using variant::variant;
};
WIREJIT_VARIANT(KitchenChoice, (1, number), (2, text), (3, leaf), (4, numbers))

struct KitchenError {
  std::string message;
  std::optional<std::int32_t> code;
};
WIREJIT_STRUCT(KitchenError, (1, message, wirejit::member::required), (2, code))

struct KitchenScalars {
  bool flag = false;
  std::int8_t tiny = 0;
  std::int16_t small = 0;
  std::int32_t medium = 0;
  std::int64_t large = 0;
  double real = 0;
  std::string text;
  std::string blob;
  KitchenColor color{};
  std::int64_t id = 0;
};
WIREJIT_STRUCT(KitchenScalars, (1, flag), (2, tiny), (3, small), (4, medium), (5, large), (6, real),
               (7, text), (8, blob, wirejit::member::binary), (9, color), (10, id))

struct KitchenContainers {
  std::vector<bool> flags;
  std::vector<std::int8_t> bytes;
  std::vector<std::int16_t> shorts;
  std::vector<std::int32_t> ints;
  std::vector<std::int64_t> longs;
  std::vector<double> reals;
  std::vector<std::string> texts;
  std::vector<KitchenColor> colors;
  std::vector<KitchenLeaf> leaves;
  std::set<std::int32_t> int_set;
  std::set<std::string> text_set;
  std::map<std::string, std::int64_t> counts;
  std::map<std::int32_t, KitchenLeaf> by_number;
  std::map<KitchenColor, double> by_color;
  std::vector<std::vector<std::int32_t>> matrix;
  std::map<std::string, std::map<std::int32_t, std::vector<std::string>>> tower;
  std::vector<std::map<std::int64_t, bool>> maps;
  std::set<std::vector<std::int32_t>> lists;
  std::map<std::string, KitchenChoice> choices;
  std::map<std::int8_t, std::set<std::int64_t>> id_sets;
};
WIREJIT_STRUCT(KitchenContainers, (1, flags), (2, bytes), (3, shorts), (4, ints), (5, longs),
               (6, reals), (7, texts), (8, colors), (9, leaves), (10, int_set), (11, text_set),
               (12, counts), (13, by_number), (14, by_color), (15, matrix), (16, tower), (17, maps),
               (18, lists), (19, choices), (20, id_sets))

struct KitchenNode {
  std::int32_t value = 0;
  std::vector<KitchenNode> children;
  std::map<std::string, KitchenNode> named;
};
WIREJIT_STRUCT(KitchenNode, (1, value), (2, children), (3, named))

struct Kitchen {
  std::int32_t id = 0;
  std::optional<std::string> title;
  KitchenScalars scalars;
  std::optional<KitchenContainers> containers;
  std::optional<KitchenChoice> choice;
  std::optional<KitchenError> error;
  KitchenNode node;
  std::int32_t with_default = 0;
  std::optional<std::int32_t> optional_with_default;
  std::vector<std::string> names;
  std::int64_t far = 0;
  std::string farther;
  std::optional<double> farthest;
};
WIREJIT_STRUCT(Kitchen, (1, id), (2, title), (3, scalars), (4, containers), (5, choice), (6, error),
               (7, node), (8, with_default), (9, optional_with_default), (10, names), (20, far),
               (300, farther), (32000, farthest))

}  // namespace ours

}  // namespace wirejit::test
