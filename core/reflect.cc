// Registrations of C++ types: builders of their layouts, validation, and the derived schema.
// Entry: validate, schema_of. Invariant: a layout is validated before it is used, so that errors
// name C++ members.
#include <wirejit/reflect.h>

#include "core/generation.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wirejit {
namespace {

using detail::bare;
using detail::may_be_absent;

// "shop::Pair<a::B>" -> "Pair_a_B": the last part of a qualified name, as an identifier.
std::string bare_name(std::string_view written) {
  int depth = 0;
  std::size_t from = written.size();
  for (; from > 0; --from) {
    const char c = written[from - 1];
    depth += c == '>' ? 1 : c == '<' ? -1 : 0;
    if (depth == 0 && c == ':') {
      break;
    }
  }
  std::string name;
  for (const char c : written.substr(from)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  while (!name.empty() && name.back() == '_') {
    name.pop_back();
  }
  return name.empty() ? "Unnamed" : name;
}

// The type in "... [with E = shop::Color]" or "... [E = shop::Color]".
std::string_view type_in(std::string_view pretty_function) {
  const std::size_t equals = pretty_function.find(" = ");
  if (equals == std::string_view::npos) {
    return pretty_function;
  }
  const std::string_view rest = pretty_function.substr(equals + 3);
  return rest.substr(0, rest.find_first_of(";]"));
}

Error invalid(std::string message) { return Error(Errc::schema_invalid, std::move(message)); }

// The layout of the innermost values of nested containers: the option `binary` applies to them.
const Layout& innermost(const Layout& layout) noexcept {
  const Layout* l = &bare(layout);
  while (l->element != nullptr) {
    l = &bare(*l->element);
  }
  return *l;
}

// Calls f(const StructLayout&) for each struct that a type contains directly.
template <class F>
void for_each_structure(const Layout& layout, F&& f) {
  const Layout& l = bare(layout);
  if (l.form == Form::structure) {
    f(*l.structure());
  }
  if (l.key != nullptr) {
    for_each_structure(*l.key, f);
  }
  if (l.element != nullptr) {
    for_each_structure(*l.element, f);
  }
}

// A struct and all structs that it contains, each once, the struct itself first. Members without a
// layout are skipped.
std::vector<const StructLayout*> reachable(const StructLayout& root) {
  std::vector<const StructLayout*> all{&root};
  std::set<const StructLayout*> seen{&root};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const Member& m : all[i]->members) {
      if (m.layout != nullptr) {
        for_each_structure(*m.layout, [&](const StructLayout& s) {
          if (seen.insert(&s).second) {
            all.push_back(&s);
          }
        });
      }
    }
  }
  return all;
}

// True if the layout is or contains a view or span whose words were not found by the probe.
bool lacks_offsets(const Layout& layout) noexcept {
  const Layout& l = bare(layout);
  const bool is_view = l.form == Form::view || l.form == Form::span;
  return (is_view && (l.data_offset < 0 || l.size_offset < 0)) ||
         (l.key != nullptr && lacks_offsets(*l.key)) ||
         (l.element != nullptr && lacks_offsets(*l.element));
}

Result<void> validate_member(const StructLayout& s, const Member& m) {
  const std::string where = s.name + "." + m.name;
  if (m.layout == nullptr) {
    return std::unexpected(invalid(where + ": the variant has only " +
                                   std::to_string(s.variant->count) + " alternatives"));
  }
  const Form leaf = innermost(*m.layout).form;
  if (m.is_binary && leaf != Form::string && leaf != Form::view) {
    return std::unexpected(
        invalid(where + ": the option binary needs a string, found " + to_string(*m.layout)));
  }
  if (s.flavor == StructFlavor::union_ && s.variant == nullptr && !may_be_absent(*m.layout)) {
    return std::unexpected(
        invalid(where + ": a union's member must be a std::optional or a pointer"));
  }
  if (!m.oneof.empty() && (!may_be_absent(*m.layout) || m.requiredness == Requiredness::required)) {
    return std::unexpected(
        invalid(where + ": a oneof's member must be a std::optional or a pointer, not required"));
  }
  const Layout& last = innermost(*m.layout);
  const Kind kind = last.form == Form::view ? Kind::string : last.kind;
  if (!fits(m.wire, last.any_bytes || m.is_binary ? Kind::binary : kind)) {
    return std::unexpected(invalid(where + ": " + to_string(*m.layout) + " has no " +
                                   std::string(to_string(m.wire)) + " encoding"));
  }
  if (s.flavor == StructFlavor::union_ && m.requiredness == Requiredness::required) {
    return std::unexpected(invalid(where + ": a union's member cannot be required"));
  }
  if (lacks_offsets(*m.layout)) {
    return std::unexpected(Error(
        Errc::unsupported,
        where + ": a view of this standard library does not consist of a pointer and a size"));
  }
  return {};
}

