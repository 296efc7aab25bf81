// Pieces, limits and the end of input of a SkipMachine; the public Skipper.
#include "lower/skip_machine.h"

#include "core/no_throw.h"
#include "lower/format.h"

#include <wirejit/skipper.h>

#include <string>
#include <utility>

namespace wirejit {

namespace lower {

std::size_t SkipMachine::feed(Bytes piece) noexcept {
  if (!is_open() || piece.empty()) {
    return 0;
  }
  // One byte beyond the limit tells a value that is too large from one that ends there.
  const std::uint64_t limit = limits_.input_bytes;
  const std::uint64_t room = limit - total_ == ~std::uint64_t{0} ? limit : limit - total_ + 1;
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), room));
  begin_ = piece.data();
  const auto taken = static_cast<std::size_t>(run(begin_, begin_ + n) - begin_);
  begin_ = nullptr;
  if (state_ == State::failed) {
    return 0;
  }
  if (taken > limit - total_) {
    fail(Errc::size_limit, limit);
    return 0;
  }
  total_ += taken;
  return taken;
}

void SkipMachine::finish() noexcept {
  if (is_open()) {
    if (may_end()) {
      set_done();
    } else {
      fail(Errc::truncated, total_);
    }
  }
}

void SkipMachine::reset() noexcept {
  total_ = 0;
  steps_ = 0;
  error_ = Errc::ok;
  state_ = State::open;
  restart();
}

}  // namespace lower

namespace {

lower::SkipMachine& machine_of(detail::SkipState& state) noexcept {
  return static_cast<lower::SkipMachine&>(state);
}

std::string message_of(const lower::SkipMachine& machine) {
  const Limits& limits = machine.limits();
  switch (machine.error()) {
    case Errc::size_limit:
      return "the value has more than the limit of " + std::to_string(limits.input_bytes) +
             " bytes";
    case Errc::depth_limit:
      return "values nest deeper than the limit of " + std::to_string(limits.depth) + " levels";
    case Errc::memory_limit:
      return "the levels of nesting take more than the limit of " + std::to_string(limits.memory) +
             " bytes";
    default: return {};
  }
}

Result<Skipper::Progress> result_of(const lower::SkipMachine& machine, std::size_t taken) {
  if (machine.state() != lower::SkipMachine::State::failed) {
    return Skipper::Progress{machine.state() == lower::SkipMachine::State::done, taken};
  }
  return core::without_throwing([&]() -> Result<Skipper::Progress> {
    return std::unexpected(Error(machine.error(), message_of(machine),
                                 static_cast<std::size_t>(machine.error_offset())));
  });
}

Result<Skipper::Progress> moved_from() {
  return core::without_throwing([]() -> Result<Skipper::Progress> {
    return std::unexpected(Error(Errc::unsupported, "the Skipper was moved from"));
  });
}

}  // namespace

void detail::FreeSkipState::operator()(SkipState* state) const noexcept {
  delete &machine_of(*state);
}

Result<Skipper> Skipper::make(const Format& format, const SkipOptions& options) {
  return core::without_throwing([&]() -> Result<Skipper> {
    if (format.empty()) {
      return std::unexpected(Error(Errc::not_found, "the format is empty"));
    }
    if (options.limits.depth == 0) {
      return std::unexpected(Error(Errc::unsupported, "Limits::depth is 0"));
    }
    std::unique_ptr<lower::SkipMachine> machine =
        lower::impl_of(format).make_skipper(options.root, options.limits);
    if (machine == nullptr) {
      return std::unexpected(Error(
          Errc::unsupported, "the end of a " + std::string(to_string(options.root)) + " in " +
                                 std::string(format.name()) + " cannot be found without a schema"));
    }
    return Skipper(std::unique_ptr<detail::SkipState, detail::FreeSkipState>(machine.release()));
  });
}

Result<Skipper::Progress> Skipper::feed(Bytes piece) {
  if (state_ == nullptr) {
    return moved_from();
  }
  lower::SkipMachine& machine = machine_of(*state_);
  const std::size_t taken = machine.feed(piece);
  return result_of(machine, taken);
}

Result<Skipper::Progress> Skipper::finish() {
  if (state_ == nullptr) {
    return moved_from();
  }
  lower::SkipMachine& machine = machine_of(*state_);
  machine.finish();
  return result_of(machine, 0);
}

void Skipper::reset() noexcept {
  if (state_ != nullptr) {
    machine_of(*state_).reset();
  }
}
bool Skipper::done() const noexcept {
  return state_ != nullptr && machine_of(*state_).state() == lower::SkipMachine::State::done;
}
std::size_t Skipper::total() const noexcept {
  return state_ == nullptr ? 0 : static_cast<std::size_t>(machine_of(*state_).total());
}
std::uint64_t Skipper::at_least() const noexcept {
  return state_ == nullptr ? 0 : machine_of(*state_).at_least();
}
std::uint64_t Skipper::steps() const noexcept {
  return state_ == nullptr ? 0 : machine_of(*state_).steps();
}

Result<std::size_t> skip(const Format& format, const Input& input, const SkipOptions& options) {
  Result<Skipper> skipper = Skipper::make(format, options);
  if (!skipper) {
    return std::unexpected(std::move(skipper).error());
  }
  const Bytes one = input.bytes();
  for (const Bytes piece : input.is_chain() ? input.chain() : std::span<const Bytes>(&one, 1)) {
    if (Result<Skipper::Progress> progress = skipper->feed(piece); !progress) {
      return std::unexpected(std::move(progress).error());
    }
  }
  if (Result<Skipper::Progress> progress = skipper->finish(); !progress) {
    return std::unexpected(std::move(progress).error());
  }
  return skipper->total();
}

}  // namespace wirejit
