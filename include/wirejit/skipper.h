/// @file
/// Where a value ends, found without its schema while its bytes come in pieces. Entry: Skipper;
/// skip() for input that is there as a whole. Invariant: each byte is looked at once, and the answer
/// is the same however the bytes are cut into pieces.
///
/// Thrift's messages on a connection without frames, and JSON texts that follow one another, end
/// where they end. A Skipper finds that place, so that the message is decoded once, when all of it
/// has come:
///
///     Result<Skipper> skipper = Skipper::make(thrift::binary);
///     std::string message;
///     while (skipper && !skipper->done()) {
///       const std::string_view piece = connection.read();
///       const Result<Skipper::Progress> progress = skipper->feed(as_bytes(piece));
///       if (!progress || piece.empty()) {
///         break;  // malformed, too large or too deep; or the connection ended within the message
///       }
///       message.append(piece.substr(0, progress->taken));
///       connection.put_back(piece.substr(progress->taken));  // it begins the next message
///     }
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/format.h>
#include <wirejit/options.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace wirejit {

/// What is to be skipped, and what that may use.
struct SkipOptions {
  /// What the value is. JSON's values tell it themselves: any value is skipped, whatever this says.
  Kind root = Kind::structure;
  /// `depth`: structs, lists, sets and maps (objects and arrays) within each other, the root
  /// counted. `input_bytes`: of one value. `memory`: what the levels of nesting may take; 16 bytes a
  /// level at most, for the levels that there are. No stack is used for them: `stack` is ignored,
  /// and any depth but 0 is allowed.
  Limits limits{};
};

namespace detail {

struct SkipState;

struct FreeSkipState {
  void operator()(SkipState* state) const noexcept;
};

}  // namespace detail

/// Finds the end of a value: of Thrift Binary and Compact; of JSON, Thrift's JSON protocols and
/// ProtoJSON; of Protobuf with the length in front, as a varint. What a reader checks when it skips
/// an unknown field is checked: types, counts, varints, depth; in JSON all of the grammar, escapes
/// and UTF-8. A Protobuf message is not looked into.
///
/// A Skipper allocates when it is made, and where values nest deeper than it has met before. Movable:
/// what was moved from fails (unsupported) until it is assigned to. Not thread-safe.
class Skipper {
 public:
  /// What feed() and finish() return.
  struct Progress {
    /// The value has ended. False: more bytes are needed.
    bool done = false;
    /// How many bytes of this piece belong to the value: all of them, unless it ended.
    std::size_t taken = 0;
  };

  /// Errors: unsupported, if the format has no values of that kind, or their end cannot be found
  /// without a schema, or `limits.depth` is 0; not_found for an empty format; no_memory.
  [[nodiscard]] static Result<Skipper> make(const Format& format, const SkipOptions& options = {});

  Skipper(Skipper&&) noexcept = default;
  Skipper& operator=(Skipper&&) noexcept = default;
  ~Skipper() = default;

  /// Takes the next bytes of the value, which are not kept. After the value has ended, none are
  /// taken. White space before a JSON value belongs to it, white space after it does not. Whether a
  /// number that is not within an object or array has ended is known from the byte after it, or by
  /// finish().
  ///
  /// Errors, with the offset of the wrong byte, counted from the value's first byte: those that a
  /// reader gives for an unknown field (invalid_type, invalid_count, invalid_varint, syntax,
  /// invalid_string, ...), but never truncated; depth_limit; memory_limit; no_memory; size_limit,
  /// as soon as a length or count says that the value is larger than `limits.input_bytes`. From then
  /// on each call returns the same error, until reset().
  [[nodiscard]] Result<Progress> feed(Bytes piece);
  /// Says that no more bytes come. Errors: truncated, at total(), if the value has not ended; that
  /// of an earlier call.
  [[nodiscard]] Result<Progress> finish();
  /// Ready for the next value, also after an error. Keeps its memory.
  void reset() noexcept;

  /// Whether the value has ended.
  [[nodiscard]] bool done() const noexcept;
  /// Bytes of the value so far, in all pieces since make() or reset().
  [[nodiscard]] std::size_t total() const noexcept;
  /// The value has at least so many more bytes: they can be read in one go, to where they are
  /// needed, without taking one that belongs to what follows. At least 1 if more bytes are needed,
  /// but 0 for a JSON number that may have ended; 0 after the value has ended or failed. Costs time
  /// in proportion to the levels of nesting.
  [[nodiscard]] std::uint64_t at_least() const noexcept;
  /// For tests: how many bytes were looked at since make() or reset(). Those whose number was known
  /// (strings of Thrift, elements of fixed size) are passed over and do not count.
  [[nodiscard]] std::uint64_t steps() const noexcept;

 private:
  explicit Skipper(std::unique_ptr<detail::SkipState, detail::FreeSkipState> state) noexcept
      : state_(std::move(state)) {}

  std::unique_ptr<detail::SkipState, detail::FreeSkipState> state_;
};

/// How many bytes the value at the start of `input` has; what follows is not looked at. Errors:
/// those of Skipper::make and feed; truncated, at the end of the input, if it ends within the value.
[[nodiscard]] Result<std::size_t> skip(const Format& format, const Input& input,
                                       const SkipOptions& options = {});

}  // namespace wirejit
