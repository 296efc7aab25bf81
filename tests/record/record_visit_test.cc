// Visitors of values, printing, comparing and cloning of handles.
#include "tests/support/printed.h"
#include "tests/support/record_support.h"

#include <wirejit/record.h>
#include <wirejit/record_visit.h>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace wirejit::test {
namespace {

class RecordVisitTest : public testing::Test {
 protected:
  RootValue make(std::string_view name) const {
    auto type = RecordType::make(schema_, name);
    EXPECT_TRUE(type) << type.error();
    auto made = RootValue::make(*type);
    EXPECT_TRUE(made) << made.error();
    return *std::move(made);
  }

  Schema schema_ = sample_schema();
};

// What visit() calls, and with which value.
struct Describe {
  std::string operator()(std::monostate /*none*/) const { return "none"; }
  std::string operator()(bool b) const { return b ? "bool true" : "bool false"; }
  std::string operator()(std::int64_t n) const { return "signed " + std::to_string(n); }
  std::string operator()(std::uint64_t n) const { return "unsigned " + std::to_string(n); }
  std::string operator()(double d) const { return "double " + std::to_string(d); }
  std::string operator()(std::string_view s) const { return "text " + std::string(s); }
  std::string operator()(Bytes b) const { return "bytes " + std::to_string(b.size()); }
  std::string operator()(const Uuid& u) const { return "uuid " + std::to_string(u[0]); }
  std::string operator()(const EnumView& e) const {
    return "enum " + std::string(e.name()) + " " + std::to_string(e.number());
  }
  std::string operator()(const RecordView& r) const { return "record " + r.type().name; }
  std::string operator()(const ListView<>& l) const { return "list " + std::to_string(l.size()); }
  std::string operator()(const MapView<>& m) const { return "map " + std::to_string(m.size()); }
};

TEST_F(RecordVisitTest, VisitGivesEachKindItsType) {
  RootValue root = make("All");
  Record r = root.record();
  const auto visited = [&](const char* field, const auto& value) {
    const auto done = r.set(field, value);
    EXPECT_TRUE(done) << done.error();
    return visit(r.value(field), Describe());
  };
  EXPECT_EQ(visited("flag", true), "bool true");
  EXPECT_EQ(visited("tiny", -5), "signed -5");
  EXPECT_EQ(visited("small", -500), "signed -500");
  EXPECT_EQ(visited("medium", 70000), "signed 70000");
  EXPECT_EQ(visited("large", std::int64_t{1} << 40), "signed 1099511627776");
  EXPECT_EQ(visited("u8", 200), "unsigned 200");
  EXPECT_EQ(visited("u16", 60000), "unsigned 60000");
  EXPECT_EQ(visited("u32", 4000000000U), "unsigned 4000000000");
  EXPECT_EQ(visited("u64", ~std::uint64_t{0}), "unsigned 18446744073709551615");
  EXPECT_EQ(visited("single", 1.5F), "double 1.500000");
  EXPECT_EQ(visited("real", 0.25), "double 0.250000");
  EXPECT_EQ(visited("text", "hello"), "text hello");
  EXPECT_EQ(visited("blob", std::vector<std::uint8_t>{0, 255}), "bytes 2");
  EXPECT_EQ(visited("uuid", Uuid{9, 2, 3}), "uuid 9");
  EXPECT_EQ(visited("color", 2), "enum green 2");
  EXPECT_EQ(visited("color", 77), "enum  77");
  EXPECT_EQ(visited("numbers", std::vector<int>{1, 2, 3}), "list 3");
  EXPECT_EQ(visited("tags", std::vector<std::string>{"a"}), "list 1");
  EXPECT_EQ(visited("counts", std::map<std::string, int>{{"x", 1}}), "map 1");
  EXPECT_EQ(visit(r.value("point"), Describe()), "none");
  ASSERT_TRUE(r.edit_record("point"));
  EXPECT_EQ(visit(r.value("point"), Describe()), "record Point");
  EXPECT_EQ(visit(r.value("no such field"), Describe()), "none");
  EXPECT_EQ(visit(Value(), Describe()), "none");
  EXPECT_EQ(EnumView(nullptr, 3).name(), "");
}

// Records all calls.
class Recorder : public RecordVisitor {
 public:
  void scalar(const Value& value) override { calls += value.to_string() + " "; }
  bool enter_record(const RecordView& record) override {
    calls += record.type().name + "{ ";
    return true;
  }
  void leave_record(const RecordView& record) override { calls += "}" + record.type().name + " "; }
  bool enter_field(const Field& field, const Value& /*value*/) override {
    calls += field.name + "( ";
    return field.name != skipped_field;
  }
  void leave_field(const Field& /*field*/, const Value& /*value*/) override { calls += ") "; }
  bool enter_list(const ListView<>& /*list*/) override {
    calls += "[ ";
    return !skip_lists;
  }
  void leave_list(const ListView<>& /*list*/) override { calls += "] "; }
  bool enter_element(std::size_t index, const Value& /*value*/) override {
    calls += std::to_string(index) + "( ";
    return true;
  }
  void leave_element(std::size_t /*index*/, const Value& /*value*/) override { calls += ") "; }
  bool enter_map(const MapView<>& /*map*/) override {
    calls += "map[ ";
    return true;
  }
  void leave_map(const MapView<>& /*map*/) override { calls += "]map "; }
  bool enter_entry(std::size_t index, const Value& /*key*/, const Value& /*value*/) override {
    calls += std::to_string(index) + "( ";
    return true;
  }
  void leave_entry(std::size_t /*index*/, const Value& /*key*/, const Value& /*value*/) override {
    calls += ") ";
  }

