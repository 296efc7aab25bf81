/// @file
/// SeededHash: a hash for std::unordered_map and std::unordered_set whose keys come from strangers.
/// Entry: SeededHash. Invariant: the seed is random for each process and never leaves it, so that
/// nobody outside can choose keys that collide. (With std::hash, 50,000 chosen integers take more
/// than a second to insert.)
///
///     std::unordered_map<std::int64_t, Order, wirejit::SeededHash> orders;
///     // With std::equal_to<>, look-ups take a string_view as well:
///     std::unordered_map<std::string, Order, wirejit::SeededHash, std::equal_to<>> by_name;
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace wirejit {

/// SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) of integers,
/// floating point numbers, enums and strings. Thread-safe, as it has no state but the seed, which
/// is the same for all of one process.
class SeededHash {
 public:
  /// Look-ups may take other types than the key: strings and views of one text have one hash.
  using is_transparent = void;

  /// With the seed of the process, which is drawn at the first use.
  SeededHash() noexcept;

  /// The hash of an integer or enum, by its value.
  template <class T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>)
  [[nodiscard]] std::size_t operator()(T key) const noexcept {
    return of_word(static_cast<std::uint64_t>(key));
  }
  /// The hash of a floating point number. 0.0 and -0.0, which are equal, have one.
  [[nodiscard]] std::size_t operator()(double key) const noexcept {
    return of_word(std::bit_cast<std::uint64_t>(key == 0 ? 0.0 : key));  // -0.0 equals 0.0
  }
  /// The hash of text, by its bytes.
  [[nodiscard]] std::size_t operator()(std::string_view key) const noexcept {
    return of_bytes(key.data(), key.size());
  }

 private:
  [[nodiscard]] std::size_t of_word(std::uint64_t word) const noexcept;
  [[nodiscard]] std::size_t of_bytes(const char* data, std::size_t size) const noexcept;

  std::uint64_t seed_[2];
};

}  // namespace wirejit
