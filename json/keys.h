// Names looked up by text: keys of structs and members of enums.
// Entry: StructKeys, EnumNames. Invariant: immutable once made; kept alive by the Module
// whose Programs refer to it.
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

// The members of an enum: names to numbers, and numbers to their text as it is written.
class EnumNames {
 public:
  EnumNames(const EnumType& type, bool refuse_unknown_numbers);

  [[nodiscard]] const NameTable& names() const noexcept { return names_; }
  // The name in quotes, escaped; or null.
  [[nodiscard]] const std::string* text_of(std::int64_t number) const noexcept;
  [[nodiscard]] std::size_t longest() const noexcept { return longest_; }
  [[nodiscard]] bool refuse_unknown_numbers() const noexcept { return refuse_unknown_numbers_; }

 private:
  NameTable names_;
  std::vector<std::pair<std::int64_t, std::string>> texts_;  // ordered by number
  bool dense_ = false;  // texts_[k].first == texts_[0].first + k
  std::size_t longest_ = 0;
  bool refuse_unknown_numbers_;
};

// The keys of a struct. Entry i is the key of field i; behind those stand other spellings.
struct StructKeys {
  NameTable names;
  std::vector<bool> null_is_absent;  // by field
  bool refuse_unknown = false;
  // ProtoJSON alone:
  std::vector<const EnumNames*> droppable;  // by field: enums of which unknown values are left out
  bool skips_type = false;                  // a key "@type" is skipped
};

// `text` as a JSON string, in quotes.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace wirejit::json
