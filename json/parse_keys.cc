// Finds the next known key of a struct, for both dialects. ProtoJSON has more values that leave a
// field absent.
#include "json/parse.h"
#include "json/proto_run.h"
#include "kernels/json_string.h"

#include <string_view>

namespace wirejit::json {

namespace {

using jit::fail;
using kernels::skip_space;

struct Key {
  const char* next;               // after the closing quote; null after a failure
  const NameTable::Entry* entry;  // null if unknown
};

// The cursor is inside a key. Keys without escapes are compared in the input. The key after `last`
// is the likeliest and is compared first.
Key read_key(Context& ctx, const char* p, const char* end, const StructKeys& keys,
             std::int64_t last) noexcept {
  const auto& entries = keys.names.entries();
  const auto likely = static_cast<std::uint64_t>(last + 1);
  if (likely < entries.size()) {
    const NameTable::Entry& e = entries[likely];
    if (static_cast<std::size_t>(end - p) > e.size && p[e.size] == '"' &&
        equal_bytes(p, e.text, e.size)) {
      return {p + e.size + 1, &e};
    }
  }
  const Text text = read_text(ctx, p, end);
  if (text.next == nullptr) {
    return {nullptr, nullptr};
  }
  return {text.next, keys.names.find(text.data, text.size)};
}

// Whether the unknown key at p, after its quote, is an "@type" that is to be skipped.
bool is_type_key(Context& ctx, const char* p, const char* end, const StructKeys& keys) noexcept {
  if (!keys.skips_type) {
    return false;
  }
  const Text text = read_text(ctx, p, end);
  return std::string_view(text.data, text.size) == "@type";
}

// Whether the value at p leaves its field absent.
template <bool Proto>
bool leaves_absent(Context& ctx, const char* p, const char* end, const StructKeys& keys,
                   std::uint64_t index) noexcept {
  if (*p == 'n' && keys.null_is_absent[index]) {
    return true;
  }
  return Proto && !keys.droppable.empty() && keys.droppable[index] != nullptr &&
         is_unknown_enum_value(ctx, p, end, *keys.droppable[index]);
}

bool has_bit(const std::uint64_t* bits, std::uint64_t index) noexcept {
  return (bits[index / 64] >> (index % 64) & 1) != 0;
}

}  // namespace

template <bool Proto, bool Keep, bool First>
HelperResult find_key(Context& ctx, const char* p, const char* end, const StructKeys& keys,
                      std::int64_t last, const std::uint64_t* seen) noexcept {
  const std::uint64_t fields = keys.null_is_absent.size();
  for (bool first = First;; first = false) {
    const HelperResult begin = first ? first_entry(ctx, p, end) : next_entry(ctx, p, end);
    if (begin.second == 0) {
      return begin.first == 0 ? begin : HelperResult{begin.first, fields};
    }
    const auto* const key_at = reinterpret_cast<const char*>(begin.first);
    const Key key = read_key(ctx, key_at, end, keys, last);
    if (key.next == nullptr) {
      return {0, 0};
    }
    const HelperResult colon = expect_byte(ctx, key.next, end, ':');
    if (colon.first == 0) {
      return colon;
    }
    p = skip_space(reinterpret_cast<const char*>(colon.first), end);
    if (p == end) {
      return fail(ctx, Errc::truncated, end);
    }
    if (key.entry == nullptr) {
      const bool is_type = Proto && is_type_key(ctx, key_at, end, keys);
      if (keys.reject_unknown && !is_type) {
        return fail(ctx, Errc::unknown_field, key_at - 1);
      }
      if (Keep && !is_type) {
        ctx.extra_results[0] = reinterpret_cast<std::uint64_t>(key_at - 1);
        return helper_result(p, fields + 1);
      }
    } else {
      const auto index = static_cast<std::uint64_t>(key.entry->value);
      if constexpr (Keep) {
        ctx.extra_results[0] = reinterpret_cast<std::uint64_t>(key_at - 1);
      }
      if (!leaves_absent<Proto>(ctx, p, end, keys, index)) {
        return helper_result(p, index);
      }
      if (seen == nullptr || has_bit(seen, index)) {
        ctx.extra_results[1] = index;
        return helper_result(p, fields + 2);
      }
      last = key.entry->value;
    }
    p = skip_value(ctx, p, end);
    if (p == nullptr) {
      return {0, 0};
    }
  }
}

template HelperResult find_key<false, false, false>(Context&, const char*, const char*,
                                                    const StructKeys&, std::int64_t,
                                                    const std::uint64_t*) noexcept;
template HelperResult find_key<false, false, true>(Context&, const char*, const char*,
                                                   const StructKeys&, std::int64_t,
                                                   const std::uint64_t*) noexcept;
template HelperResult find_key<false, true, false>(Context&, const char*, const char*,
                                                   const StructKeys&, std::int64_t,
                                                   const std::uint64_t*) noexcept;
template HelperResult find_key<false, true, true>(Context&, const char*, const char*,
                                                  const StructKeys&, std::int64_t,
                                                  const std::uint64_t*) noexcept;
template HelperResult find_key<true, false, false>(Context&, const char*, const char*,
                                                   const StructKeys&, std::int64_t,
                                                   const std::uint64_t*) noexcept;
template HelperResult find_key<true, false, true>(Context&, const char*, const char*,
                                                  const StructKeys&, std::int64_t,
                                                  const std::uint64_t*) noexcept;
template HelperResult find_key<true, true, false>(Context&, const char*, const char*,
                                                  const StructKeys&, std::int64_t,
                                                  const std::uint64_t*) noexcept;
template HelperResult find_key<true, true, true>(Context&, const char*, const char*,
                                                 const StructKeys&, std::int64_t,
                                                 const std::uint64_t*) noexcept;

void clear_bit(std::uint64_t* bits, std::uint64_t index) noexcept {
  bits[index / 64] &= ~(std::uint64_t{1} << (index % 64));
}

}  // namespace wirejit::json
