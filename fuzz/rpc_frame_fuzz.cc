// Frames, headers, envelopes and exceptions: what is read must not depend on how the bytes are cut,
// must stay within the limits, and must be the same again after it was written.
// Input: a byte for options, a byte for the pieces, then the bytes of a connection.
#include "tests/support/guarded_input.h"
#include "tests/support/random_source.h"

#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/rpc/metainfo.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

namespace wirejit::fuzz {
namespace {

constexpr std::size_t frame_limit = 1 << 16;

[[noreturn]] void disagree(Bytes bytes, const char* what, const std::string& a,
                           const std::string& b) {
  std::fprintf(stderr, "DISAGREEMENT: %s\n  %s\n  %s\n", what, a.c_str(), b.c_str());
  for (const std::uint8_t byte : bytes) {
    std::fprintf(stderr, "%02x", byte);
  }
  std::fprintf(stderr, "\n");
  std::abort();
}

std::string text_of(const Error& error) {
  return std::string(to_string(error.code())) + " at " + std::to_string(error.offset());
}

// All that a message says of its header.
std::string text_of(const rpc::Message& m) {
  std::string text = std::string(to_string(m.flavour.transport)) + " " +
                     std::string(to_string(m.flavour.protocol)) + " " +
                     std::to_string(m.flavour.streaming) + " " + std::to_string(m.sequence) + " " +
                     std::to_string(m.flags) + " " + std::string(m.acl_token) + " ";
  m.int_keys.for_each([&](const rpc::IntPair& pair) {
    text += std::to_string(pair.key) + "=" + std::string(pair.value) + ";";
  });
  m.pairs.for_each([&](const rpc::TextPair& pair) {
    text += std::string(pair.key) + "=" + std::string(pair.value) + ";";
  });
  return text;
}

struct Reading {
  Chain in;
  rpc::Message message;
  Buffer inflated;
  std::size_t need = 0;
  std::optional<rpc::Frame> frame;
  std::string text;
};

void finish(Reading& r, const rpc::FrameLimits& limits) {
  const std::size_t before = r.in.size();
  const auto frame = read_frame(r.in, limits, r.message, r.inflated, r.need);
  if (r.in.size() != before) {
    std::abort();
  }
  if (!frame) {
    r.text = text_of(frame.error());
  } else if (!*frame) {
    r.text = "need " + std::to_string(r.need);
    if (r.need <= before) {
      std::abort();  // it would be asked for ever
    }
  } else {
    r.frame = *frame;
    r.text = text_of(r.message) + std::to_string(r.frame->header_bytes) + "+" +
             (r.frame->payload_bytes ? std::to_string(*r.frame->payload_bytes) : "?");
    if (r.frame->header_bytes > before || r.frame->payload_bytes.value_or(0) > frame_limit ||
        r.message.int_keys.size() + r.message.pairs.size() > limits.pairs) {
      std::abort();
    }
  }
  if (r.inflated.capacity() > 2 * frame_limit) {
    std::abort();
  }
}

// Writes what was read and reads it again.
void write_again(Bytes bytes, const Reading& r, Bytes payload, const rpc::FrameLimits& limits) {
  Chain out;
  rpc::Message message;
  message.type = rpc::MessageType::reply;
  message.flavour = r.message.flavour;
  message.sequence = r.message.sequence;
  message.flags = r.message.flags;
  message.int_keys = r.message.int_keys;
  message.pairs = r.message.pairs;
  message.acl_token = r.message.acl_token;
  if (!out.append(payload) || !write_frame(message, limits, out)) {
    return;  // more than its limit, as an inflated payload may be
  }
  Reading again;
  again.in = std::move(out);
  finish(again, limits);
  const bool keeps_pairs = message.flavour.transport == rpc::Transport::ttheader ||
                           message.flavour.transport == rpc::Transport::ttheader_framed ||
                           message.flavour.transport == rpc::Transport::theader;
  if (!again.frame || again.message.flavour != message.flavour ||
      (keeps_pairs && text_of(again.message) != text_of(message))) {
    disagree(bytes, "written and read again", r.text, again.text);
  }
}

void check_envelope(rpc::Protocol protocol, Bytes payload) {
  static test::GuardedInput guarded;
  const Bytes bytes = guarded.at_end(payload);
  const auto envelope = read_envelope(protocol, bytes, {.name_bytes = 256});
  if (!envelope) {
    if (envelope.error().code() == Errc::truncated && envelope.error().offset() != bytes.size()) {
      disagree(bytes, "truncated before the end", text_of(envelope.error()), "");
    }
    return;
  }
  if (envelope->service.empty() && envelope->method.find(':') != std::string_view::npos) {
    return;  // ":a:b", which is written as "a:b"
  }
  Chain out;
  if (!write_envelope(protocol, *envelope, out)) {
    disagree(bytes, "an envelope that was read cannot be written", "", "");
  }
  const auto joined = out.peek(out.size());
  const auto again = read_envelope(protocol, *joined, {.name_bytes = 256});
  if (!again || again->method != envelope->method || again->type != envelope->type ||
      again->seqid != envelope->seqid || again->service != envelope->service) {
    disagree(bytes, "an envelope, written and read again", "", "");
  }
  for (std::size_t size = 0; size < envelope->size; ++size) {
    const auto cut = read_envelope(protocol, bytes.first(size), {.name_bytes = 256});
    if (cut || cut.error().code() != Errc::truncated) {
      disagree(bytes, "a cut envelope is not truncated", "", "");
    }
  }
  rpc::ApplicationException exception;
  Buffer scratch;
  const Bytes body = bytes.subspan(envelope->size);
  const auto size = read_exception(protocol, body, exception, scratch);
  if (size && *size > body.size()) {
    std::abort();
  }
}

void run(std::uint8_t options, std::uint8_t seed, Bytes bytes) {
  const rpc::FrameLimits limits{.frame_bytes = frame_limit,
                                .header_bytes = 4096,
                                .pairs = 64,
                                .old_binary = (options & 1) != 0};
  const rpc::Sniffed sniffed = rpc::sniff(bytes, {.old_binary = limits.old_binary});
  if (sniffed.kind == rpc::Sniffed::Kind::need_more && sniffed.need <= bytes.size()) {
    std::abort();
  }
  Reading whole;
  (void)whole.in.append_external(bytes);
  finish(whole, limits);
  test::Random r(seed);
  Reading pieces;
  const std::size_t longest = 1 + r.below(32);
  for (Bytes left = bytes; !left.empty();) {
    const std::size_t n = std::min(left.size(), 1 + r.below(longest));
    (void)pieces.in.append_external(left.first(n));
    left = left.subspan(n);
  }
  finish(pieces, limits);
  if (whole.text != pieces.text) {
    disagree(bytes, "pieces", whole.text, pieces.text);
  }
  if (whole.frame) {
    const std::size_t begin = std::min(whole.frame->header_bytes, bytes.size());
    Bytes payload = bytes.subspan(begin);
    payload = payload.first(std::min(payload.size(), whole.frame->payload_bytes.value_or(~0U)));
    payload = whole.frame->is_inflated ? whole.inflated.bytes() : payload;
    if (whole.frame->payload_bytes.value_or(payload.size()) == payload.size()) {
      write_again(bytes, whole, payload, limits);
    }
    check_envelope(whole.message.flavour.protocol, payload);
    (void)rpc::read_business_error(whole.message.pairs);
    (void)rpc::check_crc32c(whole.message.pairs, payload);
  }
  constexpr rpc::Protocol protocols[] = {
      rpc::Protocol::thrift_binary, rpc::Protocol::thrift_binary_old, rpc::Protocol::thrift_compact,
      rpc::Protocol::thrift_json, rpc::Protocol::kitex_protobuf};
  check_envelope(protocols[(options >> 1) % 5], bytes);
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 65536) {
    return -1;
  }
  wirejit::fuzz::run(data[0], data[1], {data + 2, size - 2});
  return 0;
}
