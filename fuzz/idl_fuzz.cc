// Loads IDL texts under small limits, and compiles what loads.
// Input: a byte of options, then texts, each ended by the byte 1: main.thrift, a.thrift, b.thrift,
// ...
#include "fuzz/defaults.h"
#include "fuzz/subject.h"

#include <map>

namespace wirejit::fuzz {
namespace {

thrift::IdlOptions options_of(std::uint8_t byte) {
  thrift::IdlOptions o;
  o.family = (byte & 1) != 0 ? thrift::Family::thriftgo : thrift::Family::apache;
  o.allow_negative_ids = (byte & 2) != 0;
  o.reserved_words = static_cast<thrift::ReservedWords>((byte >> 2) % 3);
  o.require_includes = (byte & 16) != 0;
  o.limits = {.file_bytes = 1 << 14,
              .total_bytes = 1 << 15,
              .files = 6,
              .include_depth = 4,
              .nesting = 12,
              .declarations = 2000,
              .expansion = 4000,
              .errors = 5,
              .warnings = 5};
  return o;
}

std::map<std::string, std::string> split(std::string_view text) {
  std::map<std::string, std::string> files;
  std::string name = "main.thrift";
  for (char next = 'a'; next <= 'h'; ++next) {
    const std::size_t end = text.find('\x01');
    files[name] = text.substr(0, end);
    if (end == std::string_view::npos) {
      break;
    }
    text.remove_prefix(end + 1);
    name = std::string(1, next) + ".thrift";
  }
  return files;
}

void run(std::uint8_t byte, std::string_view text) {
  const thrift::IdlOptions options = options_of(byte);
  std::vector<thrift::Diagnostic> diagnostics;
  const bool several = (byte & 32) != 0;
  const Result<Schema> schema =
      several ? thrift::load_map(split(text), "main.thrift", options, &diagnostics)
              : thrift::load_text(text, options, &diagnostics);
  for (const thrift::Diagnostic& d : diagnostics) {
    if (d.to_string().empty() || d.caret > d.source_line.size()) {
      std::fprintf(stderr, "DISAGREEMENT: a caret beyond its line\n");
      std::abort();
    }
  }
  if (!schema) {
    if (diagnostics.empty() || schema.error().message().empty()) {
      std::fprintf(stderr, "DISAGREEMENT: an error without a diagnostic\n");
      std::abort();
    }
    return;
  }
  check_defaults(*schema, {thrift::binary, json::text});
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 65536) {
    return -1;
  }
  wirejit::fuzz::run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
