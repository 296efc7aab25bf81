// Source texts of one load and the diagnostics about them.
// Entry: Reporter::error, Reporter::warning. Invariant: the number of findings is limited, and the
// time that each one costs depends on one clipped line, not on the size of the text.
#pragma once

#include <wirejit/thrift.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::thrift {

// A text being loaded. `text` outlives the load.
struct SourceFile {
  std::string path;  // as shown in diagnostics
  std::string stem;  // "orders" of "idl/orders.thrift"
  std::string_view text;
  std::string storage;  // holds `text` if it was read from a file
};

// A place in a SourceFile.
struct Place {
  std::uint32_t offset = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

class Reporter {
 public:
  Reporter(std::size_t max_errors, std::size_t max_warnings)
      : max_errors_(max_errors), max_warnings_(max_warnings) {}

  void error(const SourceFile& file, Place place, std::string message,
             Errc code = Errc::schema_invalid);
  void warning(const SourceFile& file, Place place, std::string message, Errc code = Errc::ok);
  // An error that concerns a file as a whole.
  void file_error(std::string path, std::string message, Errc code);

  // True while the limit of warnings is not reached. Callers ask before they format a message.
  [[nodiscard]] bool keeps_warnings() const noexcept { return warnings_ < max_warnings_; }
  [[nodiscard]] std::size_t errors() const noexcept { return errors_; }
  [[nodiscard]] bool full() const noexcept { return errors_ >= max_errors_; }
  [[nodiscard]] std::vector<Diagnostic>& findings() noexcept { return findings_; }

  // The Error of a failed load: all findings in one message, with the position of the first error.
  [[nodiscard]] Error to_error() const;

 private:
  void add(Severity severity, const SourceFile& file, Place place, std::string message, Errc code);

  std::size_t max_errors_;
  std::size_t max_warnings_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
  std::vector<Diagnostic> findings_;
};

// "'text'", clipped, with control characters replaced: for messages that show what was found.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace wirejit::thrift
