// Options of declarations: those that affect the schema, and all of them as annotations.
// Entry: read_known_options; OptionReader. Invariant: both walk the serialized options;
// max_option_depth bounds the stack and the Budget bounds the memory.
//
// An option that descriptor.proto declares has its name there ("deprecated", "features.enum_type"),
// a custom option the full name of its extension in parentheses. Within an option that is a
// message, each leaf is one annotation with a dotted path: "(google.api.http).get". Each element of
// a repeated option is one annotation. Values are text: numbers in decimal, enum values by name,
// true and false, unprintable bytes as \xNN. An empty message has the value "".
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

// How many bytes names, comments and options may still use, in memory and in name lookups.
class Budget {
 public:
  explicit Budget(std::size_t bytes) noexcept : left_(bytes) {}
  // Returns false if fewer are left.
  [[nodiscard]] bool spend(std::size_t bytes) noexcept {
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
// For example "google.protobuf.FileOptions", whose extensions are the custom options of files.
[[nodiscard]] std::string_view options_message(OptionsOf of) noexcept;

// The options that affect the schema.
struct KnownOptions {
  Features features;                   // those that are set
  std::optional<bool> packed;          // of fields
  bool map_entry = false;              // of messages
  bool message_set = false;            // of messages
  bool allow_alias = false;            // of enums
  bool legacy_json_conflicts = false;  // of messages
};

// Returns false if the bytes are malformed or set a feature to an unknown value.
[[nodiscard]] bool read_known_options(OptionsOf of, std::string_view options,
                                      KnownOptions& out) noexcept;

// Converts bytes to printable text: invalid UTF-8 and control characters become \xNN. Also used for
// error messages.
[[nodiscard]] std::string printable(std::string_view bytes);

class OptionReader {
 public:
  enum class Outcome : std::uint8_t { done, malformed, too_deep, too_large };

  explicit OptionReader(Budget& budget) noexcept : budget_(budget) {}

  // Adds one annotation per option. `extensions` is the message of options_message(of), or null; it
  // and the types of its fields must be indexed.
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