Result<void> validate_struct(const StructLayout& s) {
  if (&s == &detail::failed_layout()) {
    const bool threw = detail::failure_code() == Errc::exception;
    return std::unexpected(
        threw ? Error(Errc::exception, "the constructor of a registered struct threw: " +
                                           std::string(detail::failure_text()))
              : Error(Errc::no_memory, "no memory for the layout of a struct"));
  }
  std::map<std::int32_t, std::string_view> ids;
  std::set<std::string_view> names;
  std::set<std::string_view> keys;
  for (const Member& m : s.members) {
    const auto [id, fresh] = ids.try_emplace(m.id, m.name);
    if (!fresh) {
      return std::unexpected(invalid(s.name + "." + m.name + ": the id " + std::to_string(m.id) +
                                     " is already used by " + std::string(id->second)));
    }
    if (!names.insert(m.name).second) {
      return std::unexpected(invalid(s.name + "." + m.name + ": the name is registered twice"));
    }
    const std::string& key = m.json_name.empty() ? m.name : m.json_name;
    if (!keys.insert(key).second) {
      return std::unexpected(
          invalid(s.name + "." + m.name + ": the JSON name \"" + key + "\" is already used"));
    }
    if (Result<void> ok = validate_member(s, m); !ok) {
      return ok;
    }
  }
  if (s.variant != nullptr && s.members.size() < s.variant->count) {
    return std::unexpected(invalid(s.name + ": the variant has " +
                                   std::to_string(s.variant->count) + " alternatives, " +
                                   std::to_string(s.members.size()) + " are named"));
  }
  return {};
}

// Turns layouts into the types of one schema.
class Deriver {
 public:
  Result<Schema> derive(const StructLayout& root, std::string_view document) {
    builder_.add_document(std::string(document));
    const std::vector<const StructLayout*> all = reachable(root);
    for (const StructLayout* s : all) {
      structs_.emplace(s, &builder_.add_struct(unique(s->name), s->flavor));
    }
    for (const StructLayout* s : all) {
      add_fields(*s, *structs_.at(s));
    }
    return builder_.build();
  }

 private:
  void add_fields(const StructLayout& from, StructType& to) {
    for (const Member& m : from.members) {
      Field& field = to.fields.emplace_back();
      field.id = m.id;
      field.name = m.name;
      field.json_name = m.json_name.empty() ? m.name : m.json_name;
      field.type = type_of(*m.layout, m);
      field.packed = m.packed;
      to.message_set |= m.wire == Wire::message_set_item;
      field.oneof = m.oneof.empty() ? -1 : oneof_of(to, m.oneof);
      const bool optional = may_be_absent(*m.layout) && m.requiredness == Requiredness::standard;
      field.requiredness = optional ? Requiredness::optional : m.requiredness;
    }
  }

  static int oneof_of(StructType& type, const std::string& name) {
    for (std::size_t i = 0; i < type.oneofs.size(); ++i) {
      if (type.oneofs[i].name == name) {
        return static_cast<int>(i);
      }
    }
    type.oneofs.push_back({name});
    return static_cast<int>(type.oneofs.size() - 1);
  }

