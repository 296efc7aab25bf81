// Numbers and words for payloads. Entry: Random. Invariant: its sequence is the same on every
// machine, unlike those of the standard library's distributions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wirejit::bench {

// SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // From low to high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    const auto span = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<std::int64_t>(next() % span);
  }
  std::size_t size(std::size_t low, std::size_t high) { return low + next() % (high - low + 1); }
  bool chance(unsigned percent) { return next() % 100 < percent; }
  // A number with `decimals` decimals.
  double decimal(std::int64_t low, std::int64_t high, int decimals) {
    double scale = 1;
    for (int i = 0; i < decimals; ++i) {
      scale *= 10;
    }
    return static_cast<double>(between(low * static_cast<std::int64_t>(scale),
                                       high * static_cast<std::int64_t>(scale))) /
           scale;
  }
  std::string word(std::size_t low, std::size_t high) {
    static constexpr std::string_view letters = "etaoinshrdlucmfwypvbgkqjxz";
    std::string text(size(low, high), ' ');
    for (char& c : text) {
      const std::uint64_t bits = next() >> 8;
      c = letters[bits % 8 + bits / 8 % 8 + bits / 64 % 12];
    }
    return text;
  }
  std::string bytes(std::size_t low, std::size_t high) {
    std::string text(size(low, high), '\0');
    for (char& c : text) {
      c = static_cast<char>(next() & 0xff);
    }
    return text;
  }

 private:
  std::uint64_t state_;
};

}  // namespace wirejit::bench
