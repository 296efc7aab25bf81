/// @file
/// Formats: what a message looks like on the wire, with its options.
/// Entry: Format, FormatWith. Invariant: a Format is immutable and may be used by any number of
/// threads at once. The header of a format (thrift.h, pb.h, json.h) includes this one, not the
/// engine.
#pragma once

#include <wirejit/error.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit {

namespace detail {

/// What a Format stands for. Only the library knows more of it.
struct FormatState {};

}  // namespace detail

/// A wire format with its options, such as thrift::binary or json::text. A cheap handle; the
/// library's own are constant-initialised. Moving copies: what was moved from stays usable.
class Format {
 public:
  /// For formats with static storage.
  constexpr explicit Format(const detail::FormatState* state) noexcept : state_(state) {}
  /// Keeps what it is given.
  explicit Format(std::shared_ptr<const detail::FormatState> state) noexcept
      : state_(state.get()), owner_(std::move(state)) {}
  Format(const Format&) = default;
  Format& operator=(const Format&) = default;
  ~Format() = default;

  /// The format of that name, with all its defaults: "protojson" is pb::json. Error: not_found,
  /// whose message lists the names.
  [[nodiscard]] static Result<Format> by_name(std::string_view name);
  /// The names that by_name knows, as users write them. They live as long as the program.
  [[nodiscard]] static std::vector<std::string_view> names();

  /// Whether both are the same format with the same options, so that codecs may be shared.
  [[nodiscard]] friend bool operator==(const Format& a, const Format& b) noexcept {
    return a.state_ == b.state_ || a.equals(b);
  }
  /// Equal formats have equal hashes.
  [[nodiscard]] std::size_t hash() const noexcept;

  /// Whether it was made of a null pointer. An engine rejects such a format: not_found.
  [[nodiscard]] constexpr bool empty() const noexcept { return state_ == nullptr; }
  /// "thrift-binary", "json"; empty for an empty format.
  [[nodiscard]] std::string_view name() const noexcept;
  /// Whether messages are text, so that errors have line and column.
  [[nodiscard]] bool is_text() const noexcept;

  /// For the library.
  [[nodiscard]] const detail::FormatState* state() const noexcept { return state_; }
  /// For the library: what keeps the state alive; null for formats with static storage.
  [[nodiscard]] const std::shared_ptr<const detail::FormatState>& owner() const noexcept {
    return owner_;
  }

 private:
  [[nodiscard]] bool equals(const Format& other) const noexcept;

  const detail::FormatState* state_;
  std::shared_ptr<const detail::FormatState> owner_;  // empty for constants
};

/// A format that has options of its own, O. It is the format with all defaults, and when it is
/// called with options, it gives the format with these: `json::text`, `json::text({.indent = 2})`.
template <class O>
class FormatWith : public Format {
 public:
  /// The options that a call takes.
  using Options = O;

  /// For the library: the format with all defaults, and how others are made.
  constexpr FormatWith(const detail::FormatState* state, Format (*make)(const O& options)) noexcept
      : Format(state), make_(make) {}

  /// The format with these options. Allocates. Keep it: codecs of equal formats are shared, but to
  /// make a format is not free.
  [[nodiscard]] Format operator()(const O& options) const { return make_(options); }

 private:
  Format (*make_)(const O& options);
};

}  // namespace wirejit

/// Formats as keys of hash tables.
template <>
struct std::hash<wirejit::Format> {
  /// Equal for equal formats.
  [[nodiscard]] std::size_t operator()(const wirejit::Format& format) const noexcept {
    return format.hash();
  }
};
