// Lays out records in three steps: sizes and offsets of all structs (a struct's size depends on no
// other struct), layouts of all types, default bytes. Entry: RecordLayouts::make.
// Invariant: all sizes are computed in 64 bits and checked before they are narrowed.
#include "record/layout.h"

#include "core/schema_data.h"
#include "record/defaults.h"

#include <algorithm>
#include <string>
#include <utility>

namespace wirejit::record {
namespace {

constexpr std::uint32_t word = 8;

std::uint64_t round_up(std::uint64_t n, std::uint64_t align) noexcept {
  return (n + align - 1) & ~(align - 1);
}

// Bytes of a value as a field.
std::uint32_t field_size(Kind kind) noexcept {
  switch (kind) {
    case Kind::boolean:
    case Kind::i8:
    case Kind::u8: return 1;
    case Kind::i16:
    case Kind::u16: return 2;
    case Kind::i32:
    case Kind::u32:
    case Kind::float32:
    case Kind::enumeration: return 4;
    case Kind::i64:
    case Kind::u64:
    case Kind::float64:
    case Kind::structure: return 8;
    case Kind::string:
    case Kind::binary:
    case Kind::uuid:
    case Kind::list:
    case Kind::set:
    case Kind::map: return 16;
    case Kind::void_: break;
  }
  return 0;
}

bool is_signed(Kind kind) noexcept {
  return kind == Kind::i8 || kind == Kind::i16 || kind == Kind::i32 || kind == Kind::i64 ||
         kind == Kind::enumeration;
}

}  // namespace

class RecordLayoutMaker {
 public:
  explicit RecordLayoutMaker(RecordLayouts& all) : all_(all) {}

  Result<void> run() {
    if (auto found = discover(*all_.root_, 0); !found) {
      return found;
    }
    for (std::size_t i = 0; i < all_.structs_.size(); ++i) {  // the list grows meanwhile
      if (auto placed = place(all_.structs_[i]); !placed) {
        return placed;
      }
    }
    (void)element_layout(*all_.root_);
    for (StructLayout& s : all_.structs_) {
      for (std::size_t i = 0; i < s.members.size(); ++i) {
        s.members[i].layout = field_layout(*s.schema->fields[i].type);
      }
    }
    return make_default_bytes();
  }

 private:
  // Adds the structs that a type expression names to the list of structs.
  Result<void> discover(const Type& type, std::uint32_t depth) {
    if (depth > all_.options_.max_nesting) {
      return std::unexpected(Error(Errc::depth_limit, "type expressions are nested too deeply"));
    }
    switch (type.kind) {
      case Kind::void_:
        return std::unexpected(Error(Errc::unsupported, "no value has the type void"));
      case Kind::structure:
        if (type.structure == nullptr) {
          return std::unexpected(Error(Errc::schema_invalid, "a struct type names no struct"));
        }
        if (!all_.by_struct_.contains(type.structure)) {
          StructLayout& s = all_.structs_.emplace_back();
          s.schema = type.structure;
          all_.by_struct_.emplace(type.structure, &s);
        }
        return {};
      case Kind::list:
      case Kind::set: return discover_part(type.element, depth);
      case Kind::map:
        if (auto key = discover_part(type.key, depth); !key) {
          return key;
        }
        return discover_part(type.value, depth);
      default: return {};
    }
  }

  Result<void> discover_part(const Type* part, std::uint32_t depth) {
    if (part == nullptr) {
      return std::unexpected(
          Error(Errc::schema_invalid, "a container type has no element, key or value type"));
    }
    return discover(*part, depth + 1);
  }

  // Sets size and offsets of one struct; adds the structs that its fields name to the list.
  Result<void> place(StructLayout& s) {
    const StructType& type = *s.schema;
    const std::uint64_t limit = all_.options_.max_record_size;
    s.name = type.full_name.empty() ? type.name : type.full_name;
    s.flavor = type.flavor;
    s.align = word;
    s.presence_offset = 0;
    std::uint64_t at = round_up(type.fields.size(), 64) / 8;
    if (at > limit) {  // before the count is narrowed
      return too_large(type);
    }
    s.presence_bits = static_cast<std::uint32_t>(type.fields.size());
    if (all_.options_.keep_unknown) {
      s.unknown_offset = static_cast<std::int32_t>(at);
      at += std::uint64_t{3} * word;
    }
    s.members.resize(type.fields.size());
    for (const std::uint32_t width : {16U, 8U, 4U, 2U, 1U}) {
      for (std::size_t i = 0; i < type.fields.size(); ++i) {
        const Field& f = type.fields[i];
        if (f.type == nullptr || field_size(f.type->kind) != width) {
          continue;
        }
        if (at > limit) {
          return too_large(type);
        }
        s.members[i].offset = static_cast<std::uint32_t>(at);
        at += width;
      }
    }
    at = std::max<std::uint64_t>(round_up(at, word), word);
    if (at > limit || at > INT32_MAX) {
      return too_large(type);
    }
    s.size = static_cast<std::uint32_t>(at);
    return describe_members(s);
  }

  Result<void> describe_members(StructLayout& s) {
    const StructType& type = *s.schema;
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      const Field& f = type.fields[i];
      Member& m = s.members[i];
      if (f.type == nullptr) {
        return std::unexpected(
            Error(Errc::schema_invalid, "field " + type.name + "." + f.name + " has no type"));
      }
      if (auto found = discover(*f.type, 0); !found) {
        return found;
      }
      m.id = f.id;
      m.name = f.name;
      m.json_name = f.json_name;
      m.presence_bit = static_cast<std::int32_t>(i);
      m.requiredness = f.requiredness;
      m.is_binary = f.type->kind == Kind::binary;
    }
    return {};
  }

