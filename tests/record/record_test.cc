// Records through their public interface: reading, building, changing, equality, copies, text.
#include "tests/support/record_support.h"

#include <wirejit/record.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <new>
#include <string>
#include <vector>

namespace {
std::atomic<std::size_t> heap_allocations = 0;
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++heap_allocations;
  void* p = std::malloc(size);
  if (p == nullptr) {
    std::abort();
  }
  return p;
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++heap_allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace wirejit::test {
namespace {

enum class Color : std::int32_t { red = 1, green = 2 };

class RecordTest : public testing::Test {
 protected:
  RecordType type(std::string_view name, const RecordOptions& options = {}) const {
    auto made = RecordType::make(schema_, name, options);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().to_string());
    return *made;
  }
  Record make(const RecordType& t) { return *Record::make(arena_, t); }

  Schema schema_ = sample_schema();
  RecordType all_ = type("All");
  RecordType node_ = type("Node");
  RecordType choice_ = type("Choice");
  RecordType defaults_ = type("Defaults");
  Arena arena_;
};

Errc code(const auto& result) { return result ? Errc::ok : result.error().code(); }

// Every field of All, set.
void fill(Record r) {
  EXPECT_EQ(code(r.set("flag", true)), Errc::ok);
  EXPECT_EQ(code(r.set("tiny", -5)), Errc::ok);
  EXPECT_EQ(code(r.set("small", -500)), Errc::ok);
  EXPECT_EQ(code(r.set("medium", 70000)), Errc::ok);
  EXPECT_EQ(code(r.set("large", std::int64_t{1} << 40)), Errc::ok);
  EXPECT_EQ(code(r.set("u8", 200)), Errc::ok);
  EXPECT_EQ(code(r.set("u16", 60000)), Errc::ok);
  EXPECT_EQ(code(r.set("u32", 4000000000U)), Errc::ok);
  EXPECT_EQ(code(r.set("u64", std::numeric_limits<std::uint64_t>::max())), Errc::ok);
  EXPECT_EQ(code(r.set("single", 1.5F)), Errc::ok);
  EXPECT_EQ(code(r.set("real", 0.1)), Errc::ok);
  EXPECT_EQ(code(r.set("text", "hello")), Errc::ok);
  EXPECT_EQ(code(r.set("blob", std::vector<std::uint8_t>{0, 255})), Errc::ok);
  EXPECT_EQ(code(r.set("uuid", Uuid{1, 2, 3})), Errc::ok);
  EXPECT_EQ(code(r.set("color", Color::green)), Errc::ok);
  EXPECT_EQ(code(r.set("numbers", std::vector<int>{1, 2, 3})), Errc::ok);
  EXPECT_EQ(code(r.set("tags", std::vector<std::string>{"a", "b"})), Errc::ok);
  EXPECT_EQ(code(r.set("counts", std::map<std::string, std::int64_t>{{"x", 1}, {"y", 2}})),
            Errc::ok);
  EXPECT_EQ(code(r.edit_record("point")->set("y", 4)), Errc::ok);
  List points = *r.edit_list("points");
  EXPECT_EQ(code(points.append_record()->set("x", 10)), Errc::ok);
  EXPECT_EQ(code(points.append_record()->set("y", 20)), Errc::ok);
  Map by_point = *r.edit_map("by_point");
  EXPECT_EQ(code(by_point.append(*r.get<RecordView>("point"), "here")), Errc::ok);
  EXPECT_EQ(code(r.set("matrix", std::vector<std::vector<double>>{{1, 2}, {}, {3}})), Errc::ok);
  EXPECT_EQ(code(r.edit_record("choice")->set("text", "chosen")), Errc::ok);
  EXPECT_EQ(code(r.set("flags", std::vector<bool>{true, false, true})), Errc::ok);
  EXPECT_EQ(code(r.edit_map("by_tiny")->record(-3)->set("x", 30)), Errc::ok);
  EXPECT_EQ(code(r.set("sets", std::vector<std::vector<int>>{{1, 2}, {3}})), Errc::ok);
  EXPECT_EQ(code(r.set("maps", std::vector<std::map<int, std::string>>{{{1, "one"}}, {}})),
            Errc::ok);
}

TEST_F(RecordTest, ANewRecordHasNothing) {
  const Record r = make(all_);
  for (const Field& f : r.type().fields) {
    EXPECT_FALSE(r.has(f)) << f.name;
  }
  EXPECT_EQ(r.get<std::int32_t>("medium"), 0);
  EXPECT_EQ(r.get<std::string_view>("text"), "");
  EXPECT_EQ(r.get<ListView<std::int32_t>>("numbers")->size(), 0U);
  EXPECT_EQ(code(r.get<RecordView>("point")), Errc::not_found);
  EXPECT_EQ(r.find<std::int32_t>("medium"), std::nullopt);
  EXPECT_EQ(r.which(), nullptr);
}

TEST_F(RecordTest, WhatWasSetIsRead) {
  Record r = make(all_);
  fill(r);
  EXPECT_EQ(r.get<bool>("flag"), true);
  EXPECT_EQ(r.get<std::int8_t>("tiny"), -5);
  EXPECT_EQ(r.get<std::int16_t>("small"), -500);
  EXPECT_EQ(r.get<std::int32_t>("medium"), 70000);
  EXPECT_EQ(r.get<std::int64_t>("large"), std::int64_t{1} << 40);
  EXPECT_EQ(r.get<std::uint8_t>("u8"), 200);
  EXPECT_EQ(r.get<std::uint64_t>("u64"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(r.get<float>("single"), 1.5F);
  EXPECT_EQ(r.get<double>("real"), 0.1);
  EXPECT_EQ(r.get<std::string>("text"), "hello");
  EXPECT_EQ(r.get<Bytes>("blob")->size(), 2U);
  EXPECT_EQ((*r.get<Uuid>("uuid"))[2], 3);
  EXPECT_EQ(r.get<Color>("color"), Color::green);
  EXPECT_EQ(r.value("color").enum_name(), "green");
  EXPECT_EQ(r.get<RecordView>("point")->get<int>("y"), 4);
  EXPECT_EQ(r.get<RecordView>("point")->get<int>("x"), 3);  // Point's default
  const auto points = *r.get<ListView<RecordView>>("points");
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].get<int>("x"), 10);
  EXPECT_EQ(points[1].get<int>("x"), 3);
  const auto matrix = *r.get<ListView<ListView<double>>>("matrix");
  EXPECT_EQ(matrix[0][1], 2);
  EXPECT_TRUE(matrix[1].empty());
  EXPECT_EQ(r.value("flags").to_string(), "[true, false, true]");
  EXPECT_EQ(r.value("maps").to_string(), "[{1: \"one\"}, {}]");
}

TEST_F(RecordTest, AbsentPartsAreEmpty) {
  Record r = make(all_);
  EXPECT_FALSE(r.record("point"));
  EXPECT_TRUE(r.list("points").empty());
  fill(r);
  EXPECT_EQ(r.record("point").get<int>("y"), 4);
  EXPECT_EQ(r.list<RecordView>("points").size(), 2U);
  EXPECT_EQ((r.map<std::string_view, std::int64_t>("counts").find("y")), 2);
  EXPECT_FALSE(r.record("numbers"));
  EXPECT_TRUE(r.list<std::string_view>("numbers").empty());
  EXPECT_TRUE(r.map("no such").empty());
}

TEST_F(RecordTest, FieldsAreFoundByNameAndById) {
  Record r = make(all_);
  EXPECT_EQ(code(r.set(5, 77)), Errc::ok);
  EXPECT_TRUE(r.has("large"));
  EXPECT_EQ(r.get<int>("large"), 77);
  EXPECT_EQ(r.get<int>(5), 77);
  EXPECT_FALSE(r.has("none such"));
  EXPECT_EQ(code(r.get<int>("none such")), Errc::not_found);
  EXPECT_EQ(code(r.set(99, 1)), Errc::not_found);
  EXPECT_FALSE(r.value(99));
  EXPECT_FALSE(r.clear("none such"));
}

TEST_F(RecordTest, HandlesAreCheckedOnceAndReadDirectly) {
  const auto medium = all_.handle<std::int32_t>("medium");
  const auto text = all_.handle<std::string_view>("text");
  const auto numbers = all_.handle<ListView<std::int32_t>>("numbers");
  const auto counts = all_.handle<MapView<std::string_view, std::int64_t>>("counts");
  const auto point = all_.handle<RecordView>("point");
  ASSERT_TRUE(medium && text && numbers && counts && point);
  EXPECT_EQ(code(all_.handle<std::int64_t>("medium")), Errc::type_mismatch);
  EXPECT_EQ(code(all_.handle<ListView<std::int64_t>>("numbers")), Errc::type_mismatch);
  EXPECT_EQ(code(all_.handle<RecordView>("numbers")), Errc::type_mismatch);
  EXPECT_EQ(code(all_.handle<Color>("medium")), Errc::type_mismatch);
  EXPECT_EQ(code(all_.handle<bool>("nothing")), Errc::not_found);

  Record r = make(all_);
  EXPECT_EQ(r.find(*medium), std::nullopt);
  EXPECT_FALSE(r.get(*point));
  fill(r);
  EXPECT_EQ(r.get(*medium), 70000);
  EXPECT_EQ(r.get(*text), "hello");
  EXPECT_EQ(r.get(*numbers).span()[2], 3);
  EXPECT_EQ(r.get(*counts).find("y"), 2);
  EXPECT_EQ(r.get(*point).get<int>("y"), 4);
  r.set(*medium, 5);
  EXPECT_EQ(code(r.set(*text, std::string_view("other"))), Errc::ok);
  EXPECT_EQ(r.get<int>("medium"), 5);
  EXPECT_EQ(r.get(*text), "other");
}

TEST_F(RecordTest, ConversionsAreChecked) {
  Record r = make(all_);
  EXPECT_EQ(code(r.set("tiny", 128)), Errc::number_out_of_range);
  EXPECT_EQ(code(r.set("u8", -1)), Errc::number_out_of_range);
  EXPECT_EQ(code(r.set("large", std::numeric_limits<std::uint64_t>::max())),
            Errc::number_out_of_range);
  EXPECT_EQ(code(r.set("tiny", 1.0)), Errc::type_mismatch);
  EXPECT_EQ(code(r.set("flag", 1)), Errc::type_mismatch);
  EXPECT_EQ(code(r.set("medium", true)), Errc::type_mismatch);
  EXPECT_EQ(code(r.set("text", 1)), Errc::type_mismatch);
  EXPECT_EQ(code(r.set("medium", "1")), Errc::type_mismatch);
  EXPECT_EQ(code(r.set("single", 1e39)), Errc::number_out_of_range);
  EXPECT_EQ(code(r.set("real", (std::int64_t{1} << 53) + 1)), Errc::number_out_of_range);
  EXPECT_EQ(code(r.set("numbers", std::vector<std::string>{"x"})), Errc::type_mismatch);
  EXPECT_EQ(code(r.set("counts", std::vector<int>{1})), Errc::type_mismatch);
  EXPECT_EQ(code(r.set("uuid", "not one")), Errc::type_mismatch);
  for (const Field& f : r.type().fields) {
    EXPECT_FALSE(r.has(f)) << f.name << " was set by a call that failed";
  }
  ASSERT_TRUE(r.set("large", std::int64_t{1} << 40));
  EXPECT_EQ(code(r.get<std::int32_t>("large")), Errc::number_out_of_range);
  EXPECT_EQ(r.get<double>("large"), 0x1p40);
  ASSERT_TRUE(r.set("large", -1));
  EXPECT_EQ(code(r.get<std::uint64_t>("large")), Errc::number_out_of_range);
  EXPECT_EQ(code(r.get<std::string_view>("large")), Errc::type_mismatch);
  ASSERT_TRUE(r.set("real", 1e300));
  EXPECT_EQ(code(r.get<float>("real")), Errc::number_out_of_range);
  ASSERT_TRUE(r.set("real", std::numeric_limits<double>::infinity()));
  EXPECT_EQ(r.get<float>("real"), std::numeric_limits<float>::infinity());
  ASSERT_TRUE(r.set("u64", std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(code(r.get<double>("u64")), Errc::number_out_of_range);
  ASSERT_TRUE(r.set("real", 3));
  EXPECT_EQ(r.get<double>("real"), 3.0);
}

TEST_F(RecordTest, ClearingMakesAbsent) {
  Record r = make(all_);
  fill(r);
  EXPECT_TRUE(r.clear("text"));
  EXPECT_TRUE(r.clear("point"));
  EXPECT_FALSE(r.has("text"));
  EXPECT_EQ(r.get<std::string_view>("text"), "");
  EXPECT_FALSE(r.value("point"));
  r.reset();
  EXPECT_EQ(r, make(all_));
}

TEST_F(RecordTest, StringsAreCopiedIntoTheArena) {
  Record r = make(all_);
  std::string text = "first";
  ASSERT_TRUE(r.set("text", text));
  text = "XXXXX";
  EXPECT_EQ(r.get<std::string_view>("text"), "first");
  ASSERT_TRUE(r.set("text", std::string_view("with\0zero", 9)));
  EXPECT_EQ(r.get<std::string_view>("text")->size(), 9U);
}

TEST_F(RecordTest, ListsGrowShrinkAndChange) {
  Record r = make(all_);
  List numbers = *r.edit_list("numbers");
  EXPECT_TRUE(r.has("numbers"));
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(numbers.append(i));
  }
  EXPECT_EQ(code(numbers.append("no number")), Errc::type_mismatch);
  EXPECT_EQ(numbers.size(), 1000U);
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(numbers[i].as<int>(), static_cast<int>(i));
  }
  numbers.erase(0);
  ASSERT_TRUE(numbers[0].set(-1));
  ASSERT_TRUE(numbers.resize(3));
  EXPECT_EQ(r.value("numbers").to_string(), "[-1, 2, 3]");
  ASSERT_TRUE(numbers.resize(5));
  EXPECT_EQ(r.value("numbers").to_string(), "[-1, 2, 3, 0, 0]");
  numbers.clear();
  EXPECT_TRUE(numbers.empty());
  EXPECT_EQ(code(numbers.reserve(std::numeric_limits<std::size_t>::max())), Errc::size_limit);
  EXPECT_EQ(code(numbers.append_record()), Errc::type_mismatch);
  EXPECT_EQ(numbers.size(), 0U);
}

TEST_F(RecordTest, TwoHandlesOfOneListSeeEachOther) {
  Record r = make(all_);
  List a = *r.edit_list("numbers");
  ASSERT_TRUE(a.append(1));
  List b = *r.edit_list("numbers");
  for (int i = 2; i < 40; ++i) {
    ASSERT_TRUE((i % 2 == 0 ? a : b).append(i));
  }
  for (int i = 1; i < 40; ++i) {
    EXPECT_EQ(a[static_cast<std::size_t>(i - 1)].as<int>(), i);
  }
}

TEST_F(RecordTest, AppendingGrowsInProportion) {
  Record r = make(all_);
  List numbers = *r.edit_list("numbers");
  for (int i = 0; i < 100000; ++i) {
    ASSERT_TRUE(numbers.append(i));
  }
  EXPECT_LT(arena_.capacity(), 4U * 1000 * 1000);
}

TEST_F(RecordTest, NewElementsThatAreStructsHaveTheirDefaults) {
  Record r = make(all_);
  List points = *r.edit_list("points");
  ASSERT_TRUE(points.resize(2));
  EXPECT_EQ(points[1].record()->get<int>("x"), 3);
  EXPECT_TRUE(points[1].record()->has("x"));
}

TEST_F(RecordTest, MapsInsertReplaceAndErase) {
  Record r = make(all_);
  Map counts = *r.edit_map("counts");
  ASSERT_TRUE(counts.set("a", 1));
  ASSERT_TRUE(counts.set("b", 2));
  ASSERT_TRUE(counts.set("a", 3));
  EXPECT_EQ(r.value("counts").to_string(), R"({"a": 3, "b": 2})");
  ASSERT_TRUE(counts.at("c"));
  EXPECT_EQ(counts.size(), 3U);
  EXPECT_TRUE(counts.erase("a"));
  EXPECT_FALSE(counts.erase("a"));
  EXPECT_EQ(code(counts.set("d", "no number")), Errc::type_mismatch);
  EXPECT_EQ(code(counts.set(5, 5)), Errc::type_mismatch);
  EXPECT_EQ(r.value("counts").to_string(), R"({"b": 2, "c": 0})");
  const auto view = *r.get<MapView<std::string_view, std::int64_t>>("counts");
  EXPECT_EQ(view.find("b"), 2);
  EXPECT_EQ(view.find("a"), std::nullopt);
  std::string order;
  for (const auto [key, value] : view) {
    order += std::string(key) + std::to_string(value);
  }
  EXPECT_EQ(order, "b2c0");
}

TEST_F(RecordTest, MapsAreSearchedByAnyKindOfKey) {
  Record r = make(all_);
  fill(r);
  const auto generic = *r.get<MapView<>>("by_tiny");
  EXPECT_EQ(generic.find(-3)->as<RecordView>()->get<int>("x"), 30);
  EXPECT_FALSE(generic.find(1000));  // no i8
  EXPECT_FALSE(generic.find("x"));   // no number
  const auto by_point = *r.get<MapView<RecordView, std::string_view>>("by_point");
  EXPECT_EQ(by_point.find(*r.get<RecordView>("point")), "here");
  EXPECT_EQ(by_point.find(r.value("point")), "here");
  EXPECT_EQ(by_point.find((*r.get<ListView<RecordView>>("points"))[0]), std::nullopt);
}

TEST_F(RecordTest, OfDuplicateKeysTheLastCounts) {
  Record r = make(all_);
  Map counts = *r.edit_map("counts");
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(counts.append(i % 3 == 0 ? "dup" : "k" + std::to_string(i), i));
  }
  const auto view = *r.get<MapView<std::string_view, std::int64_t>>("counts");
  EXPECT_EQ(view.find("dup"), 48);
  EXPECT_EQ((MapIndex<std::string_view, std::int64_t>(view).find("dup")), 48);
}

TEST_F(RecordTest, AnIndexFindsEveryKeyAndNoOther) {
  Record r = make(all_);
  Map counts = *r.edit_map("counts");
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(counts.append("key" + std::to_string(i * 7919 % 2000), i));
  }
  const auto view = *r.get<MapView<std::string_view, std::int64_t>>("counts");
  const MapIndex index(view);
  for (int i = 0; i < 2000; ++i) {
    EXPECT_EQ(index.find("key" + std::to_string(i * 7919 % 2000)), i);
  }
  EXPECT_EQ(index.find("key2000"), std::nullopt);
  EXPECT_EQ(index.find(""), std::nullopt);
  EXPECT_EQ(index.find(5), std::nullopt);
  EXPECT_EQ((MapIndex<std::string_view, std::int64_t>({}).find("x")), std::nullopt);
}

