// SipHash-1-3 (Aumasson and Bernstein) with a seed of the process.
// Entry: SeededHash. Invariant: equal keys of one process hash equally; the seed is drawn once.
#include <wirejit/seeded_hash.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <random>

namespace wirejit {
namespace {

using Seed = std::array<std::uint64_t, 2>;

Seed draw_seed() noexcept {
  Seed seed{};
  try {
    std::random_device device;
    for (std::uint64_t& half : seed) {
      half = (std::uint64_t{device()} << 32) | device();
    }
  } catch (...) {
    // Without a source of randomness: the time and an address are hard to guess from outside.
    const auto now = std::chrono::high_resolution_clock::now().time_since_epoch().count();
    seed = {static_cast<std::uint64_t>(now), reinterpret_cast<std::uintptr_t>(&seed)};
  }
  return seed;
}

class SipHash {
 public:
  explicit SipHash(const std::uint64_t (&seed)[2]) noexcept
      : v0_(seed[0] ^ 0x736f6d6570736575),
        v1_(seed[1] ^ 0x646f72616e646f6d),
        v2_(seed[0] ^ 0x6c7967656e657261),
        v3_(seed[1] ^ 0x7465646279746573) {}

  void word(std::uint64_t m) noexcept {
    v3_ ^= m;
    round();
    v0_ ^= m;
  }
  [[nodiscard]] std::uint64_t finish() noexcept {
    v2_ ^= 0xff;
    round();
    round();
    round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void round() noexcept {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

SeededHash::SeededHash() noexcept {
  static const Seed seed = draw_seed();
  seed_[0] = seed[0];
  seed_[1] = seed[1];
}

std::size_t SeededHash::of_word(std::uint64_t word) const noexcept {
  SipHash hash(seed_);
  hash.word(word);
  hash.word(std::uint64_t{8} << 56);  // the length, as for eight bytes of text
  return hash.finish();
}

std::size_t SeededHash::of_bytes(const char* data, std::size_t size) const noexcept {
  SipHash hash(seed_);
  std::size_t at = 0;
  for (; size - at >= 8; at += 8) {
    std::uint64_t m = 0;
    std::memcpy(&m, data + at, 8);
    hash.word(m);
  }
  std::uint64_t last = 0;
  if (size != at) {
    std::memcpy(&last, data + at, size - at);
  }
  hash.word(last | (static_cast<std::uint64_t>(size) << 56));
  return hash.finish();
}

}  // namespace wirejit
