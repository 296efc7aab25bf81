// The rows of tests/cases for Thrift's formats against Apache Thrift's library: its protocols write
// the bytes of the files for the value, and read them as the value. WIREJIT_BLESS=1 writes the rows
// with the official library alone. Version 0.17 has no uuids: this test writes their 16 bytes
// itself.
#include "tests/support/case_file.h"
#include "tests/support/case_schema.h"
#include "tests/support/engine_matrix.h"
#include "tests/support/golden.h"
#include "tests/support/libthrift_values.h"

#include <wirejit/thrift.h>
#include <wirejit/thrift_print.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace wirejit::test {
namespace {

struct Row {
  std::string_view format;
  LibthriftProtocol protocol;
};
constexpr Row formats[] = {{"thrift-binary", LibthriftProtocol::binary},
                           {"thrift-compact", LibthriftProtocol::compact},
                           {"thrift-json", LibthriftProtocol::json}};

// The official reader of JSON loses the escape of a zero byte, and rejects ids below zero and white
// space.
bool is_read_by_libthrift(LibthriftProtocol protocol, const StructType& type,
                          std::string_view bytes) {
  return protocol != LibthriftProtocol::json ||
         (bytes.find(R"(\u0000)") == std::string::npos && !bytes.starts_with(' ') &&
          std::none_of(type.fields.begin(), type.fields.end(),
                       [](const Field& f) { return f.id < 0; }));
}

class ThriftCases : public testing::TestWithParam<std::string> {};

TEST_P(ThriftCases, AreWhatTheOfficialLibraryWritesAndReads) {
  CaseFile file(GetParam());
  if (!file.schema().ends_with(".thrift")) {
    return;
  }
  const Result<Schema> schema = load_case_schema(file.schema());
  ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
  for (Case& c : file.cases()) {
    SCOPED_TRACE(c.name);
    const StructType* type = &schema->find_struct(c.type)->get();
    ASSERT_NE(type, nullptr) << c.type;
    ASSERT_TRUE(c.find("json"));
    const CaseValue value = CaseValue::parse(*c.find("json"));
    for (const Row& format : formats) {
      if (!libthrift_holds(format.protocol, *type)) {
        EXPECT_FALSE(c.find(format.format)) << "nobody checks it";
        continue;
      }
      const std::string bytes = libthrift_write(format.protocol, *type, value);
      if (blessing()) {
        c.set(format.format, bytes);
      }
      ASSERT_TRUE(c.find(format.format)) << "WIREJIT_BLESS=1 adds the row " << format.format;
      EXPECT_EQ(hex(as_bytes(*c.find(format.format)), bytes.size()),
                hex(as_bytes(bytes), bytes.size()));
      for (const CaseRow& row : c.rows) {
        if (row.format == format.format &&
            is_read_by_libthrift(format.protocol, *type, row.bytes)) {
          // Rows that are only read may have another order of fields.
          EXPECT_EQ(nlohmann::json(libthrift_read(format.protocol, *type, row.bytes)),
                    nlohmann::json(value));
        }
      }
    }
  }
  if (blessing()) {
    file.write();
  }
}

// The bytes of newer specifications, which the official library 0.17 cannot check.
TEST(ThriftUuids, HaveTheBytesOfTheSpecificationsInEveryPlace) {
  constexpr std::string_view idl = R"(
const uuid NIL = "00000000-0000-0000-0000-000000000000"
struct S {
  1: uuid id = "{00112233-4455-6677-8899-AABBCCDDEEFF}",
  2: optional list<uuid> ids,
  3: optional map<uuid, uuid> by_id,
  4: optional set<uuid> set,
  5: optional i32 last,
}
)";
  const std::string one = "00112233445566778899aabbccddeeff";
  const std::string text = R"("00112233-4455-6677-8899-aabbccddeeff")";
  const std::string binary = "100001" + one + "0f00021000000002" + one + one +
                             "0d0003101000000001" + one + one + "0e00041000000001" + one +
                             "0800050000000700";
  const std::string compact =
      "1d" + one + "192d" + one + one + "1b01dd" + one + one + "1a1d" + one + "150e00";
  const std::string tagged = R"({"1":{"uid":)" + text + R"(},"2":{"lst":["uid",2,)" + text + "," +
                             text + R"(]},"3":{"map":["uid","uid",1,{)" + text + ":" + text +
                             R"(}]},"4":{"set":["uid",1,)" + text + R"(]},"5":{"i32":7}})";
  const auto bytes_of = [](std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    }
    return bytes;
  };
  const Result<Schema> schema = thrift::load_text(idl);
  ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
  const std::pair<Format, std::string> rows[] = {{thrift::binary, bytes_of(binary)},
                                                 {thrift::compact, bytes_of(compact)},
                                                 {thrift::json, tagged}};
  EngineMatrix matrix(*schema, "S", {thrift::binary, thrift::compact, thrift::json},
                      {.through_record = ThroughRecord::error});
  EngineMatrix none(*thrift::load_text("struct S { 5: optional i32 last }"), "S",
                    {thrift::binary, thrift::compact, thrift::json});
  for (const auto& [from, bytes] : rows) {
    for (const auto& [to, expected] : rows) {
      EXPECT_EQ(matrix.transcode(from, to, bytes).bytes, expected) << from.name() << to.name();
      EXPECT_EQ(matrix.by_codecs(from, to, as_bytes(bytes)).bytes, expected);
    }
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      EXPECT_EQ(matrix.transcode(from, from, bytes.substr(0, n)).code, Errc::truncated) << n;
      EXPECT_EQ(none.transcode(from, from, bytes.substr(0, n)).code, Errc::truncated) << n;
    }
    // Skipped, where they are unknown.
    EXPECT_EQ(none.transcode(from, thrift::binary, bytes).bytes, bytes_of("0800050000000700"));
  }
  const Result<std::string> printed = thrift::print(*schema, schema->documents().front());
  ASSERT_TRUE(printed.has_value());
  const Result<Schema> again = thrift::load_text(*printed);
  ASSERT_TRUE(again.has_value()) << *printed;
  EXPECT_EQ((*again->find_struct("S"))->fields[0].default_value,
            (*schema->find_struct("S"))->fields[0].default_value);
  EXPECT_EQ((*again->find_struct("S"))->fields[2].type->to_string(), "map<uuid, uuid>");
}

INSTANTIATE_TEST_SUITE_P(All, ThriftCases, testing::ValuesIn(case_files()), [](const auto& file) {
  return file.param.substr(0, file.param.find('.'));
});

}  // namespace
}  // namespace wirejit::test