TEST_F(RecordTest, AUnionHoldsOneField) {
  Record u = make(choice_);
  EXPECT_EQ(u.which(), nullptr);
  ASSERT_TRUE(u.set("number", 5));
  EXPECT_EQ(u.which()->name, "number");
  ASSERT_TRUE(u.set("text", "t"));
  EXPECT_EQ(u.which()->name, "text");
  EXPECT_FALSE(u.has("number"));
  EXPECT_EQ(code(u.get<int>("number")), Errc::not_found);
  ASSERT_TRUE(u.edit_record("point")->set("x", 1));
  EXPECT_EQ(u.which()->name, "point");
  EXPECT_EQ(code(u.set("number", "text")), Errc::type_mismatch);
  EXPECT_EQ(u.which()->name, "point");  // a failed call changes nothing
  EXPECT_EQ(code(u.edit_list("text")), Errc::type_mismatch);
  EXPECT_EQ(u.which()->name, "point");
  const auto number = *choice_.handle<std::int32_t>("number");
  u.set(number, 9);
  EXPECT_EQ(u.which()->name, "number");
  u.clear("number");
  EXPECT_EQ(u.which(), nullptr);
}

TEST_F(RecordTest, RecursiveTypesNestBothWays) {
  Record root = make(node_);
  Record at = root;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(at.set("value", i));
    ASSERT_TRUE(at.edit_list("children")->append_record()->set("value", 1000 + i));
    at = *at.edit_record("next");
  }
  RecordView view = root;
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(view.get<int>("value"), i);
    EXPECT_EQ((*view.get<ListView<RecordView>>("children"))[0].get<int>("value"), 1000 + i);
    view = *view.get<RecordView>("next");
  }
  EXPECT_FALSE(view.has("next"));
}