  const Type* type_of(const Layout& layout, const Member& m) {
    const Layout& l = bare(layout);
    if (l.element != nullptr) {
      return container_of(l, m);
    }
    switch (l.form) {
      case Form::string:
      case Form::view:
        return l.any_bytes || m.is_binary ? builder_.base(Kind::binary)
                                          : builder_.base(Kind::string, m.wire);
      case Form::structure: return builder_.of(*structs_.at(l.structure()), m.wire);
      default:
        return l.kind == Kind::enumeration ? builder_.of(enum_of(l.enumeration))
                                           : builder_.base(l.kind, m.wire);
    }
  }

  const Type* container_of(const Layout& l, const Member& m) {
    if (l.kind == Kind::map) {
      Member key;
      key.wire = m.key_wire;
      return builder_.map_of(type_of(*l.key, key), type_of(*l.element, m));
    }
    const Type* const element = type_of(*l.element, m);
    return l.kind == Kind::set ? builder_.set_of(element) : builder_.list_of(element);
  }

  EnumType& enum_of(const EnumType* from) {
    const auto [at, fresh] = enums_.try_emplace(from, nullptr);
    if (fresh) {
      at->second = &builder_.add_enum(unique(from != nullptr ? from->name : "Enum"));
      if (from != nullptr) {
        at->second->values = from->values;
      }
    }
    return *at->second;
  }

  std::string unique(const std::string& name) {
    std::string candidate = name;
    for (int n = 2; !names_.insert(candidate).second; ++n) {
      candidate = name + "_" + std::to_string(n);
    }
    return candidate;
  }

  SchemaBuilder builder_;
  std::unordered_map<const StructLayout*, StructType*> structs_;
  std::unordered_map<const EnumType*, EnumType*> enums_;
  std::set<std::string> names_;
};

// ---- Slots

// Calls make() if it has not been called with success before. Another thread that comes meanwhile
// waits. If it throws, the next call tries again.
template <class Make>
void once(detail::Progress& progress, Make&& make) {
  constexpr std::uint32_t idle = 0;
  constexpr std::uint32_t busy = 1;
  constexpr std::uint32_t done = 2;
  std::atomic<std::uint32_t>& state = progress.state;
  const auto set = [&](std::uint32_t value) {
    state.store(value, std::memory_order_release);
    state.notify_all();
  };
  for (std::uint32_t seen = state.load(std::memory_order_acquire); seen != done;
       seen = state.load(std::memory_order_acquire)) {
    if (seen == busy) {
      state.wait(busy, std::memory_order_acquire);
    } else if (state.compare_exchange_strong(seen, busy, std::memory_order_acquire)) {
      try {
        make();
      } catch (...) {
        set(idle);
        throw;
      }
      set(done);
      return;
    }
  }
}

std::unique_ptr<StructLayout> begin_struct(const detail::StructSource& source) {
  auto layout = std::make_unique<StructLayout>();
  layout->generation = core::next_generation();
  layout->name = bare_name(source.written_type);
  layout->flavor = source.flavor;
  layout->size = source.size;
  layout->align = source.align;
  if (source.variant != nullptr) {
    layout->variant = &complete(*source.variant);
    layout->variant_offset = source.variant_offset();
  }
  return layout;
}

// The layout of the i-th alternative of a union held as a std::variant, or null.
const Layout* alternative(const StructLayout& s, std::uint32_t i) noexcept {
  return i < s.variant->count ? s.variant->alternatives[i] : nullptr;
}

Member make_member(const detail::MemberSource& source) {
  Member m;
  m.id = source.id;
  m.name = source.name;
  m.offset = source.offset;
  m.requiredness = source.requiredness;
  m.is_binary = source.is_binary;
  m.wire = source.wire;
  m.key_wire = source.key_wire;
  m.packed = source.packed;
  m.oneof = source.oneof;
  m.json_name = source.json_name;
  return m;
}

void add_member(StructLayout& s, const detail::MemberSource& source, std::uint32_t i) {
  const Layout* const layout =
      source.layout != nullptr ? &complete(*source.layout) : alternative(s, i);
  if (layout != nullptr && layout->kind == Kind::void_ && layout->form == Form::string) {
    s.unknown_member = static_cast<std::int32_t>(source.offset);
    return;
  }
  Member& m = s.members.emplace_back(make_member(source));
  m.layout = layout;
  if (s.variant != nullptr) {
    m.offset = s.variant_offset;
    m.alternative = i + 1;
  }
}

