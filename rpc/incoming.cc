// Finds messages: by the length of their frame, or, without one, by a Skipper. Entry:
// Incoming::next. Invariant: what next() gives lies in bytes_ until release(), or in the event.
#include "incoming.h"

#include "outgoing.h"

#include <wirejit/json.h>
#include <wirejit/rpc/envelope.h>
#include <wirejit/thrift.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace wirejit::rpc::detail {

namespace {

// The shortest messages have 6 bytes, and four tell a length that is wrong: nobody waits in vain.
constexpr std::size_t first_look = 4;
// Of THeaders and TTHeaders, up to where their size is known.
constexpr std::size_t fixed_header = 14;
// Of an envelope without its name.
constexpr std::size_t envelope_bytes = 64;
// Blocks of a Chain have at least 1 KB: too much for a connection that has sent a few bytes.
constexpr std::size_t few_bytes = 256;
constexpr std::size_t smallest_block = 32;
// Memory that is not kept for the next message.
constexpr std::size_t much_memory = std::size_t{1} << 18;

std::unexpected<Error> no_memory() { return std::unexpected(Error(Errc::no_memory)); }

bool has_envelope(const Flavour& flavour) {
  return flavour.protocol != Protocol::thrift_struct && flavour.protocol != Protocol::protobuf;
}

std::uint32_t read_u32(Bytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

// The bytes of the frame at the start, with its length, as that says; 0 if there is none, or it
// says more than the limit.
std::size_t announced(Bytes bytes, const FrameLimits& limits) {
  const std::size_t length = bytes.size() < 4 ? 0 : read_u32(bytes, 0);
  return length == 0 || length > limits.frame_bytes ? 0 : 4 + length;
}

// How many bytes the envelope at the start needs at least; more than there are.
std::size_t envelope_need(Protocol protocol, Bytes bytes) {
  const std::size_t one_more = bytes.size() + 1;
  if (protocol == Protocol::thrift_binary) {
    return bytes.size() < 8 ? 8 : std::max<std::size_t>(12 + read_u32(bytes, 4), one_more);
  }
  if (protocol != Protocol::thrift_compact) {
    return one_more;
  }
  std::size_t at = 2;
  std::uint64_t length = 0;
  for (int varint = 0; varint < 2; ++varint) {  // the number, and the length of the name
    length = 0;
    for (unsigned shift = 0;; shift += 7, ++at) {
      if (at >= bytes.size() || shift > 28) {
        return one_more;
      }
      length |= std::uint64_t{bytes[at] & 0x7FU} << shift;
      if (bytes[at] < 0x80) {
        ++at;
        break;
      }
    }
  }
  return std::max<std::size_t>(at + length, one_more);
}

Result<Format> format_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::thrift_binary: return thrift::binary;
    case Protocol::thrift_compact: return thrift::compact;
    case Protocol::thrift_json: return json::text;
    default: break;
  }
  return std::unexpected(
      make_error(Errc::unsupported, "the end of such a message cannot be found without a length"));
}

}  // namespace

// ---- Bytes in

Result<void> Incoming::append(Bytes bytes) noexcept {
  if (has_block_ || bytes.size() >= few_bytes || bytes.empty()) {
    has_block_ = true;
    return bytes_.append(bytes);
  }
  Buffer small;
  if (!small.reserve(std::max(bytes.size(), smallest_block)) || !small.append(bytes)) {
    return no_memory();
  }
  Result<void> done = bytes_.append(std::move(small));
  has_block_ = has_block_ || done;
  return done;
}

Result<void> Incoming::append(Chain&& bytes) noexcept {
  has_block_ = true;
  return bytes_.append(std::move(bytes));
}

void Incoming::release() noexcept {
  if (taken_ == 0) {
    return;
  }
  const bool was_large = taken_ > much_memory;
  bytes_.consumed(std::exchange(taken_, 0));
  if (was_large && bytes_.empty()) {
    bytes_ = Chain();
    has_block_ = false;
  }
}

