// Container operations on behalf of Programs.
#include "memory/helpers.h"

#include "jit/scratch.h"
#include "jit/steps.h"
#include "memory/array.h"
#include "memory/charge.h"
#include "memory/place.h"

#include <wirejit/buffer.h>
#include <wirejit/detail/layout.h>
#include <wirejit/detail/reflect_core.h>
#include <wirejit/seeded_hash.h>
#include <wirejit/unknown_fields.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace wirejit::memory {

namespace {

using jit::Context;
using jit::HelperResult;

// ---- Reading

HelperResult string_view(const StringOps* ops, const void* s) noexcept {
  const ByteView v = ops->view(s);
  return {reinterpret_cast<std::uint64_t>(v.data), v.size};
}
const void* optional_get(const OptionalOps* ops, const void* o) noexcept { return ops->get(o); }
std::uint64_t variant_index(const VariantOps* ops, const void* v) noexcept { return ops->index(v); }
const void* variant_get(const VariantOps* ops, const void* v, std::size_t i) noexcept {
  return ops->get(v, i);
}

HelperResult unknown_view(const UnknownFields* u) noexcept {
  return {reinterpret_cast<std::uint64_t>(u->bytes.data()), u->bytes.size()};
}

// ---- Writing

HelperResult assign(Context& ctx, const StringOps* ops, void* s, const char* data,
                    std::size_t size) noexcept {
  if (!charge(ctx, size)) {
    return {0, 0};
  }
  return ops->assign(s, data, size) ? HelperResult{1, 0} : rejected(ctx);
}
HelperResult emplace(Context& ctx, const OptionalOps* ops, void* o, std::uint64_t size) noexcept {
  return charge(ctx, 16 + size) ? found_or_rejected(ctx, ops->emplace(o)) : HelperResult{0, 0};
}
void reset(const OptionalOps* ops, void* o) noexcept { ops->reset(o); }
HelperResult variant_emplace(Context& ctx, const VariantOps* ops, void* v, std::size_t i) noexcept {
  return found_or_rejected(ctx, ops->emplace(v, i));
}
void variant_reset(const VariantOps* ops, void* v) noexcept { ops->reset(v); }

HelperResult allocate(Context& ctx, std::uint64_t size) noexcept {
  if (!charge(ctx, size)) {
    return {0, 0};
  }
  if (ctx.arena == nullptr) {
    return reject(ctx, Errc::no_arena);
  }
  void* const room = ctx.arena->allocate(size == 0 ? 1 : size, 8);
  return room != nullptr ? found(room) : reject(ctx, Errc::no_memory);
}
// What the word means is the caller's affair.
HelperResult allocate_keeping(Context& ctx, std::uint64_t size, std::uint64_t word) noexcept {
  return {allocate(ctx, size).first, word};
}
HelperResult allocate_array(Context& ctx, std::uint64_t count, std::uint64_t stride) noexcept {
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(count, stride, &bytes)) {
    return reject(ctx, Errc::memory_limit);
  }
  return allocate(ctx, bytes);
}

// Arrays of unknown count double: capacity is 4, 8, 16, ... elements, so it follows from the index
// alone. The place of an array that was outgrown is lost until the arena is reset: at most the size
// of the array itself.
HelperResult grow_array(Context& ctx, ArrayHeader* array, std::uint64_t index,
                        std::uint64_t stride) noexcept {
  constexpr std::uint64_t first = 4;
  const bool full = index == 0 || (index >= first && (index & (index - 1)) == 0);
  if (full) {
    const HelperResult fresh = allocate_array(ctx, index == 0 ? first : index * 2, stride);
    if (fresh.first == 0) {
      return {0, 0};
    }
    auto* const data = reinterpret_cast<std::uint8_t*>(fresh.first);
    if (index != 0) {
      jit::add_steps_of_bytes(index * stride);
      std::memcpy(data, array->data, index * stride);
    }
    array->data = data;
  }
  array->count = index + 1;
  return found(array->data + index * stride);
}

// Of C++ spans whose elements are more than numbers: after a failure they are valid objects.
HelperResult allocate_zeroed_array(Context& ctx, std::uint64_t count,
                                   std::uint64_t stride) noexcept {
  const HelperResult array = allocate_array(ctx, count, stride);
  if (array.first != 0) {
    jit::add_steps_of_bytes(count * stride);
    std::memset(reinterpret_cast<void*>(array.first), 0, count * stride);
  }
  return array;
}
HelperResult grow_zeroed_array(Context& ctx, ArrayHeader* array, std::uint64_t index,
                               std::uint64_t stride) noexcept {
  const HelperResult element = grow_array(ctx, array, index, stride);
  if (element.first != 0) {
    std::memset(reinterpret_cast<void*>(element.first), 0, stride);
  }
  return element;
}

