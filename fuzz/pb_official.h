// What the official Protobuf library makes of an input, where it is found: pb_official.cc. Where it
// is not, pb_official_absent.cc stands in and the fuzzers compare with nothing.
// Entry: official_here, official_rewritten. Invariant: messages are those of the code that protoc
// generated from tests/peers/wire_*.proto, which is checked to be what the build's messages.binpb
// says.
#pragma once

#include <cstdint>
#include <memory>
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

// The messages of descriptors that are known only now, by its reflection.
class OfficialSchema {
 public:
  // Empty where the library is not here; ends the process if it refuses the descriptors.
  explicit OfficialSchema(std::string_view file_descriptor_set);
  OfficialSchema(const OfficialSchema&) = delete;
  OfficialSchema& operator=(const OfficialSchema&) = delete;
  ~OfficialSchema();

  // Reads a message and writes it again; empty if it is refused.
  [[nodiscard]] std::optional<std::string> rewritten(const std::string& type,
                                                     std::string_view bytes) const;
  // A random message, in bytes that use the freedom of the wire.
  [[nodiscard]] std::string random(const std::string& type, std::uint64_t seed) const;

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace wirejit::fuzz
