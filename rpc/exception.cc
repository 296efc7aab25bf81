// Bodies of messages of type exception. Entry: read_exception, write_exception. Invariant: both are
// codecs of the library, of a struct for Thrift and of one for Kitex-Protobuf.
#include <wirejit/rpc/envelope.h>

#include "bytes.h"

#include <wirejit/engine.h>
#include <wirejit/pb.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace wirejit::rpc {

namespace {

struct ThriftException {
  std::string_view message;
  std::int32_t type = 0;
};
WIREJIT_STRUCT(ThriftException, (1, message), (2, type))

struct KitexException {
  std::int32_t type = 0;
  std::string_view message;
};
WIREJIT_STRUCT(KitexException, (1, type), (2, message))

bool is_protobuf(Protocol protocol) {
  return protocol == Protocol::kitex_protobuf || protocol == Protocol::protobuf;
}

const Format& format_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::thrift_compact: return thrift::compact;
    case Protocol::thrift_json: return thrift::json;
    case Protocol::thrift_binary:
    case Protocol::thrift_binary_old:
    case Protocol::thrift_struct:
    case Protocol::kitex_protobuf:
    case Protocol::protobuf: break;
  }
  return thrift::binary;
}

bool lies_in(std::string_view text, Bytes bytes) {
  const auto at = reinterpret_cast<std::uintptr_t>(text.data());
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  return at >= begin && at - begin <= bytes.size();
}

template <class T>
Result<std::size_t> read(const Format& format, bool has_end, Bytes body,
                         ApplicationException& exception, Buffer& scratch) {
  // Whatever the text is, the caller wants to know it.
  const auto decoder =
      Engine::shared().decoder<T>(format, {.alias_input = true, .validate_utf8 = false});
  if (!decoder) {
    return std::unexpected(decoder.error());
  }
  T value;
  Arena arena;
  Result<std::size_t> size = body.size();
  if (has_end) {
    size = decoder->decode_prefix(body, value, {.arena = &arena});
  } else if (Result<void> done = decoder->decode(body, value, {.arena = &arena}); !done) {
    size = std::unexpected(std::move(done.error()));
  }
  if (!size) {
    return size;
  }
  scratch.clear();
  if (!value.message.empty() && !lies_in(value.message, body)) {
    if (!scratch.append(as_bytes(value.message))) {
      return std::unexpected(Error(Errc::no_memory));
    }
    value.message = scratch.text();
  }
  exception = {.message = value.message, .code = value.type};
  return size;
}

template <class T>
Result<void> write(const Format& format, const ApplicationException& exception, Chain& out) {
  const auto encoder =
      Engine::shared().encoder<T>(format, {.validate_utf8 = format == thrift::json});
  if (!encoder) {
    return std::unexpected(encoder.error());
  }
  T value;
  value.message = exception.message;
  value.type = exception.code;
  return encoder->encode(value, out);
}

}  // namespace

Result<std::size_t> read_exception(Protocol protocol, Bytes body, ApplicationException& exception,
                                   Buffer& scratch) {
  return is_protobuf(protocol)
             ? read<KitexException>(pb::wire, false, body, exception, scratch)
             : read<ThriftException>(format_of(protocol), true, body, exception, scratch);
}

Result<void> write_exception(Protocol protocol, const ApplicationException& exception, Chain& out) {
  return is_protobuf(protocol) ? write<KitexException>(pb::wire, exception, out)
                               : write<ThriftException>(format_of(protocol), exception, out);
}

}  // namespace wirejit::rpc