TEST_F(RecordTest, DefaultsAreReadAndPresentUnlessOptional) {
  const Record r = make(defaults_);
  EXPECT_EQ(r.get<int>("number"), 7);
  EXPECT_TRUE(r.has("number"));
  EXPECT_EQ(r.get<std::string_view>("text"), "none");
  EXPECT_EQ(r.value("numbers").to_string(), "[1, 2]");
  EXPECT_EQ((r.get<MapView<std::string_view, std::int64_t>>("counts")->find("a")), 10);
  EXPECT_EQ(r.value("origin").to_string(), "{x: 3, y: 9}");
  EXPECT_EQ(r.value("points").to_string(), "[{x: 3}, {x: 1}]");
  EXPECT_EQ(r.value("uuid").to_string(), "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(r.get<Color>("color"), Color::green);
  EXPECT_FALSE(r.has("limit"));
  EXPECT_EQ(r.get<int>("limit"), 10);
  EXPECT_EQ(r.find<int>("limit"), std::nullopt);
}

TEST_F(RecordTest, ChangingADefaultChangesThisRecordAlone) {
  const Record untouched = make(defaults_);
  Record r = make(defaults_);
  ASSERT_TRUE(r.edit_list("numbers")->append(3));
  ASSERT_TRUE((*r.edit_list("numbers"))[0].set(100));
  ASSERT_TRUE(r.edit_map("counts")->set("a", 11));
  ASSERT_TRUE(r.edit_record("origin")->set("x", 50));
  List points = *r.edit_list("points");
  ASSERT_TRUE(points[0].record()->set("x", 60));
  ASSERT_TRUE(r.edit("counts")->map()->set("b", 12));
  EXPECT_EQ(r.value("numbers").to_string(), "[100, 2, 3]");
  EXPECT_EQ(r.value("counts").to_string(), R"({"a": 11, "b": 12})");
  EXPECT_EQ(r.value("origin").to_string(), "{x: 50, y: 9}");
  EXPECT_EQ(r.value("points").to_string(), "[{x: 60}, {x: 1}]");
  EXPECT_EQ(untouched, make(defaults_));
  EXPECT_EQ(untouched.value("numbers").to_string(), "[1, 2]");
  EXPECT_EQ(untouched.value("origin").to_string(), "{x: 3, y: 9}");
  EXPECT_EQ(untouched.value("points").to_string(), "[{x: 3}, {x: 1}]");

  Record copy = *Record::copy(arena_, untouched);  // shares defaults, until it is changed
  ASSERT_TRUE(copy.edit_record("origin")->set("y", 1));
  EXPECT_EQ(untouched.value("origin").to_string(), "{x: 3, y: 9}");
}

TEST_F(RecordTest, ClearingGoesBackToTheDefault) {
  Record r = make(defaults_);
  ASSERT_TRUE(r.set("number", 1));
  r.clear("number");
  EXPECT_FALSE(r.has("number"));
  EXPECT_EQ(r.get<int>("number"), 7);
  ASSERT_TRUE(r.edit_list("numbers")->append(1));
  r.clear("numbers");
  EXPECT_EQ(r.value("numbers").to_string(), "[1, 2]");
}

TEST_F(RecordTest, IterationGivesThePresentFieldsInOrder) {
  Record r = make(all_);
  ASSERT_TRUE(r.set("color", 2));
  ASSERT_TRUE(r.set("flag", false));
  ASSERT_TRUE(r.set("maps", std::vector<std::map<int, std::string>>{}));
  std::string names;
  for (const auto [field, value] : r.fields()) {
    names += field->name + "=" + value.to_string() + " ";
  }
  EXPECT_EQ(names, "flag=false color=green maps=[] ");
}

TEST_F(RecordTest, EqualityIsDeep) {
  Record a = make(all_);
  Record b = make(all_);
  EXPECT_EQ(a, b);
  fill(a);
  EXPECT_NE(a, b);
  fill(b);
  EXPECT_EQ(a, b);
  // Every field matters.
  for (const Field& f : a.type().fields) {
    Record c = *Record::copy(arena_, a);
    c.clear(f);
    EXPECT_NE(a, c) << f.name;
    EXPECT_NE(c, a) << f.name;
  }
  ASSERT_TRUE((*b.edit_list("points"))[1].record()->set("y", 21));
  EXPECT_NE(a, b);
}

TEST_F(RecordTest, PresenceCountsInEquality) {
  Record a = make(all_);
  Record b = make(all_);
  ASSERT_TRUE(a.set("medium", 0));
  EXPECT_NE(a, b);
  EXPECT_NE(a, RecordView());
  EXPECT_EQ(RecordView(), RecordView());
}

TEST_F(RecordTest, MapsAndSetsAreEqualInAnyOrderListsAreNot) {
  Record a = make(all_);
  Record b = make(all_);
  ASSERT_TRUE(a.set("tags", std::vector<std::string>{"x", "y", "z"}));
  ASSERT_TRUE(b.set("tags", std::vector<std::string>{"z", "x", "y"}));
  ASSERT_TRUE(a.set("sets", std::vector<std::vector<int>>{{1, 2}, {3, 4, 5}}));
  ASSERT_TRUE(b.set("sets", std::vector<std::vector<int>>{{5, 3, 4}, {2, 1}}));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(a.edit_map("counts")->append("k" + std::to_string(i), i));
    ASSERT_TRUE(b.edit_map("counts")->append("k" + std::to_string(19 - i), 19 - i));
  }
  EXPECT_EQ(a, b);
  ASSERT_TRUE(b.edit_map("counts")->set("k7", 8));
  EXPECT_NE(a, b);
  ASSERT_TRUE(a.set("tags", std::vector<std::string>{"x", "x", "y"}));
  ASSERT_TRUE(b.set("tags", std::vector<std::string>{"x", "y", "y"}));
  EXPECT_NE(a.value("tags"), b.value("tags"));
  ASSERT_TRUE(a.set("numbers", std::vector<int>{1, 2}));
  ASSERT_TRUE(b.set("numbers", std::vector<int>{2, 1}));
  EXPECT_NE(a.value("numbers"), b.value("numbers"));
}

