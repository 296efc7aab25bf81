/// @file
/// Errors of every public call: one pointer wide, with code, byte offset, field path and, for text,
/// line:column. Entry: Result<T>. Invariant: an Error does not repeat the input; it names positions
/// and what was expected there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

/// Codecs that are compiled at run time.
namespace wirejit {

/// What went wrong. Values are stable; new ones are added at the end of their group.
enum class Errc : std::uint16_t {
  ok = 0,  ///< no error has it
  // Input bytes (decode, transcode).
  truncated = 1,      ///< the input ends inside a value
  trailing_data = 2,  ///< bytes remain after the root value
  syntax = 3,         ///< text that the grammar does not allow
  type_mismatch = 4,  ///< an element, key or value has another type than the schema says
  invalid_type = 5,   ///< a type code that the format does not define
  /// A negative count or length, or another count than an array of fixed size has. A count that is
  /// more than the remaining bytes can hold is `truncated`.
  invalid_count = 6,
  invalid_utf8 = 7,          ///< a string that is not UTF-8
  invalid_string = 8,        ///< bad escape, control character, lone surrogate
  invalid_number = 9,        ///< not a number of the expected kind
  number_out_of_range = 10,  ///< a number that its type does not hold
  invalid_base64 = 11,       ///< bytes in text that are not base64
  unknown_enum = 12,         ///< an enum name (or, by option, a number) that the schema lacks
  unknown_field = 13,        ///< by option
  duplicate_field = 14,      ///< by option
  duplicate_key = 15,        ///< map key or set element given twice, by option
  missing_required = 16,     ///< a required field is absent
  union_not_one = 17,        ///< a union with no field or with several fields set
  null_value = 18,           ///< null where the schema has a value
  /// Protobuf: a field number or wire type that does not exist, or the end of a group that did not
  /// begin. Thrift Compact: a field id beyond 16 bits.
  invalid_tag = 19,
  invalid_varint = 20,  ///< more than ten bytes
  oneof_conflict = 21,  ///< two members of a oneof, where the format forbids it
  // Limits.
  depth_limit = 32,   ///< values nest deeper than Limits::depth allows
  size_limit = 33,    ///< an input, output, container or type is larger than its limit
  memory_limit = 34,  ///< the call needs more memory than Limits::memory allows
  no_memory = 35,     ///< the system's allocator has no memory
  /// A std::unordered_map or set has too many keys with one hash; with wirejit::SeededHash this
  /// does not happen. The check takes samples: the position is near, not exact.
  collision_limit = 36,
  // Schemas, registrations, options.
  schema_syntax = 48,    ///< text of a schema that its grammar does not allow
  schema_invalid = 49,   ///< well-formed, but inconsistent (dangling type, duplicate id, ...)
  layout_mismatch = 50,  ///< a C++ struct disagrees with the schema
  unsupported = 51,      ///< the format or the type cannot do it
  not_found = 52,        ///< no such name, id or value
  no_arena = 53,  ///< views are decoded, and the call was given no Arena for what they point at
  // The machine and the program itself.
  code_memory = 64,  ///< executable memory is denied and the interpreter was excluded
  io = 65,           ///< a file cannot be read or written
  internal = 66,     ///< a defect of wirejit
  exception = 67,  ///< code of the application threw: a constructor, comparison, hash or allocator
  // Messages and calls (rpc/).
  bad_frame = 80,          ///< bytes that are no frame, header or envelope
  header_limit = 81,       ///< a header, a pair or a name is longer than its limit
  frame_limit = 82,        ///< a frame is longer than its limit
  wrong_sequence = 83,     ///< a reply has another number than its call
  wrong_method = 84,       ///< a reply names another method than its call; a name is empty
  unknown_method = 85,     ///< the service has no such method
  unknown_service = 86,    ///< there is no such service
  remote_error = 87,       ///< the peer says that it failed: Error::remote_code
  deadline_exceeded = 88,  ///< the time of the call is over
  cancelled = 89,          ///< the caller, or the peer, gave the call up
  unavailable = 90,        ///< there is no connection, or it was lost
  overloaded = 91,         ///< too many calls, streams or bytes are in flight
  protocol_mismatch = 92,  ///< the peer speaks another protocol
};

/// A code's name as written in this header, such as "truncated", in static storage; "unknown" for
/// a number that is no code.
[[nodiscard]] std::string_view to_string(Errc code) noexcept;
/// Writes the code's name.
std::ostream& operator<<(std::ostream& out, Errc code);

/// The offset of an error that has none.
inline constexpr std::size_t no_offset = static_cast<std::size_t>(-1);

/// One failed call. Copyable, one pointer wide. Where there is no memory for an error's details,
/// the error is no_memory. Several threads may read one Error.
class Error {
 public:
  /// What an error says.
  struct Detail {
    /// What went wrong.
    Errc code = Errc::internal;
    /// The number that the peer gave, as it came, such as the code of a Thrift exception message; 0
    /// if it gave none.
    std::int32_t remote_code = 0;
    /// Bytes from the start of the input, when encoding from the start of the output; or no_offset.
    std::size_t offset = no_offset;
    std::uint32_t line = 0;    ///< from 1; 0 where the input is not text
    std::uint32_t column = 0;  ///< from 1, in bytes; 0 where the input is not text
    std::string path;          ///< orders[3].prices["tea"].cents; empty at the root
    std::string message;       ///< what was found and what was expected

