// Compares a C++ struct's layout with a schema's type, field by field.
// Entry: check_layout. Invariant: each pair of struct and type is compared once, so the check of
// recursive types ends.
#include <wirejit/reflect.h>

#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wirejit {
namespace {

using detail::bare;
using Pair = std::pair<const StructLayout*, const StructType*>;

bool is_uuid(const Layout& l) noexcept {
  return l.form == Form::array && l.count == 16 && l.stride == 1;
}

// The first value whose name has another number in the schema, or null.
const EnumValue* conflict(const EnumType& mine, const EnumType& theirs) noexcept {
  for (const EnumValue& v : mine.values) {
    const EnumValue* same = theirs.find(v.name);
    if (same != nullptr && same->number != v.number) {
      return &v;
    }
  }
  return nullptr;
}

class Checker {
 public:
  Result<void> check(const StructLayout& layout, const StructType& type) {
    enqueue(layout, type);
    while (!todo_.empty()) {
      const Pair pair = todo_.back();
      todo_.pop_back();
      if (Result<void> ok = check_struct(*pair.first, *pair.second); !ok) {
        return ok;
      }
    }
    return {};
  }

 private:
  void enqueue(const StructLayout& layout, const StructType& type) {
    if (seen_.emplace(&layout, &type).second) {
      todo_.emplace_back(&layout, &type);
    }
  }

  static Result<void> mismatch(const std::string& where, const std::string& what) {
    return std::unexpected(Error(Errc::layout_mismatch, where + ": " + what));
  }

  Result<void> check_struct(const StructLayout& s, const StructType& type) {
    if ((s.flavor == StructFlavor::union_) != (type.flavor == StructFlavor::union_)) {
      return mismatch(s.name, "the struct is a " + std::string(to_string(s.flavor)) +
                                  ", the schema says " + std::string(to_string(type.flavor)));
    }
    for (const Member& m : s.members) {
      const Field* field = type.find(m.id);
      const std::string where = s.name + "." + m.name;
      if (field == nullptr) {
        return mismatch(where,
                        "the schema's " + type.name + " has no field " + std::to_string(m.id));
      }
      if (Result<void> ok = check_member(where, m, *field); !ok) {
        return ok;
      }
    }
    for (const Field& field : type.fields) {
      if (field.requiredness == Requiredness::required && s.find(field.id) == nullptr) {
        return mismatch(s.name + "." + field.name, "the schema requires the field " +
                                                       std::to_string(field.id) +
                                                       ", the struct has no such member");
      }
    }
    return {};
  }

  Result<void> check_member(const std::string& where, const Member& m, const Field& field) {
    const bool opposite =
        (m.requiredness == Requiredness::required &&
         field.requiredness == Requiredness::optional) ||
        (m.requiredness == Requiredness::optional && field.requiredness == Requiredness::required);
    if (opposite) {
      return mismatch(where, "the struct says " + std::string(to_string(m.requiredness)) +
                                 ", the schema says " + std::string(to_string(field.requiredness)));
    }
    if (!fits(*m.layout, m.is_binary, *field.type)) {
      return mismatch(where, "the struct has " + name(*m.layout, m.is_binary) +
                                 ", the schema says " + field.type->to_string() + reason_);
    }
    return {};
  }

  static std::string name(const Layout& l, bool is_binary) {
    return is_binary && bare(l).element == nullptr ? "binary" : to_string(l);
  }

  bool fits(const Layout& layout, bool is_binary, const Type& type) {
    const Layout& l = bare(layout);
    switch (type.kind) {
      case Kind::string: return is_text(l) && !l.any_bytes && !is_binary;
      case Kind::binary: return is_text(l);
      case Kind::uuid: return is_uuid(l);
      case Kind::list:
      case Kind::set: return l.kind == type.kind && fits(*l.element, is_binary, *type.element);
      case Kind::map:
        return l.kind == Kind::map && fits(*l.key, false, *type.key) &&
               fits(*l.element, is_binary, *type.value);
      case Kind::structure: return fits_struct(l, *type.structure);
      case Kind::enumeration: return l.form == Form::scalar && fits_enum(l, *type.enumeration);
      default: return l.form == Form::scalar && l.kind == type.kind;
    }
  }

  static bool is_text(const Layout& l) noexcept {
    return l.form == Form::string || l.form == Form::view;
  }

  bool fits_struct(const Layout& l, const StructType& type) {
    if (l.form != Form::structure) {
      return false;
    }
    enqueue(*l.structure(), type);
    return true;
  }

  bool fits_enum(const Layout& l, const EnumType& type) {
    if (l.kind == Kind::i32) {
      return true;
    }
    if (l.kind != Kind::enumeration) {
      return false;
    }
    const EnumValue* other = l.enumeration != nullptr ? conflict(*l.enumeration, type) : nullptr;
    if (other != nullptr) {
      reason_ = ", where " + other->name + " is not " + std::to_string(other->number);
    }
    return other == nullptr;
  }

  std::set<Pair> seen_;
  std::vector<Pair> todo_;
  std::string reason_;  // a detail of the mismatch that fits() found, for the message
};

}  // namespace

Result<void> check_layout(const StructLayout& layout, const StructType& type) {
  if (Result<void> ok = validate(layout); !ok) {
    return ok;
  }
  try {
    return Checker().check(layout, type);
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

}  // namespace wirejit
