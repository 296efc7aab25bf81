// Names that are looked up by text: keys of structs and values of enums.
// Entry: StructKeys, EnumNames. Invariant: immutable after construction; the Module whose Programs
// refer to a table owns it.
#pragma once

#include "lower/name_table.h"

#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::json {

using lower::equal_bytes;
using lower::NameTable;

// The values of an enum: names to numbers, and numbers to the text that is written.
class EnumNames {
 public:
  EnumNames(const EnumType& type, bool reject_unknown_numbers);

  [[nodiscard]] const NameTable& names() const noexcept { return names_; }
  // The name in quotes, escaped; or null.
  [[nodiscard]] const std::string* text_of(std::int64_t number) const noexcept;
  [[nodiscard]] std::size_t longest() const noexcept { return longest_; }
  [[nodiscard]] bool rejects_unknown_numbers() const noexcept { return rejects_unknown_numbers_; }

 private:
  NameTable names_;
  std::vector<std::pair<std::int64_t, std::string>> texts_;  // ordered by number
  bool dense_ = false;  // texts_[k].first == texts_[0].first + k
  std::size_t longest_ = 0;
  bool rejects_unknown_numbers_;
};

// The keys of a struct. Entry i is the key of field i; entries after those are other spellings.
struct StructKeys {
  NameTable names;
  std::vector<bool> null_is_absent;  // by field
  bool reject_unknown = false;
  // ProtoJSON alone:
  std::vector<const EnumNames*> droppable;  // by field: the enum whose unknown values are skipped
  bool skips_type = false;                  // a key "@type" is skipped
};

// `text` as a JSON string, in quotes.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace wirejit::json