TEST_F(RecordTest, FloatingPointEquality) {
  Record a = make(all_);
  Record b = make(all_);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ASSERT_TRUE(a.set("real", nan));
  ASSERT_TRUE(b.set("real", -nan));
  EXPECT_EQ(a, b);
  ASSERT_TRUE(b.set("real", 1.0));
  EXPECT_NE(a, b);
  ASSERT_TRUE(a.set("real", 0.0));
  ASSERT_TRUE(b.set("real", -0.0));
  EXPECT_EQ(a, b);
}

TEST_F(RecordTest, CopiesAreDeep) {
  Record a = make(all_);
  fill(a);
  Arena other;
  Record copy = *Record::copy(other, a);
  const std::string before = copy.to_string();
  EXPECT_EQ(copy, a);
  ASSERT_TRUE((*a.edit_list("numbers"))[0].set(99));
  ASSERT_TRUE(a.edit_record("point")->set("y", 99));
  ASSERT_TRUE((*a.edit_list("matrix"))[0].set(std::vector<double>{}));
  ASSERT_TRUE((*a.edit_map("by_tiny"))[0].value.record()->set("x", 99));
  arena_.reset();  // overwritten under a sanitizer
  (void)arena_.copy(std::string(100000, '\xee'));
  EXPECT_EQ(copy.to_string(), before);
}

