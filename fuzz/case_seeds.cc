// Writes the rows of tests/cases as inputs of the fuzzers of formats: two bytes that choose the type
// and the first setup, then the row's bytes.
// Usage: case_seeds FOLDER   (makes FOLDER/NAME_fuzz/FILE-CASE-ROW)
#include "fuzz/pb_schemas.h"
#include "fuzz/schemas.h"
#include "tests/support/case_file.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>

namespace wirejit::fuzz {
namespace {

std::optional<std::size_t> find_root(std::span<const std::string_view> roots,
                                     const std::string& root) {
  const auto found = std::ranges::find(roots, root);
  return found == roots.end() ? std::nullopt
                              : std::optional(static_cast<std::size_t>(found - roots.begin()));
}

// The first byte by which an input of the target chooses the type of a case; nothing if the target
// does not have the type.
std::optional<std::size_t> number_of(const std::string& target, const std::string& schema,
                                     const std::string& type) {
  const std::string document = schema.substr(0, schema.find('.'));
  if (target == "pb_fuzz" || target == "protojson_fuzz") {
    const std::string root = document + "." + type;
    return target == "pb_fuzz" ? find_root(pb_roots, root) : find_root(protojson_roots, root);
  }
  for (std::size_t i = 0; i < schemas().size(); ++i) {
    if (schemas()[i].root == type && schemas()[i].schema.documents().front().name == document) {
      return i;
    }
  }
  return std::nullopt;
}

std::string target_of(const std::string& schema, const std::string& format) {
  if (schema.ends_with(".thrift")) {
    return format == "thrift-binary" ? "thrift_binary_fuzz"
           : format == "thrift-json" ? "thrift_json_fuzz"
           : format == "json"        ? "json_fuzz"
                                     : "";
  }
  return format == "protobuf" ? "pb_fuzz" : format == "protojson" ? "protojson_fuzz" : "";
}

// The first byte of an input of skip_fuzz, which knows no types; nothing if it lacks the format.
std::optional<std::size_t> skip_number_of(const std::string& format) {
  return format == "thrift-binary"                   ? std::optional<std::size_t>(0)
         : format == "thrift-compact"                ? std::optional<std::size_t>(1)
         : format == "json" || format == "protojson" ? std::optional<std::size_t>(2)
                                                     : std::nullopt;
}

void write(const std::filesystem::path& file, std::size_t number, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << static_cast<char>(number) << '\0' << bytes;
}

void run(const std::filesystem::path& folder) {
  std::size_t written = 0;
  for (const std::string& name : test::case_files()) {
    const test::CaseFile file(name);
    for (std::size_t c = 0; c < file.cases().size(); ++c) {
      const test::Case& one = file.cases()[c];
      for (std::size_t row = 0; row < one.rows.size(); ++row) {
        const std::string input = name + "-" + std::to_string(c) + "-" + std::to_string(row);
        if (const auto number = skip_number_of(one.rows[row].format)) {
          write(folder / "skip_fuzz" / input, *number, one.rows[row].bytes);
          ++written;
        }
        const std::string target = target_of(file.schema(), one.rows[row].format);
        const auto number =
            target.empty() ? std::nullopt : number_of(target, file.schema(), one.type);
        if (number) {
          write(folder / target / input, *number, one.rows[row].bytes);
          ++written;
        }
      }
    }
  }
  std::printf("%zu inputs\n", written);
}

}  // namespace
}  // namespace wirejit::fuzz

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: case_seeds FOLDER\n");
    return 2;
  }
  wirejit::fuzz::run(argv[1]);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "case_seeds: %s\n", e.what());
  return 1;
}
