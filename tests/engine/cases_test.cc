// Every row of tests/cases on every engine: the bytes in each format are converted to those in each
// other one, in one pass, through a record, and by two codecs.
#include "tests/support/case_file.h"
#include "tests/support/case_schema.h"
#include "tests/support/engine_matrix.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wirejit::test {
namespace {

std::vector<Format> formats_of(const Case& c) {
  std::vector<Format> formats;
  for (const CaseRow& row : c.rows) {
    if (!row.only_read) {
      formats.push_back(*format_by_name(row.format));
    }
  }
  return formats;
}

std::string readable(const Format& format, const Outcome& o) {
  return !o.ok() ? o.error() : format.is_text() ? o.bytes : hex(as_bytes(o.bytes), 4000);
}

void expect_becomes(EngineMatrix& matrix, const CaseRow& from, const CaseRow& to) {
  SCOPED_TRACE(from.format + (from.only_read ? ", only read," : "") + " to " + to.format);
  const Format in = *format_by_name(from.format);
  const Format out = *format_by_name(to.format);
  const std::string expected = readable(out, Outcome(to.bytes));
  EXPECT_EQ(readable(out, matrix.by_codecs(in, out, as_bytes(from.bytes))), expected);
  EXPECT_EQ(readable(out, matrix.through_record(in, out, as_bytes(from.bytes))), expected);
  // Compares with transcoding through a record. Where fields come in another order, one pass keeps
  // that order.
  const Outcome one_pass = matrix.transcode(in, out, from.bytes);
  if (!from.only_read) {
    EXPECT_EQ(readable(out, one_pass), expected);
  }
}

class Cases : public testing::TestWithParam<std::string> {};

TEST_P(Cases, EachFormatBecomesEachOther) {
  const CaseFile file(GetParam());
  if (file.schema().ends_with(".proto") && !has_case_descriptors()) {
    GTEST_SKIP() << "this build had no protoc";
  }
  const Result<Schema> schema = load_case_schema(file.schema());
  ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
  for (const Case& c : file.cases()) {
    SCOPED_TRACE(c.name);
    ASSERT_GE(c.rows.size(), 2U);
    EngineMatrix matrix(*schema, c.type, formats_of(c),
                        {.options = c.options, .through_record = ThroughRecord::code});
    for (const CaseRow& from : c.rows) {
      for (const CaseRow& to : c.rows) {
        if (!to.only_read) {
          expect_becomes(matrix, from, to);
        }
      }
    }
  }
}

// A prefix of a Thrift message, and a message with a byte more, are rejected.
TEST_P(Cases, PrefixesAndTrailingBytesAreRejected) {
  const CaseFile file(GetParam());
  if (file.schema().ends_with(".proto")) {
    return;  // in Protobuf, a prefix that ends with a field is a message
  }
  const Result<Schema> schema = load_case_schema(file.schema());
  ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
  for (const Case& c : file.cases()) {
    SCOPED_TRACE(c.name);
    EngineMatrix matrix(*schema, c.type, formats_of(c), {.options = c.options});
    for (const CaseRow& row : c.rows) {
      const Format format = *format_by_name(row.format);
      const std::size_t step = 1 + row.bytes.size() / 64;
      for (std::size_t n = 0; n < row.bytes.size(); n += step) {
        const Outcome o = matrix.decode(format, as_bytes(row.bytes.substr(0, n))).outcome;
        EXPECT_EQ(o.code, Errc::truncated) << row.format << " " << n << " " << o.error();
      }
      EXPECT_EQ(matrix.decode(format, as_bytes(row.bytes + "]")).outcome.code, Errc::trailing_data);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Cases, testing::ValuesIn(case_files()), [](const auto& file) {
  return file.param.substr(0, file.param.find('.'));
});

}  // namespace
}  // namespace wirejit::test
