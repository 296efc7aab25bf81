// Thrift JSON (TJSONProtocol) at run time: what Programs call besides the functions of parse.h and
// print.h. Entry: the functions below. Invariant: as in parse.h and print.h.
#pragma once

#include "jit/context.h"
#include "jit/helper.h"

#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::json {

using jit::Context;
using jit::HelperResult;

// Marks unknown fields that are kept (UnknownFields): the texts "id":{"type":value} as they were
// read, one after another.
inline constexpr std::uint64_t thrift_member_tag = 0x7468726a736f6e31;

// The name of a type on the wire, its letters as the bytes of a number, the first lowest.
using TypeName = std::uint32_t;
constexpr TypeName type_name(std::string_view letters) noexcept {
  TypeName name = 0;
  for (std::size_t i = letters.size(); i > 0; --i) {
    name = name << 8 | static_cast<unsigned char>(letters[i - 1]);
  }
  return name;
}
// The name of a kind; empty for kinds that Thrift does not have.
[[nodiscard]] std::string_view wire_name(Kind kind) noexcept;

// The fields of a struct, found by id.
class FieldIds {
 public:
  // `only`, where it is given: by position, the fields that are in the table.
  FieldIds(const StructType& type, bool reject_unknown, const std::vector<bool>* only = nullptr);
  // The field with that id and that type on the wire, or -1.
  [[nodiscard]] std::int64_t find(std::int64_t id, TypeName type) const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept { return entries_.size(); }
  [[nodiscard]] bool rejects_unknown() const noexcept { return reject_unknown_; }

 private:
  struct Entry {
    std::int32_t id;
    TypeName type;
    std::int64_t index;
  };
  [[nodiscard]] const Entry* entry(std::int64_t id) const noexcept;

  std::vector<Entry> entries_;  // ordered by id
  bool dense_ = false;          // entries_[k].id == entries_[0].id + k
  bool reject_unknown_;
};

// The head of a list, set or map: the names of its types, each with its quotes and a comma.
struct ContainerHead {
  explicit ContainerHead(const Type& type);

  std::string text;             // "i32",  or  "str","i32",
  std::vector<TypeName> types;  // one, or two for a map
  std::uint64_t smallest;  // bytes of the smallest element with its comma, or of the smallest entry
};

// What ends a value. In a container that has a count, an element where it should end, or its end
// where an element should be, is invalid_count.
struct Closing {
  std::string_view text;
  bool counted;
};
inline constexpr Closing member_end{"}", false};
inline constexpr Closing list_end{"]", true};
inline constexpr Closing list_member_end{"]}", true};
inline constexpr Closing map_end{"}]", true};
inline constexpr Closing map_member_end{"}]}", true};

struct ThriftHelpers {
  // Reading: (ctx, cursor, end, ...) -> {cursor, value}.
  //
  // Finds the next field of a struct, by its id and its type; the cursor is after '{' ("first") or
  // after a field. Returns {cursor at the value, its position}; {cursor after '}', the count of
  // fields} at the end; where unknown fields are kept, {cursor at the value, count + 1} for one. The
  // address of the field's opening quote is in extra_results[0]. By [keep][first].
  jit::Helper field[2][2];
  // Skips a value and the '}' after it.
  jit::Helper skip_member;
  // The head of a container with its count, up to what precedes the first element (its comma) or
  // the first key (its quote, included). {cursor, count}. By [inside]: after '[', or before it.
  jit::Helper open_container[2];
  // Before the next element: skips the comma. Before the next key: the comma and the key's quote.
  jit::Helper next_element, next_key;
  // Closing&: skips its text, and white space before each character.
  jit::Helper close;
  // The '}' that ends a field; the value is handed on: {cursor, value}, extra_results[0].
  jit::Helper end_scalar, end_bytes;
  jit::Helper flag, root_flag, flag_inside;  // 1, 0, true or false

  // Writing. All are bounded but write_members and widen_count.
  jit::Helper write_double, write_double_key;
  // (ctx, cursor, soft end, address of the digit '0', count): the count in its place.
  jit::Helper widen_count;
  // (ctx, cursor, soft end, address, size, FieldIds): as write_members of print.h; fields that
  // are in FieldIds are left out.
  jit::Helper write_members;
};
[[nodiscard]] const ThriftHelpers& thrift_helpers() noexcept;

}  // namespace wirejit::json
