// The corpus: files in tests/cases that say of values what they are in each format.
// Entry: case_files, CaseFile. Invariant: this reads and writes lines alone; what a row must hold
// is said by those who know the format (tests/thrift/thrift_cases_test.cc,
// tests/pb/pb_cases_test.cc).
//
// A file is lines of "name: text"; blank lines and those that begin with '#' say nothing. It begins
// with "schema: FILE", of tests/cases; then come cases, each of these lines:
//   case: what it shows
//   type: Name
//   options: keep_unknown                of wirejit::Options, where the defaults are not meant
//   FORMAT: bytes                        by the command line's names: hexadecimal digits for a
//                                        binary format, the text itself for one of text
//   FORMAT in: bytes                     any number of times: what is read as the same value, but
//                                        not what is written
#pragma once

#include <wirejit/codec.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {

struct CaseRow {
  std::string format;
  std::string bytes;  // as they are on the wire
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
  // `name` as case_files() gives it. Fails the test where a line is none of those above.
  explicit CaseFile(const std::string& name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& schema() const { return schema_; }  // "small.thrift"
  [[nodiscard]] const std::vector<Case>& cases() const { return cases_; }
  [[nodiscard]] std::vector<Case>& cases() { return cases_; }
  // The file again, with the rows as they are now; comments stay where they were.
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

// Whether a format of that name is text, which stands in a file as it is.
[[nodiscard]] bool is_text_format(std::string_view format);

}  // namespace wirejit::test