    /// True if all parts are equal.
    friend bool operator==(const Detail&, const Detail&) = default;
  };

  /// An error with that code, message and offset, without a line and a path.
  explicit Error(Errc code, std::string message = {}, std::size_t offset = no_offset);
  /// An error with these details.
  explicit Error(Detail detail);
  /// A copy. Where there is no memory for it, it is no_memory.
  Error(const Error& other);
  Error(Error&& other) noexcept = default;
  /// A copy. Where there is no memory for it, it is no_memory.
  Error& operator=(const Error& other);
  Error& operator=(Error&& other) noexcept = default;
  ~Error() = default;

  /// Detail::code.
  [[nodiscard]] Errc code() const noexcept { return detail().code; }
  /// Detail::remote_code.
  [[nodiscard]] std::int32_t remote_code() const noexcept { return detail().remote_code; }
  /// Detail::offset.
  [[nodiscard]] std::size_t offset() const noexcept { return detail().offset; }
  /// Detail::line.
  [[nodiscard]] std::uint32_t line() const noexcept { return detail().line; }
  /// Detail::column.
  [[nodiscard]] std::uint32_t column() const noexcept { return detail().column; }
  /// Detail::path. Valid as long as the error is not changed.
  [[nodiscard]] const std::string& path() const noexcept { return detail().path; }
  /// Detail::message. Valid as long as the error is not changed.
  [[nodiscard]] const std::string& message() const noexcept { return detail().message; }

  /// One line for people: "truncated at byte 17 (line 2:5) in orders[3].sku: ...", or "remote_error
  /// (the peer's code 6): ...".
  [[nodiscard]] std::string to_string() const;
  /// Writes what to_string() says.
  friend std::ostream& operator<<(std::ostream& out, const Error& error);
  /// True if all parts are equal.
  friend bool operator==(const Error& a, const Error& b) noexcept {
    return a.detail() == b.detail();
  }

 private:
  // Where there is no memory, detail_ is null: the error is no_memory then.
  [[nodiscard]] const Detail& detail() const noexcept {
    return detail_ != nullptr ? *detail_ : out_of_memory();
  }
  [[nodiscard]] static const Detail& out_of_memory() noexcept;
  std::unique_ptr<Detail> detail_;
};

/// What a call that may fail returns: a T, or the Error.
template <class T>
using Result = std::expected<T, Error>;

}  // namespace wirejit