// ---- Messages

Incoming::Found Incoming::next(const FrameLimits& limits, Event& event, std::optional<Error>& why) {
  if (bytes_.empty() || bytes_.size() < std::max(need_, first_look)) {
    need_ = std::max(need_, first_look);
    return Found::nothing;
  }
  const Result<Found> found = without_throwing([&]() -> Result<Found> {
    if (passes_over_) {
      why = std::exchange(bad_, std::nullopt);
      return skip_bad(limits, event, why);
    }
    return scan_ != nullptr && scan_->active ? scan(limits, event, why) : read(limits, event, why);
  });
  if (!found) {
    why = found.error();
    return Found::lost;
  }
  return *found;
}

Incoming::Found Incoming::read(const FrameLimits& limits, Event& event, std::optional<Error>& why) {
  std::size_t need = 0;
  Buffer& inflated = EventAccess::inflated(event);
  const Result<std::optional<Frame>> frame =
      read_frame(bytes_, limits, event.message, inflated, need);
  if (!frame) {
    why = frame.error();
    return skip_bad(limits, event, why);
  }
  if (!*frame) {
    steps_ += std::min(need, bytes_.size());
    need_ = std::max(need, bytes_.size() + 1);
    if (need > fixed_header) {
      // The header is looked at when the frame is whole.
      need_ = std::max(need_, announced(bytes_.spans().front(), limits));
    }
    return Found::nothing;
  }
  if (!(*frame)->payload_bytes) {
    return begin_scan(limits, event, **frame, why);
  }
  const std::size_t payload = inflated.empty() ? *(*frame)->payload_bytes : 0;
  if (const std::size_t total = (*frame)->header_bytes + payload; bytes_.size() < total) {
    steps_ += (*frame)->header_bytes;
    need_ = total;
    return Found::nothing;
  }
  return give(limits, event, (*frame)->header_bytes, payload, why);
}

// A header that is wrong, where a length says where the next message begins.
Incoming::Found Incoming::skip_bad(const FrameLimits& limits, Event& event,
                                   std::optional<Error>& why) {
  const Result<Bytes> first = bytes_.peek(12);
  if (!first || first->size() < 6 || why->code() == Errc::no_memory) {
    return Found::lost;
  }
  const Sniffed sniffed = sniff(*first);
  const Transport transport = sniffed.flavour.transport;
  const std::size_t total = announced(*first, limits);
  if (sniffed.kind != Sniffed::Kind::message || sniffed.mesh_bytes != 0 || total < fixed_header ||
      (transport != Transport::theader && transport != Transport::ttheader &&
       transport != Transport::ttheader_framed)) {
    return Found::lost;
  }
  if (bytes_.size() < total) {
    passes_over_ = true;
    need_ = total;
    bad_ = std::exchange(why, std::nullopt);
    return Found::nothing;
  }
  event.message.clear();
  event.message.flavour = {.transport = transport,
                           .protocol = Protocol::thrift_binary,
                           .streaming = sniffed.flavour.streaming};
  event.message.sequence = read_u32(*first, 8);
  taken_ = total;
  passes_over_ = false;
  need_ = 0;
  return Found::bad;
}

// The message is whole: header, and payload, unless that was inflated.
Incoming::Found Incoming::give(const FrameLimits& limits, Event& event, std::size_t header,
                               std::size_t payload, std::optional<Error>& why) {
  steps_ += header;
  need_ = 0;
  if (const Result<void> done = pick(event, header, payload, limits); !done) {
    why = done.error();
    return Found::lost;
  }
  if (const Result<void> done = read_payload(event, limits); !done) {
    why = done.error();
    if (why->code() == Errc::no_memory) {
      return Found::lost;
    }
    event.message.body = {};
    return Found::bad;
  }
  return Found::message;
}

