// The payloads of the Protobuf benchmarks: messages of tests/peers/bench.proto and
// bench_rotation.proto, and a real descriptor set.
// Entry: protobuf_payloads(). Invariant: bytes are the same in every run and on every machine, except
// those of `descriptor`, which the installed protoc writes.
#pragma once

#include <wirejit/record_type.h>

#include <google/protobuf/message.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::bench {

// A message type as generated code and as a record.
struct ProtobufType {
  const google::protobuf::Message* prototype = nullptr;
  bool (*parse_fresh)(std::string_view bytes) = nullptr;  // into a new object
  RecordType record{};
};

struct ProtobufMessage {
  std::size_t type = 0;   // position in ProtobufPayload::types
  std::string bytes;      // the input of decoders
  std::string canonical;  // the official library's output, with map entries in order
};

// Messages that are decoded or encoded one after another.
struct ProtobufPayload {
  std::string name;
  std::vector<ProtobufType> types;
  std::vector<ProtobufMessage> messages;

  [[nodiscard]] std::size_t average_bytes() const;
  // Whether the official library reads `bytes` and the message's own bytes as the same value.
  [[nodiscard]] bool means(const ProtobufMessage& message, std::string_view bytes) const;
};

// Throws if the official library rejects one of the messages.
[[nodiscard]] std::vector<ProtobufPayload> protobuf_payloads();

}  // namespace wirejit::bench
