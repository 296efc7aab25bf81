// Options of declarations: what the schema itself obeys, and all of them as annotations.
// Entry: read_known_options; OptionReader. Invariant: both walk the options' own bytes, in stack
// bounded by max_option_depth and in memory bounded by the Budget.
//
// An option that descriptor.proto declares is named as there ("deprecated", "features.enum_type"),
// a custom one by its extension's full name in parentheses; within an option that is a message,
// each leaf is one annotation with a dotted path: "(google.api.http).get". A repeated option is
// repeated. Values are text: numbers in decimal, enum values by their names, true and false, bytes
// that are not printable text with \xNN. An empty message has the value "".
#pragma once

#include "pb/descriptor_features.h"
#include "pb/descriptor_walk.h"

#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wirejit::pb::descriptors {

// Bytes that names, comments and options may still take, and names may be compared for.
class Budget {
 public:
  explicit Budget(std::size_t bytes) noexcept : left_(bytes) {}
  // False if there are fewer.
  [[nodiscard]] bool take(std::size_t bytes) noexcept {
    if (bytes > left_) {
      return false;
    }
    left_ -= bytes;
    return true;
  }

 private:
  std::size_t left_;
};

enum class OptionsOf : std::uint8_t {
  file,
  message,
  field,
  oneof,
  enumeration,
  enum_value,
  service,
  method,
};
inline constexpr int option_kinds = 8;
// "google.protobuf.FileOptions", whose extensions are the custom options of files.
[[nodiscard]] std::string_view options_message(OptionsOf of) noexcept;

struct KnownOptions {
  Features features;                   // those that are set
  std::optional<bool> packed;          // of fields
  bool map_entry = false;              // of messages
  bool message_set = false;            // of messages
  bool allow_alias = false;            // of enums
  bool legacy_json_conflicts = false;  // of messages
};

// False if the bytes are malformed or hold an unknown feature's value.
[[nodiscard]] bool read_known_options(OptionsOf of, std::string_view options,
                                      KnownOptions& out) noexcept;

// Bytes as printable text: what is not valid UTF-8, or a control character, becomes \xNN. For
// messages, too.
[[nodiscard]] std::string printable(std::string_view bytes);

class OptionReader {
 public:
  enum class Outcome : std::uint8_t { done, malformed, too_deep, too_large };

  explicit OptionReader(Budget& budget) noexcept : budget_(budget) {}

  // Adds one annotation per option. `extensions` is the message of options_message(of), or null.
  // It and what its fields refer to should be indexed.
  [[nodiscard]] Outcome annotate(OptionsOf of, std::string_view options,
                                 const StructType* extensions, Annotations& out);

 private:
  static constexpr int max_option_depth = 64;

  Outcome message(const StructType& type, std::string_view bytes, const std::string& prefix,
                  int depth);
  Outcome map_entry(const Type& type, std::string_view bytes, const std::string& prefix, int depth);
  Outcome field(const Type& type, const WalkedField& f, const std::string& name, int depth);
  Outcome standard(OptionsOf of, const WalkedField& f);
  Outcome features(std::string_view bytes);
  Outcome add(std::string name, std::string value);

  Budget& budget_;
  Annotations* out_ = nullptr;
};

}  // namespace wirejit::pb::descriptors