TEST_F(RecordTest, WholeValuesAreSetByCopy) {
  Record a = make(all_);
  fill(a);
  Record b = make(all_);
  for (const auto [field, value] : a.fields()) {
    ASSERT_TRUE(b.set(*field, value)) << field->name;
  }
  EXPECT_EQ(a, b);
  ASSERT_TRUE(b.set("points", *a.get<ListView<RecordView>>("points")));
  ASSERT_TRUE(b.set("point", (*a.get<ListView<RecordView>>("points"))[0]));
  EXPECT_EQ(b.value("point").to_string(), "{x: 10}");
  EXPECT_EQ(code(b.set("point", a)), Errc::type_mismatch);
  EXPECT_EQ(code(b.set("numbers", a.value("tags"))), Errc::type_mismatch);
  EXPECT_EQ(code(b.set("point", make(all_).value("point"))), Errc::not_found);
}

TEST_F(RecordTest, APartMayReplaceItsWhole) {
  Record root = make(node_);
  ASSERT_TRUE(root.edit_list("children")->append_record()->set("value", 1));
  Record child = *(*root.edit_list("children"))[0].record();
  ASSERT_TRUE(child.edit_list("children")->append_record()->set("value", 2));
  Record grandchild = *(*child.edit_list("children"))[0].record();
  ASSERT_TRUE((*root.edit_list("children"))[0].set(RecordView(grandchild)));
  EXPECT_EQ(root.to_string(), "Node{children: [{value: 2}]}");
  ASSERT_TRUE(root.set("next", RecordView(root)));
  EXPECT_EQ(root.to_string(), "Node{children: [{value: 2}], next: {children: [{value: 2}]}}");
}