  std::string calls;
  std::string skipped_field;
  bool skip_lists = false;
};

TEST_F(RecordVisitTest, WalkEntersAndLeavesAllParts) {
  RootValue root = make("All");
  Record r = root.record();
  ASSERT_TRUE(r.set("medium", 5));
  ASSERT_TRUE(r.set("numbers", std::vector<int>{7, 8}));
  ASSERT_TRUE(r.edit_map("by_tiny")->record(-3)->set("y", 4));
  const auto calls = [&](auto change) {
    Recorder recorder;
    change(recorder);
    const auto done = walk(root.value(), recorder);
    EXPECT_TRUE(done) << done.error();
    Recorder again;
    change(again);
    EXPECT_TRUE(walk(RecordView(r), again));
    EXPECT_EQ(recorder.calls, again.calls);
    return recorder.calls;
  };
  const std::string before = calls([](Recorder& /*recorder*/) {});
  EXPECT_NE(before.find("medium( 5 ) "), std::string::npos) << before;
  EXPECT_NE(before.find("numbers( [ 0( 7 ) 1( 8 ) ] ) "), std::string::npos) << before;
  EXPECT_NE(before.find("by_tiny( map[ 0( -3 Point{ "), std::string::npos) << before;
  EXPECT_NE(before.find("y( 4 ) }Point ) ]map ) "), std::string::npos) << before;
  EXPECT_TRUE(before.starts_with("All{ ")) << before;
  EXPECT_TRUE(before.ends_with("}All ")) << before;

  const std::string no_lists = calls([](Recorder& recorder) { recorder.skip_lists = true; });
  EXPECT_NE(no_lists.find("numbers( [ ) "), std::string::npos) << no_lists;
  const std::string no_field = calls([](Recorder& recorder) { recorder.skipped_field = "medium"; });
  EXPECT_NE(no_field.find("medium( numbers( "), std::string::npos) << no_field;
}

TEST_F(RecordVisitTest, WalkMakesNoCallForNothing) {
  Recorder recorder;
  EXPECT_TRUE(walk(Value(), recorder));
  EXPECT_TRUE(walk(RecordView(), recorder));
  EXPECT_EQ(recorder.calls, "");
  RecordVisitor nothing;  // all functions do nothing
  EXPECT_TRUE(walk(make("Defaults").record(), nothing));
}

TEST_F(RecordVisitTest, WalkStopsAtItsDepth) {
  RootValue root = make("Node");
  Record at = root.record();
  for (int i = 1; i < max_record_depth; ++i) {
    auto next = at.edit_record("next");
    ASSERT_TRUE(next) << next.error();
    at = *next;
  }
  RecordVisitor nothing;
  EXPECT_TRUE(walk(root.value(), nothing));
  EXPECT_TRUE(walk(root.record(), nothing, max_record_depth));
  const auto done = walk(root.value(), nothing, max_record_depth - 1);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Errc::depth_limit);
  EXPECT_FALSE(walk(root.record(), nothing, 0));
  EXPECT_FALSE(walk(root.record().value("next"), nothing, 0));
}

// ---- Printing and comparing