HelperResult keep_bytes(Context& ctx, const char* data, std::size_t size,
                        std::uint64_t alias) noexcept {
  const auto* const at = reinterpret_cast<const std::uint8_t*>(data);
  if (alias != 0 && at >= ctx.input_begin && at + size <= ctx.input_end) {
    return {reinterpret_cast<std::uint64_t>(data), size};
  }
  const HelperResult room = allocate(ctx, size);
  if (room.first == 0) {
    return {0, 0};
  }
  if (size != 0) {
    std::memcpy(reinterpret_cast<void*>(room.first), data, size);
  }
  return {room.first, size};
}

struct UnknownSlot {
  const std::uint8_t* data;
  std::uint64_t size;
  std::uint64_t tag;
};

// Room doubles with the size, so that many small fields cost no more than one large one.
HelperResult keep_unknown(Context& ctx, UnknownSlot* slot, const std::uint8_t* data,
                          std::uint64_t size, std::uint64_t tag) noexcept {
  const std::uint64_t total = slot->size + size;
  const std::uint64_t room = slot->size == 0 ? 0 : std::bit_ceil(slot->size);
  auto* to = const_cast<std::uint8_t*>(slot->data);
  if (total > room) {
    const HelperResult fresh = allocate(ctx, std::bit_ceil(total));
    if (fresh.first == 0) {
      return {0, 0};
    }
    to = reinterpret_cast<std::uint8_t*>(fresh.first);
    if (slot->size != 0) {
      jit::add_steps_of_bytes(slot->size);
      std::memcpy(to, slot->data, slot->size);
    }
  }
  if (size != 0) {
    std::memcpy(to + slot->size, data, size);
  }
  *slot = {to, total, tag};
  return {1, 0};
}

void clear_unknown(UnknownFields* u) noexcept {
  u->format = 0;
  u->bytes.clear();
}
HelperResult append_unknown(Context& ctx, UnknownFields* u, const char* data, std::uint64_t size,
                            std::uint64_t format) noexcept {
  if (!charge(ctx, size)) {
    return {0, 0};
  }
  try {
    u->bytes.append(data, size);
    u->format = format;
    return {1, 0};
  } catch (...) {
    return reject(ctx, Errc::no_memory);
  }
}

bool is_nan(const Layout& key, const std::uint8_t* at) noexcept {
  const auto read = [at]<class T>(T number) {
    std::memcpy(&number, at, sizeof number);
    return std::isnan(number);
  };
  return (key.kind == Kind::float64 && read(0.0)) || (key.kind == Kind::float32 && read(0.0F));
}

// The bytes of an entry's key: a scalar's or a uuid's own, or a view's.
std::string_view key_bytes(const Layout& map, const std::uint8_t* entry) noexcept {
  if (map.key->form == Form::view) {
    ByteView v{};
    std::memcpy(&v, entry, sizeof v);
    return {v.data, v.size};
  }
  if (is_nan(*map.key, entry)) {
    return "NaN";  // all of them are one key; no double has three bytes
  }
  return {reinterpret_cast<const char*>(entry), map.key->size};
}

// Of a few keys each is compared with each.
constexpr std::uint64_t few = 12;

[[nodiscard]] bool has_duplicates(const ArrayHeader& array, const Layout& map) noexcept {
  for (std::uint64_t i = 1; i < array.count; ++i) {
    const std::string_view key = key_bytes(map, array.data + i * map.stride);
    for (std::uint64_t k = 0; k < i; ++k) {
      if (key_bytes(map, array.data + k * map.stride) == key) {
        return true;
      }
    }
  }
  return false;
}

// What the tables of for_each_last and of its callers take.
std::uint64_t bytes_for_last(std::uint64_t count) noexcept {
  return (std::bit_ceil(count * 2) + count) * sizeof(std::uint64_t);
}

// Calls `last(i)` for each entry that no later one with the same key overrides, backwards. The
// entries stay where they are meanwhile. May throw.
template <class F>
void for_each_last(const ArrayHeader& array, const Layout& map, F last) {
  std::vector<std::uint64_t> places(std::bit_ceil(array.count * 2), 0);  // index + 1; 0: free
  const std::size_t mask = places.size() - 1;
  const SeededHash hash;
  const auto key_of = [&](std::uint64_t i) { return key_bytes(map, array.data + i * map.stride); };
  for (std::uint64_t i = array.count; i-- > 0;) {
    const std::string_view key = key_of(i);
    std::size_t at = hash(key) & mask;
    while (places[at] != 0 && key_of(places[at] - 1) != key) {
      at = (at + 1) & mask;
    }
    if (places[at] == 0) {
      places[at] = i + 1;
      last(i);
    }
  }
}