TEST_F(RecordTest, VeryDeepRecordsAreRejectedWithoutStackOverflow) {
  Record root = make(node_);
  Record at = root;
  for (int i = 0; i < 200000; ++i) {
    at = *at.edit_record("next");
  }
  Arena other;
  EXPECT_EQ(code(Record::copy(other, root)), Errc::depth_limit);
  Record twin = make(node_);
  at = twin;
  for (int i = 0; i < 200000; ++i) {
    at = *at.edit_record("next");
  }
  EXPECT_NE(root, twin);
  EXPECT_LT(root.to_string().size(), 1000U);
}

TEST_F(RecordTest, TextIsBounded) {
  Record r = make(all_);
  ASSERT_TRUE(r.set("text", std::string(1000, 'x')));
  ASSERT_TRUE(r.set("blob", Bytes(as_bytes(std::string_view("\x00\xff\x10", 3)))));
  List numbers = *r.edit_list("numbers");
  ASSERT_TRUE(numbers.resize(1000));
  PrintOptions options;
  options.max_elements = 2;
  options.max_string = 4;
  EXPECT_EQ(
      r.to_string(options),
      R"(All{text: "xxxx"... 996 more, blob: 0x00ff... 1 more, numbers: [0, 0, ... 998 more]})");
  options.max_size = 10;
  EXPECT_LT(r.to_string(options).size(), 60U);
  options.max_depth = 0;
  EXPECT_EQ(r.to_string(options), "All{...}");
  ASSERT_TRUE(r.set("text", "a\"b\\c\n"));
  EXPECT_EQ(r.value("text").to_string(), R"("a\"b\\c\x0a")");
  ASSERT_TRUE(r.set("color", 7));
  EXPECT_EQ(r.value("color").to_string(), "7");
  EXPECT_EQ(Value().to_string(), "null");
}