  Result<void> too_large(const StructType& type) const {
    return std::unexpected(
        Error(Errc::size_limit, "a record of " + type.name + " would take more than " +
                                    std::to_string(all_.options_.max_record_size) + " bytes"));
  }

  const Layout* field_layout(const Type& type) {
    if (type.kind != Kind::structure) {
      return element_layout(type);
    }
    const Layout*& known = all_.boxed_[type.structure];
    if (known == nullptr) {
      const Layout* target = element_layout(type);
      Layout& l = all_.layouts_.emplace_back();
      l.form = Form::boxed;
      l.kind = Kind::structure;
      l.size = l.align = word;
      l.flag_offset = 0;
      l.element = target;
      l.structure_value = target->structure_value;
      known = &l;
    }
    return known;
  }

  const Layout* element_layout(const Type& type) {
    if (const Layout* known = all_.find(type); known != nullptr) {
      return known;
    }
    Layout l = basic_layout(type);
    switch (type.kind) {
      case Kind::uuid: l.element = byte_layout(); break;
      case Kind::structure: {
        const StructLayout* s = all_.by_struct_.find(type.structure)->second;
        l.structure_value = s;
        l.size = s->size;
        break;
      }
      case Kind::list:
      case Kind::set:
        l.element = element_layout(*type.element);
        l.stride = l.element->size;
        break;
      case Kind::map: {
        l.key = element_layout(*type.key);
        l.element = element_layout(*type.value);
        const std::uint32_t align = std::max(l.key->align, l.element->align);
        l.value_offset = static_cast<std::uint32_t>(round_up(l.key->size, l.element->align));
        l.stride = static_cast<std::uint32_t>(round_up(l.value_offset + l.element->size, align));
        break;
      }
      default: break;
    }
    const Layout* made = &all_.layouts_.emplace_back(l);
    all_.by_type_.emplace(&type, made);
    if (type.kind == Kind::structure) {
      all_.in_place_.emplace(type.structure, made);
    }
    return made;
  }

  // The members of a layout that depend on the kind alone.
  static Layout basic_layout(const Type& type) {
    Layout l;
    l.kind = type.kind;
    l.size = field_size(type.kind);
    l.align = std::min(l.size, word);
    l.is_signed = is_signed(type.kind);
    switch (type.kind) {
      case Kind::string:
      case Kind::binary:
        l.form = Form::view;
        l.kind = Kind::string;
        l.any_bytes = type.kind == Kind::binary;
        break;
      case Kind::uuid:
        l.form = Form::array;
        l.count = 16;
        l.stride = 1;
        break;
      case Kind::structure: l.form = Form::structure; break;
      case Kind::list:
      case Kind::set: l.form = Form::span; break;
      case Kind::map: l.form = Form::entries; break;
      default: break;
    }
    if (l.form == Form::view || l.form == Form::span || l.form == Form::entries) {
      l.data_offset = 0;
      l.size_offset = word;
    }
    return l;
  }

  const Layout* byte_layout() {
    if (byte_ == nullptr) {
      Layout& l = all_.layouts_.emplace_back();
      l.kind = Kind::u8;
      l.size = 1;
      byte_ = &l;
    }
    return byte_;
  }

  Result<void> make_default_bytes() {
    DefaultMaker defaults(all_, all_.storage_);
    for (StructLayout& s : all_.structs_) {
      const Result<const std::uint8_t*> bytes = defaults.make(s);
      if (!bytes) {
        return std::unexpected(bytes.error());
      }
      s.default_bytes = *bytes;
    }
    return {};
  }

  RecordLayouts& all_;
  const Layout* byte_ = nullptr;
};

Result<std::shared_ptr<const RecordLayouts>> RecordLayouts::make(
    const Schema& schema, const Type& root, const RecordLayoutOptions& options) {
  const auto make_new = [&]() -> Result<std::shared_ptr<const RecordLayouts>> {
    std::shared_ptr<RecordLayouts> all(new RecordLayouts(schema, root, options));
    if (auto done = RecordLayoutMaker(*all).run(); !done) {
      return std::unexpected(std::move(done).error());
    }
    return all;
  };
  if (schema.empty()) {
    return make_new();
  }
  // Another copy of the library in the process makes its own layouts: it may be unloaded.
  static const std::uint64_t this_library = core::next_generation();
  return schema.data()->shared.find_or_make<RecordLayouts>(
      {this_library, reinterpret_cast<std::uintptr_t>(&root),
       (options.keep_unknown ? 1U : 0U) | (options.holds_defaults ? 0U : 2U),
       options.max_record_size, options.max_default_size, options.max_nesting},
      make_new);
}

const StructLayout* RecordLayouts::find(const StructType& type) const noexcept {
  const auto at = by_struct_.find(&type);
  return at == by_struct_.end() ? nullptr : at->second;
}

const Layout* RecordLayouts::find(const Type& type) const noexcept {
  const auto at = by_type_.find(&type);
  if (at != by_type_.end()) {
    return at->second;
  }
  // Another Type object for the same struct, such as Schema::type_of's.
  const auto in_place =
      type.kind == Kind::structure ? in_place_.find(type.structure) : in_place_.end();
  return in_place == in_place_.end() ? nullptr : in_place->second;
}

}  // namespace wirejit::record
