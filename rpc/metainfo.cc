// Pairs of a header that services agree on. Entry: metainfo::forward, read_business_error,
// check_crc32c. Invariant: texts that were read are not copied; new ones lie in the caller's arena.
#include <wirejit/rpc/metainfo.h>

#include "bytes.h"

#include <wirejit/json.h>
#include <wirejit/rpc/envelope.h>
#include <wirejit/skipper.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <string>
#include <system_error>

namespace wirejit::rpc {

namespace metainfo {

namespace {

constexpr std::array<std::string_view, 5> prefixes{"", "RPC_PERSIST_", "RPC_TRANSIT_",
                                                   "RPC_TRANSIT_UPSTREAM_", "RPC_BACKWARD_"};
struct HttpPrefix {
  Kind kind;
  std::string_view name;
};
constexpr std::array<HttpPrefix, 3> http_prefixes{{{Kind::persist, "rpc-persist-"},
                                                   {Kind::transit, "rpc-transit-"},
                                                   {Kind::backward, "rpc-backward-"}}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// `prefix` and the changed characters of `rest`.
template <class F>
Result<std::string_view> join(std::string_view prefix, std::string_view rest, Arena& arena,
                              F&& change) {
  const std::size_t size = prefix.size() + rest.size();
  auto* const text = static_cast<char*>(arena.allocate(size, 1));
  if (text == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  std::ranges::transform(rest, std::ranges::copy(prefix, text).out, change);
  return std::string_view(text, size);
}

}  // namespace

std::string_view prefix_of(Kind kind) noexcept {
  const auto index = static_cast<std::size_t>(kind);
  return index < prefixes.size() ? prefixes[index] : std::string_view();
}

Item item_of(const TextPair& pair) noexcept {
  for (const Kind kind : {Kind::persist, Kind::upstream, Kind::transit, Kind::backward}) {
    const std::string_view prefix = prefix_of(kind);
    if (pair.key.starts_with(prefix)) {
      const bool is_empty = pair.key.size() == prefix.size() || pair.value.empty();
      return is_empty
                 ? Item{.key = pair.key, .value = pair.value}
                 : Item{.kind = kind, .key = pair.key.substr(prefix.size()), .value = pair.value};
    }
  }
  return {.key = pair.key, .value = pair.value};
}

std::optional<std::string_view> find(const TextPairs& pairs, Kind kind,
                                     std::string_view key) noexcept {
  std::optional<std::string_view> last;
  pairs.for_each([&](const TextPair& pair) {
    const Item item = item_of(pair);
    const bool is_bare = kind == Kind::backward && item.kind == Kind::none;
    if ((item.kind == kind || is_bare) && item.key == key && !item.value.empty()) {
      last = item.value;
    }
  });
  return last;
}

Result<void> add(Kind kind, std::string_view key, std::string_view value, Arena& arena,
                 TextPairs& to) noexcept {
  if (key.empty() || value.empty()) {
    return {};
  }
  const Result<std::string_view> name = join(prefix_of(kind), key, arena, [](char c) { return c; });
  return name ? to.add(*name, value) : std::unexpected(name.error());
}

Result<void> forward(const TextPairs& request, Arena& arena, TextPairs& to) noexcept {
  Result<void> done;
  request.for_each([&](const TextPair& pair) {
    const Item item = item_of(pair);
    if (!done) {
      return;
    }
    if (item.kind == Kind::persist) {
      done = to.add(pair.key, pair.value);
    } else if (item.kind == Kind::transit) {
      done = add(Kind::upstream, item.key, item.value, arena, to);
    }
  });
  return done;
}

Result<std::string_view> http_name(std::string_view key, Arena& arena) noexcept {
  const Item item = item_of({.key = key, .value = "any"});
  for (const HttpPrefix& prefix : http_prefixes) {
    if (prefix.kind == item.kind) {
      return join(prefix.name, item.key, arena, [](char c) { return c == '_' ? '-' : lower(c); });
    }
  }
  return std::string_view();
}

Result<std::string_view> key_of_http_name(std::string_view name, Arena& arena) noexcept {
  for (const HttpPrefix& prefix : http_prefixes) {
    const bool begins =
        name.size() > prefix.name.size() &&
        std::ranges::equal(name.substr(0, prefix.name.size()), prefix.name, {}, lower);
    if (begins) {
      return join(prefix_of(prefix.kind), name.substr(prefix.name.size()), arena,
                  [](char c) { return c == '-' ? '_' : upper(c); });
    }
  }
  return std::string_view();
}

}  // namespace metainfo

// ---- Business errors

namespace {

constexpr std::string_view status_key = "biz-status";
constexpr std::string_view message_key = "biz-message";
constexpr std::string_view extra_key = "biz-extra";
constexpr std::string_view crc32c_key = "crc32c";

// A JSON object of strings: tokens one after the other, strings by the library's reader.
class StringsOfObject {
 public:
  explicit StringsOfObject(std::string_view text) : text_(text) {}

