/// @file
/// What may be asked of codecs (Options) and of single calls (CallOptions).
/// Entry: Options, CallOptions, Limits. Invariant: plain structs; the defaults are what most users
/// want.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace wirejit {

class Arena;

/// What one call may use. A call that would go beyond fails with depth_limit, size_limit or
/// memory_limit. Limits that cannot be kept make the call fail with `unsupported`.
struct Limits {
  /// The depth up to which no `stack` need be given.
  static constexpr std::uint32_t max_depth = 1000;
  /// Bytes of stack that one level takes at most.
  static constexpr std::size_t stack_per_level = 2048;

  /// Structs within structs, the root counted; every level of a skipped value. The default is
  /// Protobuf's: 100 within the root. At least 1. More than max_depth only as far as `stack` has
  /// stack_per_level bytes for each level.
  std::uint32_t depth = 101;
  /// Bytes of stack that the call may take, where `depth` is more than max_depth.
  std::size_t stack = 0;
  /// Bytes of input.
  std::size_t input_bytes = std::size_t{1} << 31;
  /// Bytes of output.
  std::size_t output_bytes = std::size_t{1} << 31;
  /// Bytes that the call may allocate besides its output: what decoding keeps, and what is needed
  /// meanwhile (a chain in one span, a message put together of fields that came again).
  std::size_t memory = std::size_t{256} << 20;

  /// True if all members are equal.
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// How a call that appends to a Chain treats long bytes: it may leave them where they are and put
/// segments into the chain that refer to them.
///
/// Thrift Binary and Compact do so for strings and binaries of the value (or, for a transcoder, of
/// the input). Other formats, text of JSON and lengths of Protobuf, copy all the same, and so do
/// outputs that are no Chain, transcode_prefix(), and input that one pass cannot convert. The chain
/// reserves room for the longest of the bytes all the same, and does not touch it.
struct ByReference {
  /// Bytes and text of at least so many bytes are not copied. 0: all are; less than 64 is 64.
  std::size_t min_bytes = 0;
  /// What keeps the bytes alive; each segment of them gets a copy. It owns what the call reads: an
  /// object; a record's arena and its RecordType, which holds default values; a transcoder's input.
  /// Null: the caller keeps all that until the chain no longer needs it (ChainOwner). Not owned; it
  /// must live as long as the call.
  const std::shared_ptr<const void>* owner = nullptr;
};

/// What a single call is given besides its input and output.
struct CallOptions {
  /// What the call may use.
  Limits limits{};
  /// Holds what views and spans among the members of a decoded object point to. A message that has
  /// something for them needs one: else the call fails with no_arena. Not owned; it must outlive
  /// what was decoded.
  Arena* arena = nullptr;
  /// Encoders and transcoders to a Chain: which bytes are not copied.
  ByReference by_reference{};
};

namespace detail {

// What calls that are given no CallOptions use.
inline constexpr CallOptions default_call{};
// Where a call is inlined, the compiler knows the answer.
[[nodiscard]] constexpr bool is_default(const CallOptions& call) noexcept {
  return &call == &default_call;
}

}  // namespace detail

/// For tests and for listings. No option here changes what a correct call gives.
struct DebugOptions {
  /// Keeps comments in Programs: dump_program() shows names of fields.
  bool comments = false;
  /// Transcoders read into a record and write that, as they otherwise do only where one pass cannot
  /// be right. Slower.
  bool through_record = false;

  /// True if all members are equal.
  friend bool operator==(const DebugOptions&, const DebugOptions&) = default;
};

/// What becomes of fields that the schema lacks; between two schemas, that the source's lacks.
enum class Unknown : std::uint8_t {
  /// A message that has one fails with unknown_field. What objects keep is written all the same.
  error,
  /// They are checked and left out.
  skip,
  /// Records and C++ structs keep them (RecordOptions::keep_unknown, UnknownFields) and write them
  /// back; transcoders pass them on. Only to the format that they came in (both dialects of JSON
  /// are one): no other format can say what they mean.
  keep,
};

/// What becomes of a required field that does not come. The zero value of a type is 0, false, or
/// empty; of a struct, one in which required fields have their default or zero values, and no other
/// field is set. A union has none, nor has a struct that requires one, itself, or 256 fields in all.
enum class MissingRequired : std::uint8_t {
  error,  ///< the message fails with missing_required
  /// Its default value is written, or else zero; where there is none, it is missing_required.
  zero,
  omit,  ///< it is left out, as if it were optional
};

/// Which fields are written that do not come. What objects hold of their own accord, such as the
/// initial value of a member and the default values of an IDL, they hold in either case.
enum class MissingFields : std::uint8_t {
  none,      ///< none
  defaults,  ///< those that have a default value in the schema: this value is written
  all,       ///< all: the default value, or else zero (MissingRequired) where there is one
};

/// How a codec behaves. Options are part of what was compiled: codecs with equal ones are shared.
struct Options {
  /// Decoded views may point into the input, which must then outlive them.
  bool alias_input = false;
  /// A field that comes twice is duplicate_field; else the last one counts.
  bool reject_duplicate_fields = false;
  /// A map key or set element (scalars and strings) that comes twice is duplicate_key; else the
  /// last one counts.
  bool reject_duplicate_keys = false;
  /// A union must have exactly one field set: else union_not_one.
  bool check_unions = true;
  /// What becomes of required fields that do not come.
  MissingRequired missing_required = MissingRequired::error;
  /// Which fields of default requiredness (Requiredness::standard) are written that do not come.
  /// Members of oneofs and unions are not concerned, here and below.
  MissingFields default_fields = MissingFields::defaults;
  /// Which optional fields are written that do not come.
  MissingFields optional_fields = MissingFields::none;
  /// Strings are checked where a text format or Protobuf is written and where Protobuf is read (not
  /// if the field is Wire::unchecked): else invalid_utf8.
  bool validate_utf8 = true;
  /// What becomes of unknown fields. Unless it is said: in ProtoJSON they are an error, as for the
  /// official library; in all other formats objects that have room for them keep them (records of a
  /// type with RecordOptions::keep_unknown, C++ structs with a member of type UnknownFields), and
  /// else they are skipped.
  std::optional<Unknown> unknown_fields{};
  /// Errors name the field. Finding it costs a failed call about as much again as the call itself.
  bool error_paths = true;
  /// For tests and for listings.
  DebugOptions debug{};

  /// True if all members are equal.
  friend bool operator==(const Options&, const Options&) = default;
};

/// How the fields of two schemas' structs are matched.
enum class Match : std::uint8_t {
  number,  ///< by their ids
  name,    ///< by their names, else by their JSON names
};

}  // namespace wirejit
