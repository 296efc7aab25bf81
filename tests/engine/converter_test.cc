// From objects of one type to objects of another, on both engines.
#include <wirejit/engine.h>

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit {
namespace {

enum class ConverterColor { red, green };
WIREJIT_ENUM(ConverterColor, red, green)

struct ConverterLine {
  std::string sku;
  std::int32_t count = 1;
  friend bool operator==(const ConverterLine&, const ConverterLine&) = default;
};
WIREJIT_STRUCT(ConverterLine, (1, sku), (2, count))

struct ConverterOrder {
  std::int64_t id = 0;
  std::vector<ConverterLine> lines;
  std::optional<double> price;
  std::map<std::string, std::int32_t> counts;
  std::set<std::int16_t> small;
  ConverterColor color = ConverterColor::red;
  std::unique_ptr<ConverterLine> main;
  std::string only_here;
};
WIREJIT_STRUCT(ConverterOrder, (1, id), (2, lines), (3, price), (4, counts), (5, small), (6, color),
               (7, main), (8, only_here))

// The same by other containers and widths, other names and in another order.
struct ConverterItem {
  std::int64_t number = 5;
  std::string_view code;
  friend bool operator==(const ConverterItem&, const ConverterItem&) = default;
};
WIREJIT_STRUCT(ConverterItem, (2, number), (1, code))

struct ConverterSale {
  std::int32_t tone = 0;
  std::deque<ConverterItem> items;
  std::int32_t id = 0;
  double price = 2.5;
  std::vector<std::int64_t> small;
  std::map<std::string, std::int64_t> counts;
  std::optional<ConverterItem> main;
  std::string missing = "as it is";
};
WIREJIT_STRUCT(ConverterSale, (6, tone), (2, items), (1, id), (3, price), (5, small), (4, counts),
               (7, main), (9, missing))

struct ConverterByName {
  std::string lines_of_text = "untouched";
  std::int64_t id = 0;
};
WIREJIT_STRUCT(ConverterByName, (20, lines_of_text), (21, id))

class ConverterTest : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Engine engine_{EngineOptions{.kind = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Engines, ConverterTest,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic));

ConverterOrder order() {
  ConverterOrder o;
  o.id = 7;
  o.lines = {{"a", 2}, {"a text that is longer than any short one", 3}};
  o.price = 1.25;
  o.counts = {{"x", -1}, {"y", 2}};
  o.small = {3, -4};
  o.color = ConverterColor::green;
  o.main = std::make_unique<ConverterLine>(ConverterLine{"m", 9});
  o.only_here = "gone";
  return o;
}

TEST_P(ConverterTest, FieldsGoOverByTheirNumbers) {
  const auto converter = engine_.converter<ConverterOrder, ConverterSale>();
  ASSERT_TRUE(converter) << converter.error();
  ConverterOrder from = order();
  Arena arena;
  const Result<ConverterSale> to = converter->convert(from, {.arena = &arena});
  ASSERT_TRUE(to) << to.error();
  from.lines.clear();  // what is in the arena is a copy
  EXPECT_EQ(to->id, 7);
  EXPECT_EQ(to->items,
            (std::deque<ConverterItem>{{2, "a"}, {3, "a text that is longer than any short one"}}));
  EXPECT_EQ(to->price, 1.25);
  EXPECT_EQ(to->counts, (std::map<std::string, std::int64_t>{{"x", -1}, {"y", 2}}));
  EXPECT_EQ(to->small, (std::vector<std::int64_t>{-4, 3}));
  EXPECT_EQ(to->tone, 1);
  EXPECT_EQ(to->main, (ConverterItem{9, "m"}));
  EXPECT_EQ(to->missing, "as it is");
}

TEST_P(ConverterTest, WhatIsAbsentGetsItsDefaultAlsoInAnObjectInUse) {
  const auto converter = engine_.converter<ConverterOrder, ConverterSale>();
  ASSERT_TRUE(converter) << converter.error();
  Arena arena;
  ConverterSale to;
  ASSERT_TRUE(converter->convert(order(), to, {.arena = &arena}));
  to.missing = "changed";
  ASSERT_TRUE(converter->convert(ConverterOrder{}, to, {.arena = &arena}));
  const ConverterSale fresh;
  EXPECT_EQ(to.id, 0);
  EXPECT_TRUE(to.items.empty() && to.counts.empty() && to.small.empty() && !to.main);
  EXPECT_EQ(to.price, fresh.price);
  EXPECT_EQ(to.missing, fresh.missing);
}

TEST_P(ConverterTest, NamesMayMatchInstead) {
  const auto converter = engine_.converter<ConverterOrder, ConverterByName>(Match::name);
  ASSERT_TRUE(converter) << converter.error();
  const Result<ConverterByName> to = converter->convert(order());
  ASSERT_TRUE(to) << to.error();
  EXPECT_EQ(to->id, 7);
  EXPECT_EQ(to->lines_of_text, "untouched");
}

TEST_P(ConverterTest, AnObjectOfTheSameTypeIsACopy) {
  const auto converter = engine_.converter<ConverterOrder, ConverterOrder>();
  ASSERT_TRUE(converter) << converter.error();
  const Result<ConverterOrder> to = converter->convert(order());
  ASSERT_TRUE(to) << to.error();
  EXPECT_EQ(to->lines, order().lines);
  EXPECT_EQ(*to->main, *order().main);
  EXPECT_EQ(to->only_here, "gone");
}

TEST_P(ConverterTest, WhatDoesNotFitIsAnErrorThatNamesTheField) {
  const auto converter = engine_.converter<ConverterOrder, ConverterSale>();
  ASSERT_TRUE(converter) << converter.error();
  ConverterOrder from = order();
  from.id = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
  Arena arena;
  ConverterSale to;
  Result<void> done = converter->convert(from, to, {.arena = &arena});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Errc::number_out_of_range) << done.error();
  EXPECT_EQ(done.error().path(), "id");
  done = converter->convert(order(), to);
  ASSERT_FALSE(done) << "views need an arena";
  EXPECT_EQ(done.error().code(), Errc::no_arena);
  done = converter->convert(order(), to, {.limits = {.memory = 10}, .arena = &arena});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Errc::memory_limit) << done.error();
  done = converter->convert(order(), to, {.limits = {.depth = 1}, .arena = &arena});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Errc::depth_limit) << done.error();
  done = converter->convert(order(), to, {.limits = {.depth = 0}, .arena = &arena});
  EXPECT_EQ(done.error().code(), Errc::unsupported);
  EXPECT_TRUE(converter->convert(order(), to, {.arena = &arena})) << "the object is valid";
}

struct ConverterText {
  std::string id;
};
WIREJIT_STRUCT(ConverterText, (1, id))

TEST_P(ConverterTest, TypesThatDoNotGoTogetherAreRejectedWhenItIsMade) {
  const auto converter = engine_.converter<ConverterOrder, ConverterText>();
  ASSERT_FALSE(converter);
  EXPECT_EQ(converter.error().code(), Errc::unsupported);
  EXPECT_NE(converter.error().message().find("id"), std::string::npos) << converter.error();
}

TEST_P(ConverterTest, EqualRequestsShareTheirCode) {
  const auto a = engine_.converter<ConverterOrder, ConverterSale>();
  const auto b = engine_.converter<ConverterOrder, ConverterSale>();
  const auto by_name = engine_.converter<ConverterOrder, ConverterByName>(Match::name);
  ASSERT_TRUE(a && b && by_name);
  EXPECT_EQ(a->dump_program(), b->dump_program());
  EXPECT_NE(a->dump_program(), by_name->dump_program());
  EXPECT_EQ(a->info().machine_code, engine_.generates_code());
}

}  // namespace
}  // namespace wirejit
