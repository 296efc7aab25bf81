// Messages: pairs of headers, bodies, names. Entry: Message, Pairs. Invariant: what may fail is done
// before anything changes.
#include <wirejit/rpc/message.h>

#include <cstring>
#include <new>
#include <span>

namespace wirejit::rpc {

namespace {

std::unexpected<Error> no_memory() { return std::unexpected(Error(Errc::no_memory)); }

std::size_t text_size(const IntPair& pair) { return pair.value.size(); }
std::size_t text_size(const TextPair& pair) { return pair.key.size() + pair.value.size(); }

// Copies views into a buffer that has the room.
class Copier {
 public:
  explicit Copier(Buffer& to) : to_(to) {}

  void move(Bytes& bytes) {
    if (bytes.empty()) {
      bytes = {};
      return;
    }
    const std::size_t at = to_.size();
    std::memcpy(to_.storage() + at, bytes.data(), bytes.size());
    to_.set_size(at + bytes.size());
    bytes = {to_.data() + at, bytes.size()};
  }
  void move(std::string_view& text) {
    Bytes bytes = as_bytes(text);
    move(bytes);
    text = as_text(bytes);
  }
  void move(IntPair& pair) { move(pair.value); }
  void move(TextPair& pair) {
    move(pair.key);
    move(pair.value);
  }

 private:
  Buffer& to_;
};

}  // namespace

std::string_view to_string(Transport transport) noexcept {
  switch (transport) {
    case Transport::unframed: return "unframed";
    case Transport::framed: return "framed";
    case Transport::theader: return "theader";
    case Transport::ttheader: return "ttheader";
    case Transport::ttheader_framed: return "ttheader_framed";
    case Transport::grpc: return "grpc";
  }
  return "unknown";
}

std::string_view to_string(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::thrift_binary: return "thrift_binary";
    case Protocol::thrift_binary_old: return "thrift_binary_old";
    case Protocol::thrift_compact: return "thrift_compact";
    case Protocol::thrift_json: return "thrift_json";
    case Protocol::kitex_protobuf: return "kitex_protobuf";
    case Protocol::thrift_struct: return "thrift_struct";
    case Protocol::protobuf: return "protobuf";
  }
  return "unknown";
}

std::string_view to_string(MessageType type) noexcept {
  switch (type) {
    case MessageType::call: return "call";
    case MessageType::reply: return "reply";
    case MessageType::exception: return "exception";
    case MessageType::oneway: return "oneway";
  }
  return "unknown";
}

// ---- Pairs

template <class Pair>
Result<void> Pairs<Pair>::add(Key key, std::string_view value) noexcept {
  try {
    added_.push_back({.key = key, .value = value});
    return {};
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

template <class Pair>
Result<void> Pairs<Pair>::add_block(const Block& block) noexcept {
  if (block.count == 0) {
    return {};
  }
  try {
    Block& added = blocks_.emplace_back();
    added.bytes = block.bytes;
    added.count = block.count;
    added.coding = block.coding;
    return {};
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

template <class Pair>
std::optional<std::string_view> Pairs<Pair>::find(Key key) const noexcept {
  for (std::size_t i = added_.size(); i != 0; --i) {
    if (added_[i - 1].key == key) {
      return added_[i - 1].value;
    }
  }
  for (std::size_t i = blocks_.size(); i != 0; --i) {
    const Block& block = blocks_[i - 1];
    const std::uint8_t* at = block.bytes.data();
    std::optional<std::string_view> last;
    for (std::uint32_t left = block.count; left != 0; --left) {
      Pair pair;
      detail::take_pair(at, block.coding == Coding::theader, pair);
      if (pair.key == key) {
        last = pair.value;
      }
    }
    if (last) {
      return last;
    }
  }
  return std::nullopt;
}

template <class Pair>
std::size_t Pairs<Pair>::size() const noexcept {
  std::size_t pairs = added_.size();
  for (const Block& block : blocks_) {
    pairs += block.count;
  }
  return pairs;
}

template class Pairs<IntPair>;
template class Pairs<TextPair>;

// ---- Bodies

Body Body::raw(Bytes bytes) noexcept {
  Body body;
  body.kind_ = Kind::raw;
  body.bytes_ = bytes;
  return body;
}

Body Body::raw(const Chain& bytes) noexcept {
  Body body;
  body.kind_ = Kind::raw;
  body.chain_ = &bytes;
  return body;
}

Body Body::json(std::string_view text) noexcept {
  Body body;
  body.kind_ = Kind::json;
  body.bytes_ = as_bytes(text);
  return body;
}

Body Body::record(const RecordView& record) noexcept {
  Body body;
  body.kind_ = Kind::record;
  body.record_ = record;
  return body;
}

Body Body::object(const ObjectBody& object) noexcept {
  Body body;
  body.kind_ = Kind::object;
  body.object_ = &object;
  return body;
}

// ---- Messages

Result<void> Message::own() noexcept {
  const bool has_text = body.kind() == Body::Kind::raw || body.kind() == Body::Kind::json;
  const Chain* const pieces = body.chain();
  std::size_t bytes = service.size() + method.size() + acl_token.size();
  bytes += pieces != nullptr ? pieces->size() : has_text ? body.bytes().size() : 0;
  const auto add_size = [&bytes](const auto& some) {
    for (const auto& block : some.blocks_) {
      bytes += block.bytes.size();
    }
    for (const auto& pair : some.added_) {
      bytes += text_size(pair);
    }
  };
  add_size(int_keys);
  add_size(pairs);
  // Views may refer to what it owns already.
  const bool is_free = own_.empty();
  Buffer memory;
  if (is_free) {
    memory = std::move(own_);
  }
  if (!memory.reserve(bytes)) {
    if (is_free) {
      own_ = std::move(memory);
    }
    return no_memory();
  }
  Copier copier(memory);
  copier.move(service);
  copier.move(method);
  copier.move(acl_token);
  const auto move_pairs = [&copier](auto& some) {
    for (auto& block : some.blocks_) {
      copier.move(block.bytes);
    }
    for (auto& pair : some.added_) {
      copier.move(pair);
    }
  };
  move_pairs(int_keys);
  move_pairs(pairs);
  if (pieces != nullptr) {
    const std::size_t at = memory.size();
    for (Bytes piece : pieces->spans()) {
      copier.move(piece);
    }
    body = Body::raw(memory.bytes().subspan(at));
  } else if (has_text) {
    Bytes text = body.bytes();
    copier.move(text);
    body = body.kind() == Body::Kind::raw ? Body::raw(text) : Body::json(as_text(text));
  }
  own_ = std::move(memory);
  return {};
}

void Message::clear() noexcept {
  service = {};
  method = {};
  type = MessageType::call;
  seqid = 0;
  sequence = 0;
  flags = 0;
  flavour = {};
  int_keys.clear();
  pairs.clear();
  acl_token = {};
  body = {};
  outcome = Outcome::none;
  error.reset();
  own_.clear();
}

}  // namespace wirejit::rpc