  Result<void> check() {
    if (Result<void> begin = take('{'); !begin) {
      return begin;
    }
    if (next() == '}') {
      ++at_;
      return end();
    }
    for (;;) {
      Result<void> pair = take_string();
      pair = pair ? take(':') : pair;
      pair = pair ? take_string() : pair;
      if (!pair) {
        return pair;
      }
      if (next() != ',') {
        break;
      }
      ++at_;
    }
    const Result<void> closed = take('}');
    return closed ? end() : closed;
  }

 private:
  // The next character that is no white space, or NUL at the end.
  char next() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  std::unexpected<Error> wrong(const char* expected) {
    return failure(at_ < text_.size() ? Errc::syntax : Errc::truncated, expected, at_);
  }
  Result<void> take(char c) {
    if (next() != c) {
      return wrong("expected a JSON object of strings");
    }
    ++at_;
    return {};
  }
  Result<void> take_string() {
    if (next() != '"') {
      return at_ < text_.size() ? failure(Errc::type_mismatch, "expected a string", at_)
                                : wrong("expected a string");
    }
    const Result<std::size_t> size = skip(json::text, text_.substr(at_));
    if (!size) {
      return failure(size.error().code(), "expected a string", at_ + size.error().offset());
    }
    at_ += *size;
    return {};
  }
  Result<void> end() {
    next();
    return at_ == text_.size() ? Result<void>()
                               : failure(Errc::syntax, "text after the object", at_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<void> check_extra(std::string_view extra) {
  return extra.empty() ? Result<void>() : StringsOfObject(extra).check();
}

}  // namespace

Result<std::optional<BusinessError>> read_business_error(const TextPairs& reply) {
  const std::string_view number = reply.find(status_key).value_or("");
  const char* const begin = number.data();
  BusinessError error;
  const auto [end, failed] = std::from_chars(begin, begin + number.size(), error.status);
  if (failed != std::errc() || end != begin + number.size() || error.status == 0) {
    return std::nullopt;
  }
  error.message = reply.find(message_key).value_or("");
  error.extra = reply.find(extra_key).value_or("");
  if (Result<void> good = check_extra(error.extra); !good) {
    return std::unexpected(std::move(good.error()));
  }
  return error;
}

Error error_of(const BusinessError& error) noexcept {
  try {
    return Error(Error::Detail{.code = Errc::remote_error,
                               .remote_code = error.status,
                               .path = {},
                               .message = std::string(error.message)});
  } catch (const std::bad_alloc&) {
    return Error(Errc::no_memory);
  }
}

Result<void> add_business_error(const BusinessError& error, Arena& arena, TextPairs& reply) {
  if (error.status == 0) {
    return failure(Errc::unsupported, "status 0 is no error");
  }
  if (Result<void> good = check_extra(error.extra); !good) {
    return good;
  }
  std::array<char, 12> digits;
  const char* const end = std::to_chars(digits.begin(), digits.end(), error.status).ptr;
  const std::string_view number = arena.copy({digits.data(), end});
  if (number.empty()) {
    return std::unexpected(Error(Errc::no_memory));
  }
  Result<void> done = reply.add(status_key, number);
  done = done ? reply.add(message_key, error.message) : done;
  return done && !error.extra.empty() ? reply.add(extra_key, error.extra) : done;
}

// ---- Connections

bool closes_connection(const TextPairs& pairs) noexcept { return pairs.find(close_key) == "1"; }

bool is_control_frame(const Message& message) noexcept {
  const Flavour& flavour = message.flavour;
  return message.sequence == 0 && !flavour.streaming &&
         (flavour.transport == Transport::ttheader ||
          flavour.transport == Transport::ttheader_framed);
}

Result<void> write_close_notice(Chain& out) {
  Message message;
  message.type = MessageType::reply;
  message.method = "none";
  message.flavour.transport = Transport::ttheader;
  Chain frame;
  Result<void> done = message.pairs.add(close_key, "1");
  done = done ? write_envelope(Protocol::thrift_binary,
                               {.method = message.method, .type = message.type}, frame)
              : done;
  constexpr std::uint8_t empty_struct = 0;
  done = done ? frame.append(Bytes(&empty_struct, 1)) : done;
  done = done ? write_frame(message, {}, frame) : done;
  return done ? out.append(std::move(frame)) : done;
}

// ---- Checksums

std::array<char, 8> crc32c_text(std::uint32_t crc) noexcept {
  std::array<char, 8> digits;
  for (std::size_t k = 0; k < digits.size(); ++k) {
    digits[k] = "0123456789abcdef"[crc >> (28 - 4 * k) & 15];
  }
  return digits;
}

Result<void> check_crc32c(const TextPairs& pairs, const Input& bytes) {
  const std::optional<std::string_view> text = pairs.find(crc32c_key);
  if (!text) {
    return {};
  }
  std::uint32_t wanted = 0;
  const char* const begin = text->data();
  const auto [end, failed] = std::from_chars(begin, begin + text->size(), wanted, 16);
  if (text->size() != 8 || failed != std::errc() || end != begin + text->size()) {
    return failure(Errc::bad_frame, "the pair crc32c has no eight hexadecimal digits");
  }
  return wanted == crc32c(bytes) ? Result<void>()
                                 : failure(Errc::bad_frame, "the payload has another CRC-32C");
}

}  // namespace wirejit::rpc
