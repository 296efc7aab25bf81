#include "tests/support/case_file.h"

#include "tests/support/case_schema.h"
#include "tests/support/engine_matrix.h"
#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace wirejit::test {
namespace {

constexpr std::string_view folder = WIREJIT_SOURCE_DIR "/tests/cases/";
constexpr std::string_view only_read_mark = " in";

std::string of_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

}  // namespace

bool is_text_format(std::string_view format) {
  const std::optional<Format> known = format_by_name(format);
  return known && known->is_text();
}

std::optional<std::string> Case::find(std::string_view format) const {
  for (const CaseRow& row : rows) {
    if (row.format == format && !row.only_read) {
      return row.bytes;
    }
  }
  return std::nullopt;
}

void Case::set(std::string_view format, std::string bytes) {
  for (CaseRow& row : rows) {
    if (row.format == format && !row.only_read) {
      row.bytes = std::move(bytes);
      return;
    }
  }
  rows.push_back({std::string(format), std::move(bytes), false});
}

CaseFile::CaseFile(const std::string& name) : name_(name) {
  std::istringstream lines(read_file(std::string(folder) + name));
  for (std::string line; std::getline(lines, line);) {
    read_line(line);
  }
  EXPECT_FALSE(schema_.empty()) << name;
  EXPECT_FALSE(cases_.empty()) << name;
}

void CaseFile::read_line(const std::string& line) {
  if (line.empty() || line.front() == '#') {
    pending_.push_back(line);
    return;
  }
  const std::size_t colon = line.find(": ");
  ASSERT_NE(colon, std::string::npos) << name_ << ": " << line;
  std::string key = line.substr(0, colon);
  std::string text = line.substr(colon + 2);
  if (key == "schema") {
    schema_ = text;
    head_ = std::move(pending_);
    pending_.clear();
    return;
  }
  if (key == "case") {
    cases_.emplace_back().name = text;
    comments_.push_back(std::move(pending_));
    pending_.clear();
    return;
  }
  ASSERT_FALSE(cases_.empty()) << name_ << ": " << line;
  Case& c = cases_.back();
  if (key == "type") {
    c.type = text;
  } else if (key == "options") {
    ASSERT_EQ(text, "keep_unknown") << name_;
    c.options.unknown_fields = Unknown::keep;
  } else {
    CaseRow& row = c.rows.emplace_back();
    row.only_read = key.ends_with(only_read_mark);
    row.format = key.substr(0, key.size() - (row.only_read ? only_read_mark.size() : 0));
    ASSERT_TRUE(format_by_name(row.format)) << name_ << ": no format " << row.format;
    row.bytes = is_text_format(row.format) ? text : of_hex(text);
  }
}

std::string CaseFile::row_text(const CaseRow& row) {
  return row.format + std::string(row.only_read ? only_read_mark : "") + ": " +
         (is_text_format(row.format) ? row.bytes : hex(as_bytes(row.bytes), row.bytes.size()));
}

void CaseFile::write() const {
  std::ofstream out(std::string(folder) + name_, std::ios::binary);
  for (const std::string& line : head_) {
    out << line << "\n";
  }
  out << "schema: " << schema_ << "\n";
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    for (const std::string& line : comments_[i]) {
      out << line << "\n";
    }
    const Case& c = cases_[i];
    out << "case: " << c.name << "\ntype: " << c.type << "\n";
    if (c.options.unknown_fields == Unknown::keep) {
      out << "options: keep_unknown\n";
    }
    for (const CaseRow& row : c.rows) {
      out << row_text(row) << "\n";
    }
  }
}

std::vector<std::string> case_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".case") {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace wirejit::test
