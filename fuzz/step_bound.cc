// The bound, checked with the interpreter's own counter (jit/steps.h).
#include "fuzz/step_bound.h"

#include "jit/steps.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace wirejit::fuzz {

namespace {

constexpr std::uint64_t per_byte = 16;
constexpr std::uint64_t per_field = 1;  // of a struct, for each byte that may open one
constexpr std::uint64_t per_call = 2000;
constexpr std::uint64_t per_op = 8;
constexpr std::size_t most_levels = 64;

class Bound {
 public:
  ~Bound() {
    if (calls_ != 0) {
      std::fprintf(
          stderr, "steps: %llu calls, at most %.1f %% of what their bytes allow (%s: %llu steps)\n",
          static_cast<unsigned long long>(calls_), most_ * 100, what_.c_str(),
          static_cast<unsigned long long>(steps_));
    }
  }
  void run(std::string_view what, const CallSize& t, const std::function<std::size_t()>& call) {
    for (int turn = 0; turn < 2; ++turn) {
      count_.restart();
      const std::size_t written = call();
      const std::uint64_t steps = count_.steps();
      const std::uint64_t allowed =
          (per_byte + per_field * t.widest) * (t.read + written) * (1 + t.levels) + per_call +
          per_op * t.ops;
      if (steps <= allowed) {
        note(what, steps, allowed);
        return;
      }
      if (turn == 1) {
        std::fprintf(stderr,
                     "DISAGREEMENT: %.*s takes %llu steps for %zu bytes read, %zu written and %zu "
                     "levels of Any; allowed are %llu\n",
                     static_cast<int>(what.size()), what.data(),
                     static_cast<unsigned long long>(steps), t.read, written, t.levels,
                     static_cast<unsigned long long>(allowed));
        std::abort();
      }
    }
  }

 private:
  void note(std::string_view what, std::uint64_t steps, std::uint64_t allowed) {
    ++calls_;
    const double part = static_cast<double>(steps) / static_cast<double>(allowed);
    if (part > most_) {
      most_ = part;
      what_ = what;
      steps_ = steps;
    }
  }

  jit::StepCount count_;
  std::uint64_t calls_ = 0;
  double most_ = 0;
  std::string what_;
  std::uint64_t steps_ = 0;
};

Bound& bound() {
  static Bound b;
  return b;
}

}  // namespace

void enable_step_count() { (void)bound(); }

std::size_t widest_of(const Schema& schema) {
  std::size_t widest = 0;
  for (const StructType& s : schema.structs()) {
    widest = std::max(widest, s.fields.size());
  }
  return widest;
}

std::size_t levels_in(Bytes input) {
  // The type's name follows a slash.
  const auto slashes = std::count(input.begin(), input.end(), std::uint8_t{'/'});
  return std::min(most_levels, static_cast<std::size_t>(slashes));
}

void check_step_bound(std::string_view what, const CallSize& size,
                      const std::function<std::size_t()>& call) {
  bound().run(what, size, call);
}

}  // namespace wirejit::fuzz
