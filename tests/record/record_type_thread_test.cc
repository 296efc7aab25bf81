// Record types of one schema, type and options are shared as long as one of them lives, also if
// several threads make them at once. Runs under ThreadSanitizer, too.
#include "tests/support/record_support.h"
#include "tests/support/together.h"

#include <wirejit/record.h>

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

namespace wirejit::test {
namespace {

RecordType make(const Schema& schema, std::string_view name, const RecordOptions& options = {}) {
  auto made = RecordType::make(schema, name, options);
  EXPECT_TRUE(made) << made.error();
  return made ? *made : RecordType();
}

TEST(SharedRecordType, OneSchemaTypeAndOptionsGiveOneType) {
  const Schema schema = sample_schema();
  const RecordType a = make(schema, "All");
  EXPECT_EQ(a, make(schema, "All"));
  EXPECT_EQ(&a.layout(), &make(schema, "All").layout());
  EXPECT_EQ(a, *RecordType::make({schema, a.type()}));
  EXPECT_EQ(a, *RecordType::make({schema, *a.type().structure}));
  EXPECT_EQ(a, make(Schema(schema), "All"));
  EXPECT_EQ(make(schema, "list<All>"), make(schema, "list<All>"));
}

TEST(SharedRecordType, AnotherSchemaTypeOrOptionGivesAnother) {
  const Schema schema = sample_schema();
  const RecordType a = make(schema, "All");
  EXPECT_NE(a, make(schema, "Point"));
  EXPECT_NE(a, make(schema, "list<All>"));
  EXPECT_NE(a, make(schema, "All", {.keep_unknown = true}));
  EXPECT_NE(a, make(schema, "All", {.max_record_size = 4096}));
  EXPECT_NE(a, make(sample_schema(), "All"));
  EXPECT_NE(a, RecordType());
  EXPECT_EQ(RecordType(), RecordType());
}

TEST(SharedRecordType, AFailureIsNotShared) {
  const Schema schema = sample_schema();
  const RecordType a = make(schema, "All");
  const auto too_large = RecordType::make(schema, "All", {.max_record_size = 8});
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code(), Errc::size_limit);
  EXPECT_EQ(a, make(schema, "All"));
}

TEST(SharedRecordType, IsAKeyOfHashedContainers) {
  const Schema schema = sample_schema();
  std::unordered_set<RecordType> types = {make(schema, "All"), make(schema, "Point")};
  types.insert(make(schema, "All"));
  types.insert(RecordType());
  EXPECT_EQ(types.size(), 3U);
}

TEST(SharedRecordType, RecordsOfOneAreRecordsOfTheOther) {
  const Schema schema = sample_schema();
  const RecordType a = make(schema, "Point");
  const auto handle = make(schema, "Point").handle<std::int32_t>("y");
  ASSERT_TRUE(handle) << handle.error();
  auto root = RootValue::make(a);
  ASSERT_TRUE(root) << root.error();
  root->record().set(*handle, 5);
  EXPECT_EQ(*root->record().get<std::int32_t>("y"), 5);
}

TEST(SharedRecordType, IsFreedWithItsLastHandle) {
  const Schema schema = sample_schema();
  RecordType a = make(schema, "All");
  const std::weak_ptr<const record::RecordLayouts> watch = a.layouts();
  RecordType b = make(schema, "All");
  a = RecordType();
  EXPECT_FALSE(watch.expired());
  b = RecordType();
  EXPECT_TRUE(watch.expired());
  EXPECT_FALSE(make(schema, "All").empty());
}

TEST(SharedRecordType, FreesTheSchemaWithItsLastHandle) {
  auto schema = std::make_unique<Schema>(sample_schema());
  const std::weak_ptr<const Schema::Data> watch = schema->data();
  RecordType a = make(*schema, "All");
  schema.reset();
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(a, make(a.schema(), "All"));
  a = RecordType();
  EXPECT_TRUE(watch.expired());
}

TEST(SharedRecordType, ThreadsThatMakeItAtOnceGetOne) {
  for (int round = 0; round < 50; ++round) {
    const Schema schema = sample_schema();
    std::array<RecordType, threads> made;
    together([&](int i) {
      made[static_cast<std::size_t>(i)] = make(schema, "All");
      for (int k = 0; k < 5; ++k) {  // these are made and freed
        EXPECT_FALSE(make(schema, "Point").empty());
      }
    });
    for (const RecordType& type : made) {
      EXPECT_EQ(type, made[0]);
    }
  }
}

}  // namespace
}  // namespace wirejit::test
