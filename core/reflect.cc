// Registrations of C++ types: builders of their layouts, validation, and the derived schema.
// Entry: validate, schema_of. Invariant: a layout is validated before it is used, so that errors
// name C++ members.
#include <wirejit/reflect.h>

#include "core/generation.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
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

StructBuilder::StructBuilder(std::size_t size, std::size_t align)
    : layout_(std::make_unique<StructLayout>()),
      storage_(::operator new(size, std::align_val_t{align})),
      align_(std::align_val_t{align}) {
  layout_->generation = core::next_generation();
  layout_->size = static_cast<std::uint32_t>(size);
  layout_->align = static_cast<std::uint32_t>(align);
}

StructBuilder::~StructBuilder() { ::operator delete(storage_, align_); }

void StructBuilder::start(std::string_view written_type, StructFlavor flavor) {
  layout_->name = bare_name(written_type);
  layout_->flavor = flavor;
}

std::uint32_t StructBuilder::offset(const volatile void* address) const noexcept {
  return static_cast<std::uint32_t>(static_cast<const volatile char*>(address) -
                                    static_cast<const volatile char*>(storage_));
}

void StructBuilder::add_member(Member member, std::initializer_list<MemberOption> options) {
  for (const MemberOption& option : options) {
    switch (option.what) {
      case MemberOption::What::required: member.requiredness = Requiredness::required; break;
      case MemberOption::What::optional: member.requiredness = Requiredness::optional; break;
      case MemberOption::What::binary: member.is_binary = true; break;
      case MemberOption::What::json_name: member.json_name = option.text; break;
      case MemberOption::What::wire: member.wire = option.wire; break;
      case MemberOption::What::key_wire: member.key_wire = option.wire; break;
      case MemberOption::What::unpacked: member.packed = false; break;
      case MemberOption::What::oneof: member.oneof = option.text; break;
    }
  }
  layout_->members.push_back(std::move(member));
}

void StructBuilder::add(std::int32_t id, std::string_view name, const volatile void* address,
                        const Layout& layout, std::initializer_list<MemberOption> options) {
  if (layout.kind == Kind::void_ && layout.form == Form::string) {
    layout_->unknown_member = static_cast<std::int32_t>(offset(address));
    return;
  }
  Member member;
  member.id = id;
  member.name = name;
  member.offset = offset(address);
  member.layout = &layout;
  add_member(std::move(member), options);
}

void StructBuilder::variant(const Layout& layout, const volatile void* address) {
  layout_->variant = &layout;
  layout_->variant_offset = offset(address);
}

void StructBuilder::alternative(std::int32_t id, std::string_view name,
                                std::initializer_list<MemberOption> options) {
  Member member;
  member.id = id;
  member.name = name;
  member.offset = layout_->variant_offset;
  const std::size_t index = layout_->members.size();
  member.layout = index < layout_->variant->count ? layout_->variant->alternatives[index] : nullptr;
  member.alternative = static_cast<std::uint32_t>(index + 1);
  add_member(std::move(member), options);
}

EnumBuilder::EnumBuilder(std::string_view pretty_function) : type_(std::make_unique<EnumType>()) {
  type_->name = bare_name(type_in(pretty_function));
  type_->full_name = type_->name;
}

void EnumBuilder::add(std::string_view name, std::int32_t number) {
  EnumValue value;
  value.name = name;
  value.number = number;
  type_->values.push_back(std::move(value));
}

std::unique_ptr<EnumType> EnumBuilder::finish() {
  type_->index();
  return std::move(type_);
}

const StructLayout* build_struct(std::size_t size, std::size_t align,
                                 void (*describe)(StructBuilder&), void* (*create)()) {
  StructBuilder builder(size, align);
  describe(builder);
  std::unique_ptr<StructLayout> layout = builder.finish();
  if (create != nullptr) {
    layout->prototype = create();
  }
  return layout.release();
}

const EnumType* build_enum(const char* pretty_function, void (*describe)(EnumBuilder&)) {
  EnumBuilder builder(pretty_function);
  describe(builder);
  return builder.finish().release();
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
