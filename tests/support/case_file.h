// The corpus: files in tests/cases with values, each in several formats.
// Entry: case_files, CaseFile. Invariant: this file parses and prints lines only;
// tests/thrift/thrift_cases_test.cc and tests/pb/pb_cases_test.cc check the bytes of each row.
//
// A file has lines "name: text"; blank lines and lines that begin with '#' are comments. The first
// is "schema: FILE", a file of tests/cases; then come cases, each with these lines:
//   case: what it shows
//   type: Name
//   options: keep_unknown                members of wirejit::Options that are set
//   FORMAT: bytes                        FORMAT is a name of the command line; bytes are hexadecimal
//                                        digits for a binary format, the text itself for a text format
//   FORMAT in: bytes                     any number of times: bytes that are read as the same value,
//                                        but are not what is written
#pragma once

#include <wirejit/codec.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {

struct CaseRow {
  std::string format;
  std::string bytes;  // as on the wire, not in hexadecimal
  bool only_read = false;
};

struct Case {
  std::string name;
  std::string type;
  Options options{};
  std::vector<CaseRow> rows;

  // The bytes that are written in a format.
  [[nodiscard]] std::optional<std::string> find(std::string_view format) const;
  // Replaces or adds the row that is written.
  void set(std::string_view format, std::string bytes);
};

class CaseFile {
 public:
  // `name` as case_files() gives it. A line of any other form fails the test.
  explicit CaseFile(const std::string& name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& schema() const { return schema_; }  // "small.thrift"
  [[nodiscard]] const std::vector<Case>& cases() const { return cases_; }
  [[nodiscard]] std::vector<Case>& cases() { return cases_; }
  // Writes the file again with the current rows; comments stay where they were.
  void write() const;

 private:
  void read_line(const std::string& line);
  [[nodiscard]] static std::string row_text(const CaseRow& row);

  std::string name_;
  std::string schema_;
  std::vector<Case> cases_;
  std::vector<std::string> head_;                   // the lines before the first case
  std::vector<std::vector<std::string>> comments_;  // before each case
  std::vector<std::string> pending_;
};

// "small_thrift.case", ... in the order of their names.
[[nodiscard]] std::vector<std::string> case_files();

// Whether a format of that name is text, which is in a file as it is.
[[nodiscard]] bool is_text_format(std::string_view format);

}  // namespace wirejit::test
