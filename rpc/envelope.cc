// Envelopes of all protocols. Entry: read_envelope, write_envelope. Invariant: a name's length is
// checked against its limit before its bytes are looked for; what is written could be read.
#include <wirejit/rpc/envelope.h>

#include "bytes.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

namespace wirejit::rpc {

namespace {

constexpr std::uint8_t compact_version = 1;
constexpr std::uint8_t compact_version_of_fbthrift = 2;
constexpr std::uint32_t old_names_end = 0x0100'0000;  // so that the first byte is zero
constexpr std::string_view json_begin = "[1,\"";

bool is_type(std::int64_t type) { return type >= 1 && type <= 4; }

// Reads the parts in the order of the protocol; after a failure nothing changes any more.
class EnvelopeReader {
 public:
  EnvelopeReader(Bytes payload, const EnvelopeLimits& limits, Envelope& envelope)
      : in_(payload), limits_(limits), envelope_(envelope) {}

  [[nodiscard]] bool good() const { return what_ == nullptr && !in_.failed(); }
  [[gnu::cold]] [[nodiscard]] std::unexpected<Error> error() const {
    if (what_ != nullptr) {
      return failure(code_, what_, wrong_at_);
    }
    return in_.state() == ByteReader::State::truncated
               ? failure(Errc::truncated, "the envelope ends", in_.position())
               : failure(Errc::bad_frame, "a varint of more than 32 bits", in_.position());
  }

  void strict() {
    expect(0x80);
    expect(0x01);
    in_.u8();  // unused
    type(in_.u8(), 3);
    name(in_.u32());
    finish(in_.u32());
  }

  void old() {
    const std::uint32_t size = in_.u32();
    if (size >= old_names_end) {
      fail(Errc::bad_frame, "a name of the old envelope is shorter than 16 MiB", 0);
    }
    name(size);
    const std::size_t at = in_.position();
    type(in_.u8(), at);
    finish(in_.u32());
  }

  void compact() {
    expect(0x82);
    const std::uint8_t byte = in_.u8();
    const std::uint8_t version = byte & 0x1F;
    if (good() && version == compact_version_of_fbthrift) {
      fail(Errc::protocol_mismatch, "fbthrift's Compact is another protocol", 1);
    } else if (good() && version != compact_version) {
      fail(Errc::bad_frame, "expected version 1 of Compact", 1);
    }
    type(byte >> 5, 1);
    const std::uint32_t seqid = in_.varint32();
    name(in_.varint32());
    finish(seqid);
  }

  void json() {
    for (const char c : json_begin) {
      expect(static_cast<std::uint8_t>(c));
    }
    json_name();
    expect(',');
    const std::size_t at = in_.position();
    type(json_number(), at);
    expect(',');
    const std::int64_t seqid = json_number();
    expect(',');
    finish(static_cast<std::uint32_t>(seqid));
  }

  void kitex_protobuf() {
    expect(0x90);
    expect(0x01);
    type(in_.u16(), 2);
    name(in_.u32());
    finish(in_.u32());
  }

 private:
  [[gnu::cold]] void fail(Errc code, const char* what, std::size_t at) {
    if (good()) {
      code_ = code;
      what_ = what;
      wrong_at_ = at;
    }
  }

  void expect(std::uint8_t byte) {
    const std::size_t at = in_.position();
    if (in_.u8() != byte) {
      fail(Errc::bad_frame, "no envelope of this protocol", at);
    }
  }
  void type(std::int64_t number, std::size_t at) {
    if (is_type(number)) {
      envelope_.type = static_cast<MessageType>(number);
    } else {
      fail(Errc::invalid_type, "expected a message type from 1 to 4", at);
    }
  }
  // `size` has just been read.
  void name(std::uint32_t size) {
    const std::size_t at = in_.position();
    if (size > limits_.name_bytes) {
      fail(Errc::header_limit, "the name of the method is longer than its limit", at);
    }
    if (good()) {
      split_name(in_.text(size), at);
    }
  }
  void split_name(std::string_view name, std::size_t at) {
    const std::size_t colon = name.find(':');
    envelope_.service =
        colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
    envelope_.method = colon == std::string_view::npos ? name : name.substr(colon + 1);
    if (envelope_.method.empty()) {
      fail(Errc::wrong_method, "the name of the method is empty", at);
    }
  }

  // A name and the quotation mark after it.
  void json_name() {
    if (!good()) {
      return;
    }
    const std::size_t at = in_.position();
    const std::string_view rest = as_text({in_.at(), in_.left()});
    const std::string_view within = rest.substr(0, std::min(rest.size(), limits_.name_bytes + 1));
    const auto end = std::ranges::find_if(within, [](char c) {
      return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    });
    const auto size = static_cast<std::size_t>(end - within.begin());
    if (size > limits_.name_bytes) {
      return fail(Errc::header_limit, "the name of the method is longer than its limit", at);
    }
    const std::string_view name = in_.text(size);
    expect('"');
    if (good()) {
      split_name(name, at);
    }
  }
  // A number of 32 bits, and no more: the byte after it must be there.
  std::int64_t json_number() {
    if (!good()) {
      return 0;
    }
    constexpr std::size_t longest = 11;
    const std::size_t at = in_.position();
    const std::string_view rest = as_text({in_.at(), in_.left()});
    const std::size_t size = std::min(rest.find_first_not_of("-0123456789"), rest.size());
    const char* const begin = rest.data();
    const char* const end = begin + size;
    std::int32_t number = 0;
    const auto [last, error] = std::from_chars(begin, end, number);
    const bool has_ended = size != rest.size();
    if (size > longest || (has_ended && (error != std::errc() || last != end))) {
      fail(Errc::bad_frame, "expected a number of 32 bits", at);
    }
    in_.text(size == rest.size() ? size + 1 : size);  // it may go on
    return number;
  }