// Makes the payload that of the event.
Result<void> Incoming::pick(Event& event, std::size_t header, std::size_t payload,
                            const FrameLimits& limits) {
  const std::size_t total = header + payload;
  if (const Buffer& inflated = EventAccess::inflated(event); !inflated.empty()) {
    taken_ = total;
    EventAccess::bytes(event) = inflated.bytes();
    return {};
  }
  if (const Bytes front = bytes_.spans().front(); front.size() >= total) {
    taken_ = total;
    EventAccess::bytes(event) = front.subspan(header, payload);
    return {};
  }
  Chain& frame = EventAccess::frame(event);
  Result<Chain> split = bytes_.split(total);
  if (!split) {
    return std::unexpected(std::move(split.error()));
  }
  frame = std::move(*split);
  const std::size_t head = std::min(total, header + limits.name_bytes + envelope_bytes);
  if (const Result<Bytes> joined = frame.peek(head); !joined) {
    return std::unexpected(joined.error());
  }
  std::size_t need = 0;  // the views of the header, again
  if (const Result<std::optional<Frame>> again =
          read_frame(frame, limits, event.message, EventAccess::inflated(event), need);
      !again || !*again) {
    return std::unexpected(again ? Error(Errc::internal) : again.error());
  }
  if (const Bytes front = frame.spans().front(); front.size() >= total) {
    EventAccess::bytes(event) = front.subspan(header, payload);
    return {};
  }
  // The segments are shared, with their owners: a body may be sent on without a copy.
  Chain& pieces = EventAccess::payload(event);
  if (Result<void> done = pieces.append(std::as_const(frame)); !done) {
    return done;
  }
  pieces.consumed(header);
  return {};
}

Result<void> Incoming::read_payload(Event& event, const FrameLimits& limits) {
  Message& message = event.message;
  const Chain& payload = EventAccess::payload(event);
  const Bytes first = payload.empty() ? EventAccess::bytes(event) : payload.spans().front();
  std::size_t begin = 0;  // of the body
  std::size_t end = 0;    // bytes after it
  if (has_envelope(message.flavour)) {
    Result<Envelope> envelope =
        read_envelope(message.flavour.protocol, first, {.name_bytes = limits.name_bytes});
    if (!envelope) {
      return std::unexpected(std::move(envelope.error()));
    }
    begin = envelope->size;
    message.method = envelope->method;
    message.type = envelope->type;
    message.seqid = envelope->seqid;
    if (!envelope->service.empty()) {
      message.service = envelope->service;
    }
    if (message.flavour.protocol == Protocol::thrift_json) {
      const Bytes last = payload.empty() ? first : payload.spans().back();
      if (std::max(first.size(), payload.size()) == begin || last.back() != ']') {
        return std::unexpected(make_error(Errc::bad_frame, "']' must end the message"));
      }
      end = 1;
    }
  }
  if (payload.empty()) {
    message.body = Body::raw(first.subspan(begin, first.size() - begin - end));
    return {};
  }
  Chain& body = EventAccess::body(event);
  Result<void> done = body.append(payload);
  body.consumed(begin);
  body.truncate(body.size() - end);
  message.body = body.spans().size() == 1 ? Body::raw(body.spans().front()) : Body::raw(body);
  return done;
}

// ---- Messages without a length

Incoming::Found Incoming::begin_scan(const FrameLimits& limits, Event& event, const Frame& frame,
                                     std::optional<Error>& why) {
  if (scan_ == nullptr) {
    scan_.reset(new (std::nothrow) Scan);
  }
  const Protocol protocol = event.message.flavour.protocol;
  if (scan_ == nullptr) {
    why = Error(Errc::no_memory);
    return Found::lost;
  }
  if (scan_->protocol != protocol) {
    scan_->skipper.reset();
  }
  scan_->protocol = protocol;
  scan_->header = static_cast<std::uint32_t>(frame.header_bytes);
  scan_->envelope = 0;
  scan_->has_begun = false;
  scan_->active = true;
  steps_ += frame.header_bytes;
  return scan(limits, event, why);
}

