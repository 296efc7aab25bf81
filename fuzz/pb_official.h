// The official Protobuf library's result for an input (pb_official.cc). Where the build does not
// find the library, pb_official_absent.cc takes its place, and the fuzzers compare with nothing.
// Entry: official_available, official_reserialized. Invariant: messages are those of the code that protoc
// generated from tests/peers/wire_*.proto, which is checked to be what the build's messages.binpb
// says.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wirejit::fuzz {

[[nodiscard]] bool official_available();

// Reads a message of this full name and writes it again, entries of maps in the order of their
// keys; empty if it is rejected. `partial`: required fields may be missing.
[[nodiscard]] std::optional<std::string> official_reserialized(std::string_view type,
                                                               std::string_view bytes,
                                                               bool partial);

// Thrown where an assertion of the official library itself fails.
struct OfficialCheckFailed {};

// ProtoJSON to bytes and back; empty if it is rejected. The first throws OfficialCheckFailed.
[[nodiscard]] std::optional<std::string> official_parse_json(std::string_view type,
                                                             std::string_view text,
                                                             bool ignore_unknown);
[[nodiscard]] std::optional<std::string> official_print_json(std::string_view type,
                                                             std::string_view bytes);

// Messages of descriptors that are read at run time (DynamicMessage).
class OfficialSchema {
 public:
  // Does nothing without the library; ends the process if it rejects the descriptors.
  explicit OfficialSchema(std::string_view file_descriptor_set);
  OfficialSchema(const OfficialSchema&) = delete;
  OfficialSchema& operator=(const OfficialSchema&) = delete;
  ~OfficialSchema();

  // Reads a message and writes it again; empty if it is rejected.
  [[nodiscard]] std::optional<std::string> rewritten(const std::string& type,
                                                     std::string_view bytes) const;
  // A random message, scrambled: test::scramble() says how.
  [[nodiscard]] std::string random(const std::string& type, std::uint64_t seed) const;

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace wirejit::fuzz
