// The rows of tests/cases for Thrift's formats against Apache Thrift's library: its protocols write
// the bytes of the files for the value, and read them as the value. WIREJIT_BLESS=1 writes the rows
// with the official library alone. Version 0.17 has no uuids: this test writes their 16 bytes
// itself.
#include "tests/support/case_file.h"
#include "tests/support/case_schema.h"
#include "tests/support/engine_matrix.h"
#include "tests/support/golden.h"
#include "tests/support/libthrift_values.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

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

INSTANTIATE_TEST_SUITE_P(All, ThriftCases, testing::ValuesIn(case_files()), [](const auto& file) {
  return file.param.substr(0, file.param.find('.'));
});

}  // namespace
}  // namespace wirejit::test