TEST_F(RecordTest, UnknownFieldsAreKeptOnRequest) {
  Record without = make(all_);
  EXPECT_EQ(code(without.set_unknown(as_bytes("abc"))), Errc::unsupported);
  RecordOptions options;
  options.keep_unknown = true;
  const RecordType t = type("All", options);
  Record r = make(t);
  EXPECT_TRUE(r.unknown().empty());
  ASSERT_TRUE(r.set_unknown(as_bytes("abc")));
  EXPECT_EQ(as_text(r.unknown()), "abc");
  Arena other;
  const Record copy = *Record::copy(other, r);
  EXPECT_NE(copy.unknown().data(), r.unknown().data());
  EXPECT_EQ(copy, r);
  EXPECT_NE(copy, make(t));
  EXPECT_EQ(r.to_string(), "All{3 unknown bytes}");
}

TEST_F(RecordTest, RecordTypesAreMadeByNameAndByExpression) {
  EXPECT_EQ(code(RecordType::make(schema_, "NoSuch")), Errc::not_found);
  EXPECT_EQ(type("sample.Node").structure()->name, "sample.Node");
  EXPECT_EQ(type("list<Node>").structure(), nullptr);
  EXPECT_EQ(code(type("list<Node>").handle<int>("value")), Errc::type_mismatch);
  EXPECT_EQ(code(Record::make(arena_, type("list<Node>"))), Errc::type_mismatch);
  EXPECT_NE(all_.find(*schema_.find_struct("Point")), nullptr);
  EXPECT_EQ(all_.find(*schema_.find_struct("Node")), nullptr);
  RecordOptions tiny;
  tiny.max_record_size = 64;
  EXPECT_EQ(code(RecordType::make(schema_, "All", tiny)), Errc::size_limit);
}

