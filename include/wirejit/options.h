/// @file
/// What may be asked of codecs and of calls.
/// Entry: Options, Limits. Invariant: plain structs; the defaults are what most users want.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wirejit {

// What one call may use. A call that would go beyond fails with depth_limit, size_limit or
// memory_limit.
struct Limits {
  /// Structs within structs, the root counted; every level of a skipped value. As in Protobuf, 100
  /// within the root. Up to max_depth without more ado; beyond it only as many levels as fit in
  /// `stack`, else making a codec fails with `unsupported`.
  std::uint32_t depth = 101;
  static constexpr std::uint32_t max_depth = 1000;
  static constexpr std::size_t stack_per_level = 2048;
  /// Bytes of stack that a call may take, where `depth` is more than max_depth; one level takes
  /// stack_per_level at the most.
  std::size_t stack = 0;
  std::size_t input_bytes = std::size_t{1} << 31;   // of one message
  std::size_t output_bytes = std::size_t{1} << 31;  // of one message
  /// Bytes that a call may allocate besides its output: what decoding keeps, and what is needed
  /// meanwhile (a chain in one span, a message put together of fields that came again).
  std::size_t memory = std::size_t{256} << 20;

  friend bool operator==(const Limits&, const Limits&) = default;
};

// How a codec behaves. The defaults are what most users want.
struct Options {
  Limits limits{};
  bool alias_input = false;  // decoded views may point into the input, which must then outlive them
  bool reject_duplicate_fields =
      false;  // a field that comes twice is an error; else the last one counts
  bool reject_duplicate_keys =
      false;  // a map key or set element that comes twice is an error (scalars and strings)
  bool check_unions = true;    // a union must have exactly one field set
  bool allow_partial = false;  // required fields may be missing
  bool validate_utf8 = true;   // strings are checked where a text format or Protobuf is written and
                               // where Protobuf is read (not if Wire::unchecked)
  bool keep_unknown = false;   // records keep unknown fields and write them back to the same format
  bool error_paths = true;     // errors name the field: a failed call is run again, interpreted
  bool comments = false;       // keep comments in programs, for listings
  bool through_record = false;  // transcoders read into a record and write that, as they otherwise
                                // do only where one pass cannot be right; slower, for tests

  friend bool operator==(const Options&, const Options&) = default;
};

/// How the fields of two schemas' structs are matched: by their numbers, or by their names (else by
/// their JSON names).
enum class Match : std::uint8_t { number, name };

}  // namespace wirejit
