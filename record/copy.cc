// Deep copies: containers and structs are copied to new memory first and stored when complete.
#include "record/copy.h"

#include "jit/steps.h"

#include <wirejit/record_view.h>

#include <cstring>
#include <limits>
#include <new>

namespace wirejit::record {
namespace {

using detail::load_pair;
using detail::Pair;

// True if values of the layout hold no pointers.
bool is_flat(const Layout& layout) noexcept {
  return layout.form == Form::scalar || layout.form == Form::array;
}

Result<void> copy_text(const void* from, void* to, Arena& arena) {
  const Pair p = load_pair(from);
  const std::string_view copy = arena.copy({reinterpret_cast<const char*>(p.data), p.count});
  if (copy.data() == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  const Pair made{reinterpret_cast<const std::uint8_t*>(copy.data()), copy.size()};
  std::memcpy(to, &made, sizeof made);
  return {};
}

// One element of a list, or one entry of a map.
Result<void> copy_element(const Layout& layout, const std::uint8_t* from, std::uint8_t* to,
                          Arena& arena, int depth) {
  if (layout.form == Form::span) {
    return copy_value(*layout.element, from, to, arena, depth);
  }
  if (auto key = copy_value(*layout.key, from, to, arena, depth); !key) {
    return key;
  }
  return copy_value(*layout.element, from + layout.value_offset, to + layout.value_offset, arena,
                    depth);
}

Result<void> copy_array(const Layout& layout, const void* from, void* to, Arena& arena, int depth) {
  const Pair p = load_pair(from);
  Pair made{nullptr, p.count};
  if (p.count != 0) {
    auto room = allocate_array(arena, p.count, layout.stride);
    if (!room) {
      return std::unexpected(std::move(room).error());
    }
    auto* data = static_cast<std::uint8_t*>(*room);
    made.data = data;
    jit::add_steps_of_bytes(p.count * layout.stride);
    std::memcpy(data, p.data, p.count * layout.stride);  // flat elements, and padding
    const bool flat = is_flat(*layout.element) && (layout.key == nullptr || is_flat(*layout.key));
    for (std::size_t i = 0; i < p.count && !flat; ++i) {
      const std::size_t at = i * layout.stride;
      if (auto done = copy_element(layout, p.data + at, data + at, arena, depth); !done) {
        return done;
      }
    }
  }
  std::memcpy(to, &made, sizeof made);
  return {};
}

Result<void> copy_boxed(const Layout& layout, const void* from, void* to, Arena& arena, int depth) {
  const void* object = nullptr;
  std::memcpy(&object, from, sizeof object);
  void* made = nullptr;
  if (object != nullptr) {
    auto room = allocate_array(arena, 1, layout.structure_value->size);
    if (!room) {
      return std::unexpected(std::move(room).error());
    }
    made = *room;
    if (auto done = copy_struct(*layout.structure_value, object, made, arena, depth); !done) {
      return done;
    }
  }
  std::memcpy(to, &made, sizeof made);
  return {};
}

// The first word of a member that points somewhere.
const void* pointer_at(const std::uint8_t* at) noexcept {
  const void* p = nullptr;
  std::memcpy(&p, at, sizeof p);
  return p;
}

}  // namespace

Result<void> copy_value(const Layout& layout, const void* from, void* to, Arena& arena, int depth) {
  if (depth > max_record_depth) {
    return std::unexpected(Error(Errc::depth_limit, "the value is nested too deeply to be copied"));
  }
  switch (layout.form) {
    case Form::view: return copy_text(from, to, arena);
    case Form::span:
    case Form::entries: return copy_array(layout, from, to, arena, depth + 1);
    case Form::boxed: return copy_boxed(layout, from, to, arena, depth + 1);
    case Form::structure: return copy_struct(*layout.structure_value, from, to, arena, depth + 1);
    default: std::memmove(to, from, layout.size); return {};
  }
}

Result<void> copy_struct(const StructLayout& layout, const void* from, void* to, Arena& arena,
                         int depth) {
  const auto* source = static_cast<const std::uint8_t*>(from);
  auto* target = static_cast<std::uint8_t*>(to);
  jit::add_steps_of_bytes(layout.size);
  std::memmove(target, source, layout.size);
  for (const Member& m : layout.members) {
    if (is_flat(*m.layout)) {
      continue;
    }
    // memmove() has already copied the words of the source.
    const void* data = pointer_at(target + m.offset);
    if (data == nullptr || data == pointer_at(layout.default_bytes + m.offset)) {
      continue;
    }
    if (auto done = copy_value(*m.layout, target + m.offset, target + m.offset, arena, depth);
        !done) {
      return done;
    }
  }
  if (layout.unknown_offset >= 0 && pointer_at(target + layout.unknown_offset) != nullptr) {
    return copy_text(target + layout.unknown_offset, target + layout.unknown_offset, arena);
  }
  return {};
}

void init_value(const Layout& layout, void* at) noexcept {
  if (layout.form == Form::structure) {
    std::memcpy(at, layout.structure_value->default_bytes, layout.size);
  } else {
    std::memset(at, 0, layout.size);
  }
}

bool same_form(const Layout& a, const Layout& b) noexcept {
  if (&a == &b) {
    return true;
  }
  if (a.kind != b.kind || a.form != b.form || a.structure_value != b.structure_value) {
    return false;
  }
  if (a.form == Form::entries && !same_form(*a.key, *b.key)) {
    return false;
  }
  return (a.form != Form::span && a.form != Form::entries) || same_form(*a.element, *b.element);
}

Result<void*> allocate_array(Arena& arena, std::size_t count, std::size_t size) {
  if (size != 0 && count > std::numeric_limits<std::size_t>::max() / 4 / size) {
    return std::unexpected(Error(Errc::size_limit, "more elements than memory can hold"));
  }
  void* room = arena.allocate(count * size);
  if (room == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  return room;
}

}  // namespace wirejit::record
