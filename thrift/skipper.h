// Find the end of a value of Thrift that comes in pieces, without its schema.
// Entry: binary_skipper, compact_skipper. Invariant: they accept what the helpers accept that skip
// unknown fields of whole messages (helpers.h, compact_helpers.h), with the same codes and offsets.
#pragma once

#include "lower/level_stack.h"
#include "lower/skip_machine.h"

#include <wirejit/schema.h>

#include <cstdint>
#include <memory>

namespace wirejit::thrift {

// Null for a kind that Thrift does not have.
[[nodiscard]] std::unique_ptr<lower::SkipMachine> binary_skipper(Kind root, const Limits& limits);
[[nodiscard]] std::unique_ptr<lower::SkipMachine> compact_skipper(Kind root, const Limits& limits);

// A struct, list, set or map whose end has not come: one level of nesting.
struct OpenValue {
  // What has not begun yet: elements, or keys and values together (a key if it is even). Not used
  // for structs.
  std::uint32_t left;
  // Type codes of the protocol; of a list or set both are that of the elements.
  std::uint8_t key;
  std::uint8_t value;
  bool is_struct;
};

// What both protocols share: the levels of nesting, and the end of values.
class ThriftSkipper : public lower::SkipMachine {
 protected:
  explicit ThriftSkipper(const Limits& limits) noexcept
      : SkipMachine(limits), levels_(limits.memory) {}

  // Whether another level may begin at that offset; else it fails.
  bool check_depth(std::uint64_t at) noexcept {
    if (levels_.size() < limits().depth) {
      return true;
    }
    fail(Errc::depth_limit, at);
    return false;
  }
  bool open(const OpenValue& level, std::uint64_t at) noexcept {
    if (const Errc error = levels_.push(level); error != Errc::ok) {
      fail(error, at);
      return false;
    }
    return true;
  }
  bool open_struct(std::uint64_t at) noexcept {
    return check_depth(at) && open({.left = 0, .key = 0, .value = 0, .is_struct = true}, at);
  }
  // A value has ended, but for bytes that are still to be passed over; what it was the last of ends
  // with it.
  void value_ended() noexcept {
    while (!levels_.empty() && !levels_.top().is_struct && levels_.top().left == 0) {
      levels_.pop();
    }
    root_ended_ = levels_.empty();
  }
  void struct_ended() noexcept {
    levels_.pop();
    value_ended();
  }
  // The type of the next element, key or value of the innermost list, set or map.
  std::uint8_t next_type() noexcept {
    OpenValue& level = levels_.top();
    const std::uint8_t type = level.left % 2 == 0 ? level.key : level.value;
    --level.left;
    return type;
  }
  void clear_levels() noexcept {
    levels_.clear();
    bytes_.clear();
    root_ended_ = false;
  }

  lower::LevelStack<OpenValue> levels_;  // NOLINT: of those who derive from it, like the next two
  lower::BytesToPass bytes_;             // NOLINT
  bool root_ended_ = false;              // NOLINT: the value has ended after bytes_
};

}  // namespace wirejit::thrift
