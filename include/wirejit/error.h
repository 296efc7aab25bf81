// Errors of every public call: one pointer wide, with code, byte offset, field path and, for text,
// line:column. Entry: Result<T>. Invariant: an Error never echoes payload bytes wholesale; it names
// positions and expectations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace wirejit {

// What went wrong. Values are stable; new ones are added at the end of their group.
enum class Errc : std::uint16_t {
  ok = 0,
  // Input bytes (decode, transcode).
  truncated = 1,      // the input ends inside a value
  trailing_data = 2,  // bytes remain after the root value
  syntax = 3,         // text that the grammar does not allow
  type_mismatch = 4,  // an element, key or value has another type than the schema says
  invalid_type = 5,   // a type code that the format does not define
  // A negative count or length, or another count than an array of fixed size has. One of more than
  // the remaining bytes can hold is `truncated`.
  invalid_count = 6,
  invalid_utf8 = 7,
  invalid_string = 8,  // bad escape, control character, lone surrogate
  invalid_number = 9,  // not a number of the expected kind
  number_out_of_range = 10,
  invalid_base64 = 11,
  unknown_enum = 12,     // an enum name (or, by option, a number) that the schema lacks
  unknown_field = 13,    // by option
  duplicate_field = 14,  // by option
  duplicate_key = 15,    // map key or set element given twice, by option
  missing_required = 16,
  union_not_one = 17,  // a union with no field or with several fields set
  null_value = 18,     // null where a value must stand
  invalid_tag = 19,  // Protobuf: a field's number or wire type that cannot be, a group's wrong end
  invalid_varint = 20,  // more than ten bytes
  oneof_conflict = 21,  // two members of a oneof, where the format forbids it
  // Limits.
  depth_limit = 32,
  size_limit = 33,
  memory_limit = 34,
  no_memory = 35,  // the system's allocator refused
  // A std::unordered_map or set got too many keys that its hash cannot tell apart; with
  // wirejit::SeededHash there are none. Looked for by samples: the position is near, not exact.
  collision_limit = 36,
  // Schemas, registrations, options.
  schema_syntax = 48,
  schema_invalid = 49,   // well-formed, but inconsistent (dangling type, duplicate id, ...)
  layout_mismatch = 50,  // a C++ struct disagrees with the schema
  unsupported = 51,
  not_found = 52,
  no_arena = 53,  // views are decoded, and the call was given no Arena for what they point at
  // The machine and the program itself.
  code_memory = 64,  // executable memory is denied and the interpreter was excluded
  io = 65,
  internal = 66,   // a defect of wirejit
  exception = 67,  // code of the application threw: a constructor, comparison, hash or allocator
};

// A code's name as written in this header, such as "truncated". Static storage.
[[nodiscard]] std::string_view to_string(Errc code) noexcept;

// Where an error has no byte offset.
inline constexpr std::size_t no_offset = static_cast<std::size_t>(-1);

// One failed call. Copyable, one pointer wide. Where there is no memory for an error, it is
// no_memory itself. Thread-safety: as a value type.
class Error {
 public:
  struct Detail {
    Errc code = Errc::internal;
    std::size_t offset =
        no_offset;             // bytes from the start of the input (of the output when encoding)
    std::uint32_t line = 0;    // 1-based, 0 where the input is not text
    std::uint32_t column = 0;  // 1-based, in bytes
    std::string path;          // orders[3].prices["tea"].cents; empty at the root
    std::string message;       // what was found and what was expected
  };

  explicit Error(Errc code, std::string message = {}, std::size_t offset = no_offset);
  explicit Error(Detail detail);
  Error(const Error& other);
  Error(Error&& other) noexcept = default;
  Error& operator=(const Error& other);
  Error& operator=(Error&& other) noexcept = default;
  ~Error() = default;

  [[nodiscard]] Errc code() const noexcept { return detail().code; }
  [[nodiscard]] std::size_t offset() const noexcept { return detail().offset; }
  [[nodiscard]] std::uint32_t line() const noexcept { return detail().line; }
  [[nodiscard]] std::uint32_t column() const noexcept { return detail().column; }
  [[nodiscard]] const std::string& path() const noexcept { return detail().path; }
  [[nodiscard]] const std::string& message() const noexcept { return detail().message; }

  // One line for people: "truncated at byte 17 (line 2:5) in orders[3].sku: ...".
  [[nodiscard]] std::string to_string() const;

 private:
  // A refused allocation leaves detail_ null: the error is no_memory then.
  [[nodiscard]] const Detail& detail() const noexcept {
    return detail_ != nullptr ? *detail_ : refused();
  }
  [[nodiscard]] static const Detail& refused() noexcept;
  std::unique_ptr<Detail> detail_;
};

template <class T>
using Result = std::expected<T, Error>;

}  // namespace wirejit
