// What the first bytes of a message say. Entry: sniff. Invariant: more bytes are asked for only as far
// as the shortest message has them of those that are still possible.
#include "headers.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace wirejit::rpc {

namespace {

constexpr std::uint16_t tls_hello = 0x1603;
constexpr std::uint16_t tls_alert = 0x1503;  // what a server answers that expected a hello

Sniffed of_kind(Sniffed::Kind kind) {
  Sniffed sniffed;
  sniffed.kind = kind;
  return sniffed;
}

Sniffed need_more(std::size_t need) {
  Sniffed sniffed = of_kind(Sniffed::Kind::need_more);
  sniffed.need = need;
  return sniffed;
}

Sniffed unknown() { return of_kind(Sniffed::Kind::unknown); }

Sniffed message(Transport transport, Protocol protocol, std::size_t header_bytes) {
  Sniffed sniffed = of_kind(Sniffed::Kind::message);
  sniffed.flavour = {.transport = transport, .protocol = protocol};
  sniffed.header_bytes = header_bytes;
  return sniffed;
}

// Text that HTTP begins with, as a length more than any frame has. `first` has two bytes.
Sniffed sniff_text(Bytes first) {
  constexpr std::array<std::string_view, 10> methods{"GET ", "POST", "PUT ", "HEAD", "DELE",
                                                     "OPTI", "PATC", "CONN", "TRAC", "HTTP"};
  constexpr std::string_view preface = "PRI * HT";
  const std::string_view text = as_text(first);
  if (preface.starts_with(text.substr(0, preface.size()))) {
    return text.size() < preface.size() ? need_more(preface.size()) : of_kind(Sniffed::Kind::http2);
  }
  for (const std::string_view method : methods) {
    if (method.starts_with(text.substr(0, method.size()))) {
      return text.size() < method.size() ? need_more(method.size()) : of_kind(Sniffed::Kind::http1);
    }
  }
  return unknown();
}

Sniffed sniff_header(Bytes first, std::uint32_t length, Transport transport) {
  if (length < shortest_header_frame) {
    return unknown();
  }
  if (first.size() < 8) {
    return need_more(8);
  }
  std::size_t header_bytes = fixed_bytes;
  if (first.size() >= fixed_bytes) {
    header_bytes += std::size_t{4} * load_u16(first.data() + 12);
  }
  Sniffed sniffed = message(transport, Protocol::thrift_binary, header_bytes);
  if (transport == Transport::ttheader && (load_u16(first.data() + 6) & flag::streaming) != 0) {
    sniffed.flavour.streaming = true;
    sniffed.flavour.protocol = Protocol::thrift_struct;
  }
  return sniffed;
}

// What is no magic may be the old envelope, framed or not: the fifth byte is the first of a length
// or of a name.
Sniffed sniff_old_binary(std::uint8_t fifth, std::uint32_t length) {
  constexpr std::uint32_t shortest_old = 11;  // with an empty struct
  constexpr std::uint32_t old_names_end = 0x0100'0000;
  const bool is_name =
      (fifth >= 'a' && fifth <= 'z') || (fifth >= 'A' && fifth <= 'Z') || fifth == '_';
  if (fifth == 0 && length >= shortest_old) {
    return message(Transport::framed, Protocol::thrift_binary_old, prefix_bytes);
  }
  return is_name && length != 0 && length < old_names_end
             ? message(Transport::unframed, Protocol::thrift_binary_old, 0)
             : unknown();
}

Sniffed sniff_framed(Bytes first, const SniffOptions& options) {
  if (first.size() < prefix_bytes) {
    return need_more(prefix_bytes);
  }
  const std::uint32_t length = load_u32(first.data());
  if (length > longest_frame || (length < shortest_message && !options.old_binary)) {
    return unknown();
  }
  if (first.size() < prefix_bytes + 2) {
    return need_more(prefix_bytes + 2);
  }
  const std::uint16_t two = load_u16(first.data() + prefix_bytes);
  if (two == ttheader_magic) {
    return sniff_header(first, length, Transport::ttheader);
  }
  if (two == theader_magic) {
    return sniff_header(first, length, Transport::theader);
  }
  if (const auto protocol = protocol_of(two); protocol && length >= shortest_message) {
    return message(Transport::framed, *protocol, prefix_bytes);
  }
  return options.old_binary ? sniff_old_binary(first[prefix_bytes], length) : unknown();
}

}  // namespace

std::optional<Protocol> protocol_of(std::uint16_t two) noexcept {
  switch (two) {
    case binary_magic: return Protocol::thrift_binary;
    case kitex_protobuf_magic: return Protocol::kitex_protobuf;
    case json_magic: return Protocol::thrift_json;
    default: return is_compact(two) ? std::optional(Protocol::thrift_compact) : std::nullopt;
  }
}

Sniffed sniff_message(Bytes first, const SniffOptions& options) noexcept {
  if (first.size() < 2) {
    return need_more(2);
  }
  const std::uint16_t two = load_u16(first.data());
  if (two >= 0x8000) {  // no length
    return two == binary_magic || is_compact(two)
               ? message(Transport::unframed, *protocol_of(two), 0)
               : unknown();
  }
  if (two < 0x4000) [[likely]] {
    return two == tls_hello || two == tls_alert ? of_kind(Sniffed::Kind::tls)
                                                : sniff_framed(first, options);
  }
  if (two != json_magic) {
    return sniff_text(first);
  }
  if (first.size() < 3) {
    return need_more(3);
  }
  return first[2] == ',' ? message(Transport::unframed, Protocol::thrift_json, 0) : unknown();
}

Sniffed sniff(Bytes first, const SniffOptions& options) noexcept {
  if (first.size() < 2 || load_u16(first.data()) != mesh_magic) [[likely]] {
    return sniff_message(first, options);
  }
  if (first.size() < 4) {
    return need_more(4);
  }
  const std::size_t mesh_bytes = std::size_t{4} + load_u16(first.data() + 2);
  Sniffed sniffed = sniff_message(first.subspan(std::min(mesh_bytes, first.size())), options);
  sniffed.mesh_bytes = mesh_bytes;
  sniffed.need += sniffed.kind == Sniffed::Kind::need_more ? mesh_bytes : 0;
  if (sniffed.kind == Sniffed::Kind::need_more) {
    return sniffed;
  }
  const Transport transport = sniffed.flavour.transport;
  const bool is_payload = transport == Transport::unframed || transport == Transport::framed;
  if (sniffed.kind != Sniffed::Kind::message || !is_payload) {
    return unknown();
  }
  return sniffed;
}

}  // namespace wirejit::rpc