TEST_F(RecordVisitTest, AllHandlesPrintAsTheirText) {
  RootValue root = make("All");
  Record r = root.record();
  ASSERT_TRUE(r.set("numbers", std::vector<int>{1, 2}));
  ASSERT_TRUE(r.set("counts", std::map<std::string, int>{{"x", 1}}));
  EXPECT_EQ(printed(root), root.to_string());
  EXPECT_EQ(printed(root.value()), root.value().to_string());
  EXPECT_EQ(printed(r), r.to_string());
  EXPECT_EQ(printed(RecordView(r)), r.to_string());
  EXPECT_NE(printed(r).find("numbers: [1, 2]"), std::string::npos) << r;
  EXPECT_EQ(printed(r.list("numbers")), "[1, 2]");
  EXPECT_EQ(printed(r.list<std::int32_t>("numbers")), "[1, 2]");
  EXPECT_EQ(r.list("numbers").to_string({.max_elements = 1}), "[1, ... 1 more]");
  EXPECT_EQ(printed(r.map("counts")), R"({"x": 1})");
  EXPECT_EQ(printed(r.map<std::string_view, std::int64_t>("counts")), R"({"x": 1})");
  EXPECT_EQ(printed(*r.edit_list("numbers")), "[1, 2]");
  EXPECT_EQ(printed(*r.edit_map("counts")), R"({"x": 1})");
  EXPECT_EQ(printed(Value()), "null");
  EXPECT_EQ(printed(RecordView()), "null");
  EXPECT_EQ(printed(ListView<>()), "[]");
  EXPECT_EQ(printed(MapView<>()), "{}");
  EXPECT_EQ(printed(List()), "[]");
  EXPECT_EQ(printed(Map()), "{}");
}

TEST_F(RecordVisitTest, ListsAndMapsAreEqualByContents) {
  RootValue a = make("All");
  RootValue b = make("All");
  Record r = a.record();
  Record s = b.record();
  EXPECT_EQ(ListView<>(), r.list("numbers"));
  EXPECT_EQ(MapView<>(), r.map("counts"));
  ASSERT_TRUE(r.set("numbers", std::vector<int>{1, 2}));
  ASSERT_TRUE(s.set("numbers", std::vector<int>{1, 2}));
  EXPECT_EQ(r.list("numbers"), s.list("numbers"));
  EXPECT_EQ(*r.edit_list("numbers"), *s.edit_list("numbers"));
  EXPECT_EQ(a, b);
  ASSERT_TRUE(s.edit_list("numbers")->append(3));
  EXPECT_NE(r.list("numbers"), s.list("numbers"));
  EXPECT_NE(*r.edit_list("numbers"), *s.edit_list("numbers"));
  EXPECT_NE(a, b);
  EXPECT_NE(r.list("numbers"), ListView<>());
  ASSERT_TRUE(r.set("counts", std::vector<std::pair<std::string, int>>{{"x", 1}, {"y", 2}}));
  ASSERT_TRUE(s.set("counts", std::vector<std::pair<std::string, int>>{{"y", 2}, {"x", 1}}));
  EXPECT_EQ(r.map("counts"), s.map("counts"));
  EXPECT_EQ(*r.edit_map("counts"), *s.edit_map("counts"));
  ASSERT_TRUE(s.edit_map("counts")->set("x", 2));
  EXPECT_NE(r.map("counts"), s.map("counts"));
  EXPECT_NE(*r.edit_map("counts"), *s.edit_map("counts"));
}

TEST_F(RecordVisitTest, ACloneHasMemoryOfItsOwn) {
  RootValue root = make("All");
  ASSERT_TRUE(root.record().set("text", "first"));
  ASSERT_TRUE(root.record().set("numbers", std::vector<int>{1, 2}));
  auto clone = root.clone();
  ASSERT_TRUE(clone) << clone.error();
  EXPECT_EQ(*clone, root);
  EXPECT_EQ(clone->type(), root.type());
  ASSERT_TRUE(root.record().set("text", "second"));
  EXPECT_EQ(*clone->record().get<std::string>("text"), "first");
  EXPECT_NE(*clone, root);
  ASSERT_TRUE(root.reset());
  EXPECT_EQ(printed(clone->record().list("numbers")), "[1, 2]");
}

TEST_F(RecordVisitTest, WhatWasMovedFromHasNoClone) {
  RootValue root = make("Point");
  const RootValue moved = std::move(root);
  const auto clone = root.clone();  // NOLINT(bugprone-use-after-move): that is what is tested
  ASSERT_FALSE(clone);
  EXPECT_EQ(clone.error().code(), Errc::not_found);
  EXPECT_EQ(std::as_const(root).value(), Value());
  EXPECT_EQ(printed(root), "null");
  EXPECT_TRUE(moved.clone());
}

}  // namespace
}  // namespace wirejit::test
