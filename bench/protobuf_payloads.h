// The payloads of the Protobuf benchmarks: messages of tests/peers/bench.proto and
// bench_rotation.proto, and a real descriptor set.
// Entry: protobuf_payloads(). Invariant: bytes are the same in every run and on every machine, but
// for `descriptor`, which the installed protoc makes.
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
  bool (*parse_fresh)(std::string_view bytes) = nullptr;  // into an object that it makes and drops
  RecordType record{};
};

struct ProtobufMessage {
  std::size_t type = 0;   // position in ProtobufPayload::types
  std::string bytes;      // what is decoded
  std::string canonical;  // what the official library writes for it, with map entries in order
};

// Messages that are decoded or encoded one after another.
struct ProtobufPayload {
  std::string name;
  std::vector<ProtobufType> types;
  std::vector<ProtobufMessage> messages;

  [[nodiscard]] std::size_t average_bytes() const;
  // Whether `bytes` are read by the official library as what it reads in the message's own.
  [[nodiscard]] bool means(const ProtobufMessage& message, std::string_view bytes) const;
};

// Throws where the official library refuses what it should not.
[[nodiscard]] std::vector<ProtobufPayload> protobuf_payloads();

}  // namespace wirejit::bench
