// google.protobuf.Any. The reader scans the object once for "@type" and "value". It then converts
// the object, or only that value, as the struct that "@type" names.
#include "json/any.h"

#include "jit/runtime.h"
#include "jit/scratch.h"
#include "jit/steps.h"
#include "json/parse.h"
#include "json/print.h"

#include <wirejit/buffer.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

namespace wirejit::json {

using jit::fail;

struct AnyStorage {
  Buffer part[2];  // a Buffer's memory can be read past its end
  Context* call = nullptr;
  std::uint64_t charged = 0;
};

namespace {

constexpr std::size_t url_part = 0;
constexpr std::size_t value_part = 1;

void destroy_parts(void* object) noexcept {
  const std::unique_ptr<AnyParts> parts(static_cast<AnyParts*>(object));
  const std::unique_ptr<AnyStorage> storage(parts->storage);
  storage->call->memory_left += storage->charged;
}

// Adds empty parts to the call's list of objects. Returns null after a failure.
AnyParts* push_parts(Context& ctx) noexcept {
  std::unique_ptr<AnyStorage> storage(new (std::nothrow) AnyStorage);
  std::unique_ptr<AnyParts> parts(new (std::nothrow) AnyParts{});
  if (storage == nullptr || parts == nullptr) {
    fail(ctx, Errc::no_memory, nullptr);
    return nullptr;
  }
  storage->call = &ctx;
  for (AnyParts::Part& part : parts->part) {
    part = {"", 0};
  }
  parts->storage = storage.release();
  AnyParts* const object = parts.release();
  return jit::push_object(ctx, object, &destroy_parts) ? object : nullptr;
}

// Charges the memory of a part to the call. Returns false after a failure.
bool charge(Context& ctx, AnyStorage& storage, std::size_t size, const void* at) noexcept {
  if (size > ctx.memory_left) {
    fail(ctx, Errc::memory_limit, at);
    return false;
  }
  ctx.memory_left -= size;
  storage.charged += size;
  return true;
}

bool copy_part(Context& ctx, AnyParts& parts, std::size_t index, const char* data, std::size_t size,
               const void* at) noexcept {
  Buffer& to = parts.storage->part[index];
  to.clear();
  jit::add_steps_of_bytes(size);
  if (!charge(ctx, *parts.storage, size, at)) {
    return false;
  }
  if (!to.reserve(size + 1) || !to.append(as_bytes({data, size}))) {
    fail(ctx, Errc::no_memory, at);
    return false;
  }
  parts.part[index] = {reinterpret_cast<const char*>(to.data()), to.size()};
  return true;
}

// The text after the last '/'; empty if there is no '/'.
std::string_view type_name(std::string_view url) noexcept {
  const std::size_t slash = url.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : url.substr(slash + 1);
}

// The struct that a type URL names. Returns null after a failure.
const StructType* find_type(Context& ctx, const AnyCodec& any, std::string_view url,
                            const void* at) noexcept {
  if (any.dynamic_transcoder == nullptr) {
    fail(ctx, Errc::unsupported, at);
    return nullptr;
  }
  const std::string_view name = type_name(url);
  if (name.empty()) {
    fail(ctx, Errc::invalid_string, at);
    return nullptr;
  }
  const StructType* const type = any.dynamic_transcoder->find(name);
  if (type == nullptr) {
    fail(ctx, Errc::not_found, at);
  }
  return type;
}

// ---- Reading

// Finds a duplicate among the first 32 keys of an object in [begin, end). It stops at a key that
// contains an escape.
class KeySet {
 public:
  // Returns false if no further key is examined.
  bool add(std::string_view key, const char* begin, const char* end) noexcept {
    if (count_ == std::size(keys_) || key.data() < begin || key.data() >= end) {
      return false;
    }
    has_duplicate_ = has_duplicate_ || std::find(keys_, keys_ + count_, key) != keys_ + count_;
    keys_[count_++] = key;
    return true;
  }
  [[nodiscard]] bool has_duplicate() const noexcept { return has_duplicate_; }