// What stays keeps its order.
HelperResult drop_duplicates(Context& ctx, ArrayHeader* array, const Layout* map) noexcept {
  if (array->count <= few && !has_duplicates(*array, *map)) {
    return {1, 0};
  }
  jit::add_steps(array->count);
  const std::uint64_t tables = bytes_for_last(array->count);
  if (!charge(ctx, tables)) {
    return {0, 0};
  }
  ctx.memory_left += tables;  // they are gone when this returns
  try {
    std::vector<std::uint64_t> lasts;
    lasts.reserve(array->count);
    for_each_last(*array, *map, [&](std::uint64_t i) { lasts.push_back(i); });
    std::uint64_t free = array->count;
    for (const std::uint64_t i : lasts) {
      --free;
      if (free != i) {
        std::memmove(array->data + free * map->stride, array->data + i * map->stride, map->stride);
      }
    }
    array->data += free * map->stride;
    array->count -= free;
    return {1, 0};
  } catch (...) {
    return reject(ctx, Errc::no_memory);
  }
}

void destroy_entries(void* p) noexcept { delete[] static_cast<std::uint8_t*>(p); }

// Where some are overridden the others are copied; the copy lives as long as the call.
HelperResult last_entries(Context& ctx, const std::uint8_t* data, std::uint64_t count,
                          const Layout* map) noexcept {
  const ArrayHeader array{const_cast<std::uint8_t*>(data), count};  // it is only read
  const HelperResult all{reinterpret_cast<std::uint64_t>(data), count};
  if (count <= few && !has_duplicates(array, *map)) {
    return all;
  }
  const std::uint64_t tables = bytes_for_last(count);
  if (!charge(ctx, tables)) {
    return {0, 0};
  }
  ctx.memory_left += tables;  // they are gone when this returns
  try {
    std::vector<std::uint64_t> lasts;
    lasts.reserve(count);
    for_each_last(array, *map, [&](std::uint64_t i) { lasts.push_back(i); });
    if (lasts.size() == count) {
      return all;
    }
    const std::uint64_t bytes = lasts.size() * map->stride;
    if (!charge(ctx, bytes)) {
      return {0, 0};
    }
    auto* const copy = new std::uint8_t[bytes];
    if (!jit::push_object(ctx, copy, &destroy_entries)) {
      return {0, 0};
    }
    for (std::size_t k = 0; k < lasts.size(); ++k) {
      std::memcpy(copy + (lasts.size() - 1 - k) * map->stride, data + lasts[k] * map->stride,
                  map->stride);
    }
    return {reinterpret_cast<std::uint64_t>(copy), lasts.size()};
  } catch (...) {
    return reject(ctx, Errc::no_memory);
  }
}

void reset_field(std::uint8_t* record, const StructLayout* s, const StructType* type,
                 std::uint64_t index) noexcept {
  const Member* const m = member_at(*type, {.place = {s, 0}}, static_cast<int>(index));
  if (m == nullptr) {
    return;
  }
  std::memcpy(record + m->offset, s->default_bytes + m->offset, m->layout->size);
  if (m->presence_bit >= 0) {
    const auto bit = static_cast<std::uint8_t>(1U << (m->presence_bit % 8));
    const std::size_t at = static_cast<std::size_t>(s->presence_offset) +
                           static_cast<std::size_t>(m->presence_bit) / 8;
    record[at] = static_cast<std::uint8_t>((record[at] & ~bit) | (s->default_bytes[at] & bit));
  }
}

void copy_default_bytes(void* to, const void* from, std::size_t size) noexcept {
  std::memcpy(to, from, size);
}

}  // namespace

const Helpers& helpers() noexcept {
  using jit::helper;
  static const Helpers table{
      .string_view = helper<&string_view>("memory.string_view"),
      .optional_get = helper<&optional_get>("memory.optional_get"),
      .variant_index = helper<&variant_index>("memory.variant_index"),
      .variant_get = helper<&variant_get>("memory.variant_get"),
      .unknown_view = helper<&unknown_view>("memory.unknown_view"),
      .last_entries = helper<&last_entries>("memory.last_entries"),
      .assign = helper<&assign>("memory.assign"),
      .emplace = helper<&emplace>("memory.emplace"),
      .reset = helper<&reset>("memory.reset"),
      .variant_emplace = helper<&variant_emplace>("memory.variant_emplace"),
      .variant_reset = helper<&variant_reset>("memory.variant_reset"),
      .allocate = helper<&allocate_keeping>("memory.allocate"),
      .allocate_array = helper<&allocate_array>("memory.allocate_array"),
      .grow_array = helper<&grow_array>("memory.grow_array"),
      .allocate_zeroed_array = helper<&allocate_zeroed_array>("memory.allocate_zeroed_array"),
      .grow_zeroed_array = helper<&grow_zeroed_array>("memory.grow_zeroed_array"),
      .keep_bytes = helper<&keep_bytes>("memory.keep_bytes"),
      .reset_field = helper<&reset_field>("memory.reset_field"),
      .keep_unknown = helper<&keep_unknown>("memory.keep_unknown"),
      .clear_unknown = helper<&clear_unknown>("memory.clear_unknown"),
      .append_unknown = helper<&append_unknown>("memory.append_unknown"),
      .drop_duplicates = helper<&drop_duplicates>("memory.drop_duplicates"),
      .copy_default_bytes = helper<&copy_default_bytes>("memory.copy_default_bytes"),
  };
  return table;
}

}  // namespace wirejit::memory
