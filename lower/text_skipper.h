// A SkipMachine of a kernel that knows the grammar of a text: the machine holds the kernel's levels,
// one bit each. Entry: TextSkipper. Several formats may be texts of one grammar.
#pragma once

#include "lower/level_stack.h"
#include "lower/skip_machine.h"

#include <cstdint>

namespace wirejit::lower {

template <class Kernel>
class TextSkipper final : public SkipMachine {
 public:
  explicit TextSkipper(const Limits& limits) noexcept
      : SkipMachine(limits), kernel_(limits.depth), levels_(limits.memory) {
    kernel_.give_levels(levels_.data(), levels_.capacity());
  }

 private:
  const std::uint8_t* run(const std::uint8_t* p, const std::uint8_t* end) noexcept override {
    const char* at = reinterpret_cast<const char*>(p);
    for (;;) {
      const std::uint64_t from = offset(reinterpret_cast<const std::uint8_t*>(at));
      const char* const begin = at;
      const auto stop = kernel_.run(at, reinterpret_cast<const char*>(end), from);
      count_steps(static_cast<std::uint64_t>(at - begin));
      switch (stop) {
        case Kernel::Stop::value_ended: set_done(); break;
        case Kernel::Stop::failed: fail(kernel_.error(), kernel_.error_offset()); break;
        case Kernel::Stop::no_levels:
          if (const Errc error = levels_.grow(); error != Errc::ok) {
            fail(error, offset(reinterpret_cast<const std::uint8_t*>(at)));
            break;
          }
          kernel_.give_levels(levels_.data(), levels_.capacity());
          continue;
        case Kernel::Stop::piece_ended: break;
      }
      return reinterpret_cast<const std::uint8_t*>(at);
    }
  }
  [[nodiscard]] bool may_end() const noexcept override { return kernel_.may_end(); }
  void restart() noexcept override { kernel_.reset(); }
  [[nodiscard]] std::uint64_t least() const noexcept override { return kernel_.at_least(); }

  Kernel kernel_;
  LevelStack<std::uint64_t> levels_;
};

}  // namespace wirejit::lower