  void finish(std::uint32_t seqid) {
    envelope_.seqid = static_cast<std::int32_t>(seqid);
    envelope_.size = in_.position();
  }

  ByteReader in_;
  const EnvelopeLimits& limits_;
  Envelope& envelope_;
  Errc code_ = Errc::ok;
  const char* what_ = nullptr;  // null: nothing is wrong
  std::size_t wrong_at_ = 0;
};

// "service:method", or the method alone.
std::size_t name_size(const Envelope& envelope) {
  const std::size_t prefix = envelope.service.empty() ? 0 : envelope.service.size() + 1;
  return prefix + envelope.method.size();
}

void put_name(ByteWriter& out, const Envelope& envelope) {
  if (!envelope.service.empty()) {
    out.text(envelope.service);
    out.u8(':');
  }
  out.text(envelope.method);
}

void put_number(ByteWriter& out, std::int32_t number) {
  char digits[20];  // GCC believes that 16 may be copied
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.text({digits, static_cast<std::size_t>(end - digits)});
}

void put(Protocol protocol, const Envelope& envelope, std::uint32_t size, ByteWriter& out) {
  const auto type = static_cast<std::uint8_t>(envelope.type);
  const auto seqid = static_cast<std::uint32_t>(envelope.seqid);
  switch (protocol) {
    case Protocol::thrift_binary:
      out.u32(0x8001'0000U | type);
      out.u32(size);
      put_name(out, envelope);
      return out.u32(seqid);
    case Protocol::thrift_binary_old:
      out.u32(size);
      put_name(out, envelope);
      out.u8(type);
      return out.u32(seqid);
    case Protocol::thrift_compact:
      out.u8(0x82);
      out.u8(static_cast<std::uint8_t>(type << 5 | compact_version));
      out.varint32(seqid);
      out.varint32(size);
      return put_name(out, envelope);
    case Protocol::thrift_json:
      out.text(json_begin);
      put_name(out, envelope);
      out.text("\",");
      put_number(out, type);
      out.u8(',');
      put_number(out, envelope.seqid);
      return out.u8(',');
    case Protocol::kitex_protobuf:
      out.u32(0x9001'0000U | type);
      out.u32(size);
      put_name(out, envelope);
      return out.u32(seqid);
    case Protocol::thrift_struct:
    case Protocol::protobuf: return;
  }
}

bool has_envelope(Protocol protocol) {
  return protocol != Protocol::thrift_struct && protocol != Protocol::protobuf;
}

std::unexpected<Error> no_envelope() {
  return failure(Errc::unsupported, "this protocol has no envelope");
}

bool needs_escape(std::string_view name) {
  return std::ranges::any_of(
      name, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
}

Result<void> check(Protocol protocol, const Envelope& envelope) {
  if (!has_envelope(protocol)) {
    return no_envelope();
  }
  if (!is_type(static_cast<std::int64_t>(envelope.type))) {
    return failure(Errc::invalid_type, "expected a message type from 1 to 4");
  }
  if (envelope.method.empty()) {
    return failure(Errc::wrong_method, "the name of the method is empty");
  }
  const std::size_t longest =
      protocol == Protocol::thrift_binary_old ? old_names_end - 1 : std::size_t{0x7FFF'FFFF};
  if (name_size(envelope) > longest) {
    return failure(Errc::size_limit, "the name of the method is too long for the protocol");
  }
  if (protocol == Protocol::thrift_json &&
      (needs_escape(envelope.service) || needs_escape(envelope.method))) {
    return failure(Errc::invalid_string, "the name of the method has characters to escape");
  }
  return {};
}

}  // namespace

Result<Envelope> read_envelope(Protocol protocol, Bytes payload, const EnvelopeLimits& limits) {
  Result<Envelope> read(std::in_place);  // and never copied
  EnvelopeReader reader(payload, limits, *read);
  switch (protocol) {
    case Protocol::thrift_binary: reader.strict(); break;
    case Protocol::thrift_binary_old: reader.old(); break;
    case Protocol::thrift_compact: reader.compact(); break;
    case Protocol::thrift_json: reader.json(); break;
    case Protocol::kitex_protobuf: reader.kitex_protobuf(); break;
    case Protocol::thrift_struct:
    case Protocol::protobuf: return no_envelope();
  }
  if (!reader.good()) [[unlikely]] {
    read = reader.error();
  }
  return read;
}

Result<std::size_t> read_envelope_end(Protocol protocol, Bytes rest) {
  if (protocol != Protocol::thrift_json) {
    return 0;
  }
  if (rest.empty()) {
    return failure(Errc::truncated, "expected ']'", 0);
  }
  if (rest.front() != ']') {
    return failure(Errc::bad_frame, "expected ']'", 0);
  }
  return 1;
}

Result<void> write_envelope(Protocol protocol, const Envelope& envelope, Chain& out) {
  if (Result<void> good = check(protocol, envelope); !good) [[unlikely]] {
    return good;
  }
  constexpr std::size_t longest_rest = 40;  // all but the name
  const std::size_t size = name_size(envelope);
  Scratch scratch;
  std::uint8_t* const begin = scratch.room(size + longest_rest);
  if (begin == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  ByteWriter writer(begin);
  put(protocol, envelope, static_cast<std::uint32_t>(size), writer);
  return out.append(Bytes(begin, writer.at()));
}

Result<void> end_envelope(Protocol protocol, Chain& out) {
  return protocol == Protocol::thrift_json ? out.append(as_bytes("]")) : Result<void>();
}

}  // namespace wirejit::rpc