// A default-constructed object on the heap, or null if the type has none.
void* make_prototype(const detail::StructSource& source) {
  if (source.construct == nullptr) {
    return nullptr;
  }
  const std::align_val_t align{source.align};
  void* const at = ::operator new(source.size, align);
  try {
    source.construct(at);
  } catch (...) {
    ::operator delete(at, align);
    throw;
  }
  return at;
}

const StructLayout* make_struct(const detail::StructSource& source) {
  std::unique_ptr<StructLayout> layout = begin_struct(source);
  layout->members.reserve(source.count);
  for (std::uint32_t i = 0; i < source.count; ++i) {
    add_member(*layout, source.members[i], i);
  }
  layout->prototype = make_prototype(source);
  return layout.release();
}

const EnumType* make_enum(const detail::EnumSource& source) {
  auto type = std::make_unique<EnumType>();
  type->name = bare_name(type_in(source.pretty_function));
  type->full_name = type->name;
  for (std::uint32_t i = 0; i < source.count; ++i) {
    EnumValue value;
    value.name = source.enumerators[i].name;
    value.number = source.enumerators[i].number;
    type->values.push_back(std::move(value));
  }
  type->index();
  return type.release();
}

void append_name(const Layout& layout, std::string& out) {
  const Layout& l = bare(layout);
  switch (l.form) {
    case Form::string:
    case Form::view: out += l.any_bytes ? "binary" : "string"; return;
    case Form::structure: out += l.structure()->name; return;
    case Form::variant: out += "variant"; return;
    default: break;
  }
  if (l.element != nullptr) {
    out += l.kind == Kind::map ? "map<" : l.kind == Kind::set ? "set<" : "list<";
    if (l.key != nullptr) {
      append_name(*l.key, out);
      out += ", ";
    }
    append_name(*l.element, out);
    out += '>';
  } else if (l.kind == Kind::enumeration && l.enumeration != nullptr) {
    out += l.enumeration->name;
  } else {
    out += to_string(l.kind);
  }
}

}  // namespace

namespace detail {

const Layout& complete(LayoutSlot& slot) noexcept {
  once(slot.progress, [&] {
    Layout& l = slot.layout;
    if (slot.key != nullptr) {
      l.key = &complete(*slot.key);
    }
    if (slot.element != nullptr) {
      l.element = &complete(*slot.element);
    }
    if (may_be_absent(l)) {
      l.kind = l.element->kind;
    }
    for (std::uint32_t i = 0; slot.alternatives != nullptr && i < l.count; ++i) {
      (void)complete(*slot.alternatives[i]);
    }
    if (slot.enumeration != nullptr) {
      l.enumeration = complete(slot.enumeration());
    }
    if (slot.lifetime != nullptr) {
      probe(l, *slot.lifetime);
    }
    if (slot.make_view != nullptr) {
      probe_view(l, slot.make_view);
    }
  });
  return slot.layout;
}

const StructLayout& complete(StructSlot& slot) noexcept {
  const bool done = guarded([&] {
    once(slot.progress, [&] { slot.made = make_struct(slot); });
    return true;
  });
  return done ? *slot.made : failed_layout();
}

const EnumType* complete(EnumSlot& slot) noexcept {
  const bool done = guarded([&] {
    once(slot.progress, [&] { slot.made = make_enum(slot); });
    return true;
  });
  return done ? slot.made : nullptr;
}

const StructLayout& failed_layout() noexcept {
  static const StructLayout failed;
  return failed;
}

}  // namespace detail

Result<void> validate(const StructLayout& layout) {
  try {
    for (const StructLayout* s : reachable(layout)) {
      if (Result<void> ok = validate_struct(*s); !ok) {
        return ok;
      }
    }
    return {};
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

Result<Schema> schema_of(const StructLayout& layout, std::string_view document) {
  if (Result<void> ok = validate(layout); !ok) {
    return std::unexpected(std::move(ok).error());
  }
  try {
    return Deriver().derive(layout, document);
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

std::string to_string(const Layout& layout) {
  std::string out;
  append_name(layout, out);
  return out;
}

}  // namespace wirejit
