// Names looked up by text: keys of structs and members of enums.
// Entry: NameTable, StructKeys, EnumNames. Invariant: immutable once made; kept alive by the Module
// whose Programs refer to it.
#pragma once

#include <wirejit/schema.h>

#include "kernels/bits.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::json {

// Whether the n bytes at a and b are equal; no call for the lengths that keys have.
inline bool equal_bytes(const char* a, const char* b, std::size_t n) noexcept {
  using kernels::load;
  if (n > 16) {
    return std::memcmp(a, b, n) == 0;
  }
  if (n >= 8) {
    return ((load<std::uint64_t>(a) ^ load<std::uint64_t>(b)) |
            (load<std::uint64_t>(a + n - 8) ^ load<std::uint64_t>(b + n - 8))) == 0;
  }
  return kernels::load_partial8(a, n) == kernels::load_partial8(b, n);
}

// A hash table from text to a number. Open addressing at most half full; names come from schemas,
// not from messages.
class NameTable {
 public:
  struct Entry {
    const char* text;
    std::size_t size;
    std::int64_t value;
  };

  // A name that is there already keeps its first value.
  void add(std::string_view name, std::int64_t value);
  void freeze();

  [[nodiscard]] const Entry* find(const char* p, std::size_t n) const noexcept;
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t entry = 0;  // index + 1; 0 if empty
  };
  static std::uint64_t hash(const char* p, std::size_t n) noexcept;

  std::deque<std::string> texts_;
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;
};

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
