// libthrift as a peer: generated types, and its protocol over a memory buffer that is reused, as its
// users would do. Entry: PeerTypes, PeerWriter, PeerReader. Invariant: the transport itself allocates
// nothing per message.
#pragma once

#include "bench/footer.h"
#include "bench/payloads.h"

#include <thrift/TConfiguration.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/protocol/TJSONProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <peer_default/bench_types.h>
#include <peer_templates/bench_types.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

namespace wirejit::bench {

// The types that the Thrift compiler generates: by default, and with templates over the protocol.
template <class T>
struct PeerTypes;
#define WIREJIT_BENCH_PEER(Type)              \
  template <>                                 \
  struct PeerTypes<Type> {                    \
    using Default = ::peer_default::Type;     \
    using Templates = ::peer_templates::Type; \
  };
WIREJIT_BENCH_PEER(BenchSmall)
WIREJIT_BENCH_PEER(BenchNested)
WIREJIT_BENCH_PEER(BenchListI64)
WIREJIT_BENCH_PEER(BenchMixedI64)
WIREJIT_BENCH_PEER(BenchListDouble)
WIREJIT_BENCH_PEER(BenchMapStringI64)
WIREJIT_BENCH_PEER(BenchSparse)
WIREJIT_BENCH_PEER(BenchMix)
WIREJIT_BENCH_PEER(BenchFooter)
#undef WIREJIT_BENCH_PEER

// The default types call the transport through virtual functions, those with templates do not.
using DefaultProtocol = apache::thrift::protocol::TBinaryProtocol;
using TemplateProtocol =
    apache::thrift::protocol::TBinaryProtocolT<apache::thrift::transport::TMemoryBuffer>;
using DefaultCompact = apache::thrift::protocol::TCompactProtocol;
using TemplateCompact =
    apache::thrift::protocol::TCompactProtocolT<apache::thrift::transport::TMemoryBuffer>;
using JsonProtocol = apache::thrift::protocol::TJSONProtocol;

inline std::shared_ptr<apache::thrift::TConfiguration> peer_limits() {
  auto limits = std::make_shared<apache::thrift::TConfiguration>();
  limits->setMaxMessageSize(std::numeric_limits<int>::max());
  return limits;
}

// Writes messages into one buffer.
template <class Protocol>
class PeerWriter {
 public:
  PeerWriter()
      : buffer_(std::make_shared<apache::thrift::transport::TMemoryBuffer>(peer_limits())),
        protocol_(buffer_) {}

  template <class Object>
  std::string_view write(const Object& object) {
    buffer_->resetBuffer();
    object.write(&protocol_);
    std::uint8_t* data = nullptr;
    std::uint32_t size = 0;
    buffer_->getBuffer(&data, &size);
    return {reinterpret_cast<const char*>(data), size};
  }

 private:
  std::shared_ptr<apache::thrift::transport::TMemoryBuffer> buffer_;
  Protocol protocol_;
};

// Reads one message many times. The buffer is rewound by its pointers, as a new TMemoryBuffer and
// resetBuffer(data, size) allocate a TConfiguration each time.
template <class Protocol>
class PeerReader {
 public:
  explicit PeerReader(std::string_view bytes)
      : buffer_(std::make_shared<apache::thrift::transport::TMemoryBuffer>(peer_limits())),
        protocol_(buffer_) {
    set(bytes);
  }

  void set(std::string_view bytes) {
    size_ = static_cast<std::uint32_t>(bytes.size());
    buffer_->resetBuffer();
    std::memcpy(buffer_->getWritePtr(size_), bytes.data(), bytes.size());
  }

  template <class Object>
  void read(Object& object) {
    buffer_->resetBuffer();
    buffer_->wroteBytes(size_);
    object.read(&protocol_);
    buffer_->readEnd();  // otherwise the limit on a message's size applies to all messages together
  }

 private:
  std::shared_ptr<apache::thrift::transport::TMemoryBuffer> buffer_;
  Protocol protocol_;
  std::uint32_t size_ = 0;
};

}  // namespace wirejit::bench
