// What the official Protobuf library makes of an input, where it is found: pb_official.cc. Where it
// is not, pb_official_absent.cc stands in and the fuzzers compare with nothing.
// Entry: official_here, official_rewritten. Invariant: messages are those of the code that protoc
// generated from tests/peers/wire_*.proto, which is checked to be what the build's messages.binpb
// says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wirejit::fuzz {

[[nodiscard]] bool official_here();

// Reads a message of this full name and writes it again, entries of maps in the order of their
// keys; empty if it is refused. `partial`: required fields may be missing.
[[nodiscard]] std::optional<std::string> official_rewritten(std::string_view type,
                                                            std::string_view bytes, bool partial);

// Thrown where the official library's own checks fail: then it has no opinion.
struct OfficialFailed {};

// ProtoJSON to bytes and back; empty if it is refused. The first throws OfficialFailed.
[[nodiscard]] std::optional<std::string> official_of_text(std::string_view type,
                                                          std::string_view text,
                                                          bool ignore_unknown);
[[nodiscard]] std::optional<std::string> official_text(std::string_view type,
                                                       std::string_view bytes);

}  // namespace wirejit::fuzz