TEST_F(RecordTest, RootsOfEveryKind) {
  RootValue list = *RootValue::make(type("list<Node>"));
  ASSERT_TRUE(list.list()->append_record()->set("value", 3));
  EXPECT_EQ(list.value().to_string(), "[{value: 3}]");
  EXPECT_FALSE(list.record());
  EXPECT_EQ(code(list.map()), Errc::type_mismatch);
  RootValue map = *RootValue::make(type("map<i32, string>"));
  ASSERT_TRUE(map.map()->set(1, "one"));
  EXPECT_EQ(map.value().as<MapView<>>()->find(1)->as<std::string_view>(), "one");
  RootValue number = *RootValue::make(type("i64"));
  ASSERT_TRUE(number.value().set(5));
  EXPECT_EQ(number.value().as<int>(), 5);
  RootValue text = *RootValue::make(type("string"));
  ASSERT_TRUE(text.value().set("t"));
  EXPECT_EQ(text.value().to_string(), "\"t\"");
  RootValue root = *RootValue::make(all_);
  fill(root.record());
  Record handle = root.record();
  const RootValue moved = std::move(root);
  EXPECT_EQ(moved.record(), handle);
  ASSERT_TRUE(handle.set("text", "after the move"));
  EXPECT_EQ(moved.record().get<std::string_view>("text"), "after the move");
}

TEST_F(RecordTest, AWarmRootIsFilledAgainWithoutNewMemory) {
  RootValue root = *RootValue::make(all_);
  const std::vector<int> numbers(500, 7);
  const std::string text(300, 'x');
  const auto round = [&] {
    ASSERT_TRUE(root.reset());
    Record r = root.record();
    ASSERT_TRUE(r.set("text", text));
    ASSERT_TRUE(r.set("numbers", numbers));
    List points = *r.edit_list("points");
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(points.append_record()->set("x", i));
    }
    Map counts = *r.edit_map("counts");
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(counts.set(std::string_view(text).substr(0, static_cast<std::size_t>(i)), i));
    }
    ASSERT_TRUE(r.edit_record("choice")->set("number", 5));
  };
  round();
  round();
  const std::size_t memory = root.arena().capacity();
  const std::size_t before = heap_allocations;
  for (int i = 0; i < 10; ++i) {
    round();
  }
  EXPECT_EQ(heap_allocations, before);
  EXPECT_EQ(root.arena().capacity(), memory);
}

TEST_F(RecordTest, ReadingAllocatesNothing) {
  Record r = make(all_);
  fill(r);
  const auto numbers = *all_.handle<ListView<std::int32_t>>("numbers");
  std::int64_t sum = 0;
  const std::size_t before = heap_allocations;
  for (const std::int32_t n : r.get(numbers)) {
    sum += n;
  }
  for (const auto [key, value] : r.map<std::string_view, std::int64_t>("counts")) {
    sum += value + static_cast<std::int64_t>(key.size());
  }
  sum += *r.get<int>("medium");
  for (const auto [field, value] : r.fields()) {
    sum += field->id;
  }
  EXPECT_EQ(heap_allocations, before);
  EXPECT_GT(sum, 0);
}

TEST_F(RecordTest, SharedDefaultsDoNotMakeCopiesLarge) {
  Record r = make(defaults_);
  Arena other;
  const std::size_t empty = other.capacity();
  ASSERT_TRUE(Record::copy(other, r));
  EXPECT_LE(other.capacity() - empty, 4096U);
  // Copies of the copy share the defaults still.
  EXPECT_EQ(Record::copy(other, r)->value("numbers").as<ListView<std::int32_t>>()->span().data(),
            r.value("numbers").as<ListView<std::int32_t>>()->span().data());
}

}  // namespace
}  // namespace wirejit::test
