// Programs and machine code of small types, compared with listings in tests/golden: a change of
// lowering, of a format or of a macro assembler is a diff in the review. WIREJIT_BLESS=1 writes the
// files again.
//
// Each file is named TYPE_ENDS.txt: Point.proto as a C++ struct, a record ("record") or one format
// from another.
#include "jit/host.h"
#include "tests/support/case_schema.h"
#include "tests/support/case_structs.h"
#include "tests/support/golden.h"

#include <wirejit/record_codec.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace wirejit::test {
namespace {

// The values of Row::from and Row::to that are not names of formats.
constexpr std::string_view record = "record";
constexpr std::string_view object = "struct";

struct Row {
  std::string_view schema;  // in tests/cases
  std::string_view type;
  std::string_view from;
  std::string_view to;
  bool code = false;  // machine code, too
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.schema << " " << row.type << ", " << row.from << " to " << row.to;
}

constexpr std::string_view thrift_cases = "small.thrift";
constexpr std::string_view proto_cases = "small.proto";

constexpr Row rows[] = {
    // C++ structs.
    {thrift_cases, "Point", object, "thrift-binary", true},
    {thrift_cases, "Point", "thrift-binary", object, true},
    {thrift_cases, "Point", object, "protobuf", true},
    {thrift_cases, "Point", "protobuf", object, true},
    {thrift_cases, "Point", object, "json", true},
    {thrift_cases, "Point", "json", object, true},
    {thrift_cases, "Point", object, "protojson", true},
    {thrift_cases, "Point", "protojson", object, true},
    {thrift_cases, "Line", object, "thrift-binary"},
    {thrift_cases, "Line", "thrift-binary", object},
    {thrift_cases, "Line", object, "protobuf"},
    {thrift_cases, "Line", "protobuf", object},
    {thrift_cases, "Line", object, "json"},
    {thrift_cases, "Line", "json", object},
    {thrift_cases, "Line", object, "protojson"},
    {thrift_cases, "Line", "protojson", object},
    // Records, of Thrift's types.
    {thrift_cases, "Point", record, "thrift-binary"},
    {thrift_cases, "Point", "thrift-binary", record},
    {thrift_cases, "Point", record, "json"},
    {thrift_cases, "Point", "json", record},
    {thrift_cases, "Shape", record, "thrift-binary"},
    {thrift_cases, "Shape", "thrift-binary", record},
    {thrift_cases, "Shape", record, "json"},
    {thrift_cases, "Shape", "json", record},
    {thrift_cases, "Node", record, "thrift-binary"},
    {thrift_cases, "Node", "thrift-binary", record},
    {thrift_cases, "Node", record, "json"},
    {thrift_cases, "Node", "json", record},
    {thrift_cases, "Kinds", record, "thrift-binary"},
    {thrift_cases, "Kinds", "thrift-binary", record},
    {thrift_cases, "Kinds", record, "json"},
    {thrift_cases, "Kinds", "json", record},
    // Records, of Protobuf's messages.
    {proto_cases, "Point", record, "protobuf"},
    {proto_cases, "Point", "protobuf", record},
    {proto_cases, "Point", record, "protojson"},
    {proto_cases, "Point", "protojson", record},
    {proto_cases, "Line", record, "protobuf"},
    {proto_cases, "Line", "protobuf", record},
    {proto_cases, "Line", record, "protojson"},
    {proto_cases, "Line", "protojson", record},
    {proto_cases, "Shape", record, "protobuf"},
    {proto_cases, "Shape", "protobuf", record},
    {proto_cases, "Shape", record, "protojson"},
    {proto_cases, "Shape", "protojson", record},
    {proto_cases, "Node", record, "protobuf"},
    {proto_cases, "Node", "protobuf", record},
    {proto_cases, "Node", record, "protojson"},
    {proto_cases, "Node", "protojson", record},
    {proto_cases, "Kinds", record, "protobuf"},
    {proto_cases, "Kinds", "protobuf", record},
    {proto_cases, "Kinds", record, "protojson"},
    {proto_cases, "Kinds", "protojson", record},
    {proto_cases, "Path", "protobuf", record},
    {proto_cases, "Path", "protojson", record},
    {proto_cases, "Event", record, "protobuf"},
    {proto_cases, "Event", "protobuf", record},
    {proto_cases, "Event", record, "protojson"},
    {proto_cases, "Event", "protojson", record},
    // One format to another.
    {thrift_cases, "Point", object, "thrift-compact", true},
    {thrift_cases, "Point", "thrift-compact", object, true},
    {thrift_cases, "Shape", record, "thrift-compact"},
    {thrift_cases, "Shape", "thrift-compact", record},
    {thrift_cases, "Kinds", record, "thrift-compact"},
    {thrift_cases, "Kinds", "thrift-compact", record},
    {thrift_cases, "Line", "thrift-compact", "json"},
    {thrift_cases, "Line", "json", "thrift-compact"},
    {thrift_cases, "Point", object, "thrift-json", true},
    {thrift_cases, "Point", "thrift-json", object, true},
    {thrift_cases, "Shape", record, "thrift-json"},
    {thrift_cases, "Shape", "thrift-json", record},
    {thrift_cases, "Kinds", record, "thrift-json"},
    {thrift_cases, "Kinds", "thrift-json", record},
    {thrift_cases, "Line", "json", "thrift-json"},
    {thrift_cases, "Line", "thrift-json", "thrift-binary"},
    {thrift_cases, "Point", "thrift-binary", "thrift-binary"},
    {thrift_cases, "Shape", "thrift-binary", "thrift-binary"},
    {thrift_cases, "Node", "thrift-binary", "thrift-binary"},
    {thrift_cases, "Point", "thrift-binary", "json"},
    {thrift_cases, "Point", "json", "thrift-binary"},
    {thrift_cases, "Line", "thrift-binary", "json"},
    {thrift_cases, "Line", "json", "thrift-binary"},
    {thrift_cases, "Shape", "json", "json"},
    {thrift_cases, "Line", "thrift-binary", "protobuf"},
    {proto_cases, "Point", "protobuf", "protobuf"},
    {proto_cases, "Shape", "protobuf", "protobuf"},
    {proto_cases, "Point", "protobuf", "protojson"},
    {proto_cases, "Point", "protojson", "protobuf"},
    {proto_cases, "Line", "protobuf", "protojson"},
    {proto_cases, "Line", "protojson", "protobuf"},
    {proto_cases, "Kinds", "protobuf", "protojson"},
    {proto_cases, "Line", "protobuf", "thrift-binary"},
    {proto_cases, "Line", "protobuf", "json"},
    {proto_cases, "Event", "protobuf", "protojson"},
    {proto_cases, "Event", "protojson", "protobuf"},
    {proto_cases, "Path", "protobuf", "json"},
    {proto_cases, "Shape", "protojson", "json"},
};

std::string name_of(const Row& row) {
  std::string name(row.schema.substr(row.schema.find('.') + 1));
  for (const std::string_view part : {row.type, row.from, row.to}) {
    name.append(".").append(part);
  }
  return name;
}

Options with_comments() {
  Options options;
  options.debug.comments = true;
  return options;
}

template <class T>
Result<CodecBase> struct_codec(const Engine& engine, const Row& row) {
  if (row.from == object) {
    return engine.encoder<T>(*format_by_name(row.to), with_comments());
  }
  return engine.decoder<T>(*format_by_name(row.from), with_comments());
}

Result<CodecBase> codec_of(const Engine& engine, const Row& row) {
  if (row.from == object || row.to == object) {
    return row.type == "Point" ? struct_codec<GoldenPoint>(engine, row)
                               : struct_codec<GoldenLine>(engine, row);
  }
  const Result<Schema> schema = load_case_schema(row.schema);
  if (!schema) {
    return std::unexpected(schema.error());
  }
  const StructType* type = &schema->find_struct(row.type)->get();
  if (type == nullptr) {
    return std::unexpected(Error(Errc::not_found, "no such type"));
  }
  if (row.from != record && row.to != record) {
    return engine.transcoder({*schema, *type}, *format_by_name(row.from), *format_by_name(row.to),
                             with_comments());
  }
  const Result<RecordType> records = RecordType::make(*schema, row.type);
  if (!records) {
    return std::unexpected(records.error());
  }
  const std::string_view format = row.from == record ? row.to : row.from;
  const Result<RecordCodec> codec =
      engine.record_codec(*records, *format_by_name(format), with_comments());
  if (!codec) {
    return std::unexpected(codec.error());
  }
  return row.from == record ? codec->encoder() : codec->decoder();
}

bool can_load(const Row& row) { return has_case_descriptors() || !row.schema.ends_with(".proto"); }

class GoldenProgram : public testing::TestWithParam<Row> {};

TEST_P(GoldenProgram, IsAsExpected) {
  if (!can_load(GetParam())) {
    GTEST_SKIP() << "this build had no protoc";
  }
  const Engine engine({.kind = EngineOptions::Kind::interpret});
  const Result<CodecBase> codec = codec_of(engine, GetParam());
  ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
  const std::string program = codec->dump_program();
  expect_golden("programs/" + name_of(GetParam()) + ".txt", program);
  const Engine again({.kind = EngineOptions::Kind::interpret});
  EXPECT_EQ(codec_of(again, GetParam())->dump_program(), program) << "two listings differ";
}

TEST_P(GoldenProgram, BecomesTheExpectedMachineCode) {
  if (!GetParam().code || !can_load(GetParam())) {
    return;
  }
  const Engine engine({.kind = EngineOptions::Kind::interpret});
  const Result<CodecBase> codec = codec_of(engine, GetParam());
  ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
  for (const jit::CpuFacts& cpu : jit::cpus()) {
    const Result<std::string> code = codec->dump_code(cpu.name);
    if (!code && code.error().code() == Errc::unsupported) {
      GTEST_SKIP() << code.error().to_string();
    }
    ASSERT_TRUE(code.has_value()) << code.error().to_string();
    expect_golden("code/" + name_of(GetParam()) + "." + std::string(cpu.name) + ".txt", *code);
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenProgram, testing::ValuesIn(rows), [](const auto& row) {
  std::string name = name_of(row.param);
  for (char& c : name) {
    c = c == '.' || c == '-' ? '_' : c;
  }
  return name;
});

// A listing without a row would never be compared.
TEST(GoldenProgramFiles, AreThoseOfTheRows) {
  std::set<std::string> expected;
  for (const Row& row : rows) {
    expected.insert("programs/" + name_of(row) + ".txt");
    for (const jit::CpuFacts& cpu : jit::cpus()) {
      if (row.code) {
        expected.insert("code/" + name_of(row) + "." + std::string(cpu.name) + ".txt");
      }
    }
  }
  std::set<std::string> found;
  for (const char* folder : {"programs", "code"}) {
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(WIREJIT_SOURCE_DIR "/tests/golden") / folder)) {
      found.insert(folder + ("/" + entry.path().filename().string()));
    }
  }
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace wirejit::test
