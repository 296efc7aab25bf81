// The Programs of a few types, as listings beside this file: a change of lowering shows as a diff
// to be read. WIREJIT_BLESS=1 writes the files again.
#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace wirejit::test {

struct GoldenPoint {
  std::int32_t x = 0;
  double y = 0;
};
WIREJIT_STRUCT(GoldenPoint, (1, x), (2, y))
struct GoldenLine {
  std::string name;
  std::vector<GoldenPoint> points;
  std::vector<std::int32_t> widths;
  std::optional<std::int64_t> id;
};
WIREJIT_STRUCT(GoldenLine, (1, name), (2, points), (3, widths), (4, id))

namespace {

void expect_golden(const std::string& name, const std::string& got) {
  const std::string path = WIREJIT_SOURCE_DIR "/tests/golden/programs/" + name + ".txt";
  if (const char* bless = std::getenv("WIREJIT_BLESS"); bless != nullptr && *bless == '1') {
    std::ofstream(path) << got;
    return;
  }
  std::ifstream file(path);
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(expected.str(), got) << path << ": WIREJIT_BLESS=1 takes the new listing";
}

const Options with_comments = [] {
  Options o;
  o.comments = true;
  return o;
}();

TEST(GoldenProgram, CppStructsInThriftBinary) {
  Engine engine(EngineOptions{.kind = EngineOptions::Kind::interpret});
  auto point = engine.codec<GoldenPoint>(thrift::binary, with_comments);
  ASSERT_TRUE(point.has_value()) << point.error().to_string();
  expect_golden("point_encode", point->encoder().dump_program());
  expect_golden("point_decode", point->decoder().dump_program());
  auto line = engine.codec<GoldenLine>(thrift::binary, with_comments);
  ASSERT_TRUE(line.has_value());
  expect_golden("line_encode", line->encoder().dump_program());
  expect_golden("line_decode", line->decoder().dump_program());
}

TEST(GoldenProgram, RecordsAndTranscodingInThriftBinary) {
  auto schema = thrift::load_text(R"(
    struct Point { 1: i32 x; 2: double y }
    union Shape { 1: Point point; 2: list<Point> line }
    struct Node { 1: required string name; 2: i32 weight = 7; 3: optional Node next; 900: map<string, i64> counts })");
  ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
  Engine engine(EngineOptions{.kind = EngineOptions::Kind::interpret});
  for (const char* name : {"Point", "Shape", "Node"}) {
    auto t = engine.transcoder(*schema, *schema->find_struct(name), thrift::binary, thrift::binary,
                               with_comments);
    ASSERT_TRUE(t.has_value()) << t.error().to_string();
    expect_golden(std::string(name) + "_transcode", t->dump_program());
  }
  auto records =
      RecordCodec::make(engine, *RecordType::make(*schema, "Node"), thrift::binary, with_comments);
  ASSERT_TRUE(records.has_value());
  expect_golden("Node_record_encode", records->encoder().dump_program());
  expect_golden("Node_record_decode", records->decoder().dump_program());
}

TEST(GoldenProgram, ListingsAreTheSameInEveryRun) {
  const auto listing = [] {
    Engine engine(EngineOptions{.kind = EngineOptions::Kind::interpret});
    return engine.codec<GoldenLine>(thrift::binary, with_comments)->decoder().dump_program();
  };
  EXPECT_EQ(listing(), listing());
}

}  // namespace
}  // namespace wirejit::test
