// The annotation `streaming.mode` of methods, as Kitex reads it.
// Entry: streaming_mode. Invariant: the words are those of to_string(Streaming).
#pragma once

#include <wirejit/schema.h>

#include <optional>
#include <string_view>

namespace wirejit::thrift {

inline constexpr std::string_view streaming_annotation = "streaming.mode";

// The mode that a value of the annotation names; nothing if it names none.
[[nodiscard]] constexpr std::optional<Streaming> streaming_mode(std::string_view word) noexcept {
  using enum Streaming;
  if (word == "unary") {
    return unary;
  }
  if (word == "client") {
    return client;
  }
  if (word == "server") {
    return server;
  }
  return word == "bidirectional" ? std::optional(bidirectional) : std::nullopt;
}

}  // namespace wirejit::thrift