 private:
  std::string_view keys_[32];
  std::size_t count_ = 0;
  bool has_duplicate_ = false;
};

// What the scan of an Any's object found.
struct Members {
  const char* end = nullptr;     // after '}'; null after a failure
  const char* url_at = nullptr;  // inside the quotes; null if there is no "@type"
  const char* value = nullptr;   // the value of "value"
  const char* value_end = nullptr;
  const char* other = nullptr;  // the first key that is neither "@type" nor "value"
  KeySet keys;
};

// Reads the member whose key begins at p, after the quote. Returns the position after the member's
// value, or null after a failure.
const char* read_member(Context& ctx, const char* p, const char* end, AnyParts& parts,
                        Members& found) noexcept {
  const Text key = read_text(ctx, p, end);
  if (key.next == nullptr) {
    return nullptr;
  }
  const std::string_view name(key.data, key.size);
  found.keys.add(name, p, end);
  const bool is_type = name == "@type";
  const bool is_value = name == "value";
  const HelperResult colon = expect_byte(ctx, key.next, end, ':');
  if (colon.first == 0) {
    return nullptr;
  }
  const auto* const at = reinterpret_cast<const char*>(colon.first);
  if ((is_type && found.url_at != nullptr) || (is_value && found.value != nullptr)) {
    fail(ctx, Errc::duplicate_field, p - 1);
    return nullptr;
  }
  if (is_type) {
    const HelperResult open = open_token(ctx, at, end, '"');
    if (open.first == 0) {
      return nullptr;
    }
    found.url_at = reinterpret_cast<const char*>(open.first);
    const Text url = read_text(ctx, found.url_at, end);
    const bool copied =
        url.next != nullptr && copy_part(ctx, parts, url_part, url.data, url.size, found.url_at);
    return copied ? url.next : nullptr;
  }
  const char* const after = skip_value(ctx, at, end);
  if (is_value) {
    found.value = at;
    found.value_end = after;
  } else if (found.other == nullptr) {
    found.other = p - 1;
  }
  return after;
}

// The scan does not charge levels of nesting: the conversion of the content charges them.
Members read_members(Context& ctx, const char* p, const char* end, AnyParts& parts) noexcept {
  const std::int32_t depth_left = std::exchange(ctx.depth_left, INT32_MAX);
  Members found;
  HelperResult next = first_entry(ctx, p, end);
  while (next.first != 0 && next.second != 0) {
    const char* const after =
        read_member(ctx, reinterpret_cast<const char*>(next.first), end, parts, found);
    next = after == nullptr ? HelperResult{0, 0} : next_entry(ctx, after, end);
  }
  found.end = reinterpret_cast<const char*>(next.first);
  ctx.depth_left = depth_left;
  return found;
}

// The text to convert: the value of "value" if the struct has its own JSON representation, else the
// entire object. Returns empty text after a failure.
std::string_view content(Context& ctx, const char* object, const Members& m, const StructType& type,
                         const AnyCodec& any) noexcept {
  if (type.semantic == Semantic::none) {
    return {object, static_cast<std::size_t>(m.end - object)};
  }
  if (m.value == nullptr) {
    fail(ctx, Errc::missing_required, object);
    return {};
  }
  if (m.other != nullptr && !any.ignore_unknown) {
    fail(ctx, Errc::unknown_field, m.other);
    return {};
  }
  return {m.value, static_cast<std::size_t>(m.value_end - m.value)};
}

bool fill_parts(Context& ctx, const char* object, const Members& m, AnyParts& parts,
                const AnyCodec& any) noexcept {
  if (m.url_at == nullptr) {
    if (m.value == nullptr && m.other == nullptr) {
      return true;  // {}: an empty Any
    }
    fail(ctx, Errc::missing_required, object);
    return false;
  }
  const AnyParts::Part& url = parts.part[url_part];
  const StructType* const type = find_type(ctx, any, {url.data, url.size}, m.url_at);
  if (type == nullptr) {
    return false;
  }
  const std::string_view text = content(ctx, object, m, *type, any);
  if (text.empty()) {
    return false;
  }
  Buffer& to = parts.storage->part[value_part];
  const auto has_duplicates = type->semantic == Semantic::none && m.keys.has_duplicate()
                                  ? lower::DynamicTranscoder::HasDuplicates::yes
                                  : lower::DynamicTranscoder::HasDuplicates::no;
  if (!any.dynamic_transcoder->convert(ctx, *type, *any.formats, as_bytes(text), to,
                                       ctx.memory_left,
                                       {.is_writer = false, .has_duplicates = has_duplicates})) {
    if (ctx.error == static_cast<std::uint32_t>(Errc::size_limit)) {
      fail(ctx, Errc::memory_limit, object);
    }
    return false;
  }
  parts.part[value_part] = {reinterpret_cast<const char*>(to.data()), to.size()};
  return charge(ctx, *parts.storage, to.size(), object);
}

}  // namespace

HelperResult read_any(Context& ctx, const char* p, const char* end, const AnyCodec& any) noexcept {
  AnyParts* const parts = push_parts(ctx);
  if (parts == nullptr) {
    return {0, 0};
  }
  const Members m = read_members(ctx, p, end, *parts);
  if (m.end == nullptr || !fill_parts(ctx, p - 1, m, *parts, any)) {
    return {0, 0};
  }
  return helper_result(m.end, reinterpret_cast<std::uint64_t>(parts));
}

void close_any(Context& ctx) noexcept { destroy_parts(jit::pop_object(ctx)); }

bool has_duplicate_key(Context& ctx, Bytes text) noexcept {
  const auto* const begin = reinterpret_cast<const char*>(text.data());
  const char* const end = begin + text.size();
  const HelperResult open = open_token(ctx, begin, end, '{');
  if (open.first == 0) {
    return false;
  }
  const std::int32_t depth_left = std::exchange(ctx.depth_left, INT32_MAX);
  KeySet keys;
  HelperResult next = first_entry(ctx, reinterpret_cast<const char*>(open.first), end);
  while (next.first != 0 && next.second != 0) {
    const Text key = read_text(ctx, reinterpret_cast<const char*>(next.first), end);
    if (key.next == nullptr || !keys.add({key.data, key.size}, begin, end) ||
        keys.has_duplicate()) {
      break;
    }
    const HelperResult colon = expect_byte(ctx, key.next, end, ':');
    const char* const after =
        colon.first == 0 ? nullptr
                         : skip_value(ctx, reinterpret_cast<const char*>(colon.first), end);
    next = after == nullptr ? HelperResult{0, 0} : next_entry(ctx, after, end);
  }
  ctx.depth_left = depth_left;
  return keys.has_duplicate();
}

// ---- Writing

HelperResult open_any(Context& ctx) noexcept {
  return {reinterpret_cast<std::uint64_t>(push_parts(ctx)), 0};
}

HelperResult put_any(Context& ctx, AnyParts* parts, std::uint64_t index, const char* data,
                     std::size_t size) noexcept {
  return {copy_part(ctx, *parts, index, data, size, nullptr) ? std::uint64_t{1} : 0, 0};
}

namespace {

// Writes `text`, on a new line if `line` is set. Returns false after a failure.
bool put(Context& ctx, Output& out, bool line, std::string_view text) noexcept {
  if (line ? !new_line(ctx, out, text.size()) : !out.room(ctx, text.size() + write_slack)) {
    return false;
  }
  out.at = std::copy(text.begin(), text.end(), out.at);
  return true;
}

// Appends the struct's text to the output. Returns false after a failure.
bool put_content(Context& ctx, Output& out, const StructType& type, Bytes value,
                 const AnyCodec& any) noexcept {
  Buffer& to = *ctx.output;
  to.set_size(static_cast<std::size_t>(reinterpret_cast<std::uint8_t*>(out.at) - to.storage()));
  const bool done = any.dynamic_transcoder->convert(ctx, type, *any.formats, value, to,
                                                    ctx.output_limit, {.is_writer = true});
  ctx.extra_results[jit::extra_output_begin] = reinterpret_cast<std::uint64_t>(to.storage());
  out.at = reinterpret_cast<char*>(to.storage() + to.size());
  out.end = reinterpret_cast<char*>(std::max(jit::soft_end(ctx), to.storage() + to.size()));
  if (!done) {
    ctx.error_at = jit::at_cursor;  // a position in the payload means nothing to the caller
  }
  return done;
}

// Writes {"@type": url, "value": text}, or the struct's own object with "@type" before its first
// member. Returns false after a failure.
bool put_members(Context& ctx, Output& out, const AnyParts& parts, const StructType& type,
                 const AnyCodec& any) noexcept {
  const bool pretty = any.pretty;
  const AnyParts::Part& url = parts.part[url_part];
  const Bytes value = as_bytes({parts.part[value_part].data, parts.part[value_part].size});
  if (!put(ctx, out, false, "{")) {
    return false;
  }
  ctx.writer_state[depth_word] += pretty;
  if (pretty && !put(ctx, out, true, {})) {
    return false;
  }
  const HelperResult written =
      write_checked_string(ctx, out.at, out.end, url.data, url.size, any.frame);
  out = {reinterpret_cast<char*>(written.first), reinterpret_cast<char*>(written.second)};
  if (written.first == 0) {
    ctx.error_at = jit::at_cursor;
    return false;
  }
  if (type.semantic != Semantic::none) {
    const bool done = put(ctx, out, false, ",") &&
                      put(ctx, out, pretty, pretty ? "\"value\": " : "\"value\":") &&
                      put_content(ctx, out, type, value, any);
    ctx.writer_state[depth_word] -= pretty;
    return done && put(ctx, out, pretty, "}");
  }
  ctx.writer_state[depth_word] -= pretty;
  const std::uint8_t* const before = ctx.output->storage();
  const std::ptrdiff_t brace = reinterpret_cast<std::uint8_t*>(out.at) - before;
  if (!put_content(ctx, out, type, value, any)) {
    return false;
  }
  char* const at = reinterpret_cast<char*>(ctx.output->storage()) + brace;
  if (out.at - at == 2) {  // {}
    out.at = at;
    return put(ctx, out, pretty, "}");
  }
  *at = ',';
  return true;
}

}  // namespace

HelperResult write_any(Context& ctx, char* out, char* soft_end, const AnyParts* parts,
                       const AnyCodec& any) noexcept {
  Output o{out, soft_end};
  const std::string_view url(parts->part[url_part].data, parts->part[url_part].size);
  if (url.empty()) {
    if (parts->part[value_part].size != 0) {
      return fail(ctx, Errc::missing_required, nullptr);
    }
    if (!put(ctx, o, false, "{}")) {
      return {0, 0};
    }
  } else {
    const StructType* const type = find_type(ctx, any, url, nullptr);
    if (type == nullptr || !put_members(ctx, o, *parts, *type, any)) {
      return {0, 0};
    }
  }
  close_any(ctx);
  return o.result();
}

}  // namespace wirejit::json