// Looks for the end of the envelope. False if more bytes must come.
Result<bool> Incoming::scan_envelope(const FrameLimits& limits) {
  std::size_t want = 1;
  for (;;) {
    Bytes bytes = bytes_.spans().front();
    if (bytes.size() < scan_->header + want) {
      const Result<Bytes> joined = bytes_.peek(scan_->header + want);
      if (!joined) {
        return std::unexpected(joined.error());
      }
      bytes = *joined;
    }
    if (bytes.size() <= scan_->header) {
      need_ = scan_->header + 1;
      return false;
    }
    bytes = bytes.subspan(scan_->header);
    const Result<Envelope> envelope =
        read_envelope(scan_->protocol, bytes, {.name_bytes = limits.name_bytes});
    if (envelope) {
      scan_->envelope = static_cast<std::uint32_t>(envelope->size);
      steps_ += envelope->size;
      return true;
    }
    if (envelope.error().code() != Errc::truncated) {
      return std::unexpected(envelope.error());
    }
    want = envelope_need(scan_->protocol, bytes);
    if (bytes_.size() < scan_->header + want) {
      need_ = scan_->header + want;
      return false;
    }
  }
}

// The envelope has come: the skipper is made when it is needed, and kept for the next message.
Result<void> Incoming::begin_skipping(const FrameLimits& limits) {
  Scan& s = *scan_;
  if (s.skipper) {
    s.skipper->reset();
  } else {
    const Result<Format> format = format_of(s.protocol);
    if (!format) {
      return std::unexpected(format.error());
    }
    SkipOptions options;
    options.limits.input_bytes = limits.frame_bytes;
    Result<Skipper> skipper = Skipper::make(*format, options);
    if (!skipper) {
      return std::unexpected(std::move(skipper.error()));
    }
    s.skipper = std::move(*skipper);
  }
  s.segment = 0;
  s.offset = std::size_t{s.header} + s.envelope;
  s.has_begun = true;
  return {};
}

Incoming::Found Incoming::scan(const FrameLimits& limits, Event& event, std::optional<Error>& why) {
  Scan& s = *scan_;
  // Thrift JSON is one array, with its envelope.
  if (s.envelope == 0 && s.protocol != Protocol::thrift_json) {
    const Result<bool> found = scan_envelope(limits);
    if (!found || !*found) {
      why = found ? std::nullopt : std::optional(found.error());
      return found ? Found::nothing : Found::lost;
    }
  }
  if (!s.has_begun) {
    if (const Result<void> done = begin_skipping(limits); !done) {
      why = done.error();
      return Found::lost;
    }
  }
  const std::uint64_t before = s.skipper->steps();
  bool is_done = false;
  while (!is_done && s.segment < bytes_.spans().size()) {
    const Bytes segment = bytes_.spans()[s.segment];
    if (s.offset >= segment.size()) {
      if (s.segment + 1 == bytes_.spans().size()) {
        break;
      }
      s.offset -= segment.size();
      ++s.segment;
      continue;
    }
    const Result<Skipper::Progress> progress = s.skipper->feed(segment.subspan(s.offset));
    if (!progress) {
      why = progress.error().code() == Errc::size_limit
                ? make_error(Errc::frame_limit, "the message is longer than a frame may be")
                : progress.error();
      return Found::lost;
    }
    s.offset += progress->taken;
    is_done = progress->done;
  }
  steps_ += s.skipper->steps() - before;
  if (!is_done) {
    need_ = bytes_.size() + 1;
    return Found::nothing;
  }
  s.active = false;
  const std::size_t total = std::size_t{s.header} + s.envelope + s.skipper->total();
  std::size_t need = 0;  // its views, which may be of another event
  const Result<std::optional<Frame>> frame =
      read_frame(bytes_, limits, event.message, EventAccess::inflated(event), need);
  if (!frame || !*frame) {
    why = frame ? Error(Errc::internal) : frame.error();
    return Found::lost;
  }
  return give(limits, event, s.header, total - s.header, why);
}

}  // namespace wirejit::rpc::detail
