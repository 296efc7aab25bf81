// Record types, and the parts of reading records that are not templates: conversions, errors,
// RecordView.
// Entry: RecordType::make.
#include <wirejit/record_type.h>

#include "core/no_throw.h"
#include "core/own_type.h"
#include "record/layout.h"

#include <wirejit/record_view.h>

#include <cmath>
#include <limits>

namespace wirejit {

Result<RecordType> RecordType::make(const Schema& schema, std::string_view type,
                                    const RecordOptions& options) {
  const Result<TypeRef> found = schema.find_type(type);
  return found ? make(*found, options) : std::unexpected(found.error());
}

Result<RecordType> RecordType::make(const TypeRef& type, const RecordOptions& options) {
  record::RecordLayoutOptions layout_options;
  layout_options.keep_unknown = options.keep_unknown;
  layout_options.max_record_size = options.max_record_size;
  return core::without_throwing([&]() -> Result<RecordType> {
    if (Result<void> valid = core::check_own(type); !valid) {
      return std::unexpected(std::move(valid.error()));
    }
    auto layouts = record::RecordLayouts::make(type.schema(), *type, layout_options);
    if (!layouts) {
      return std::unexpected(std::move(layouts).error());
    }
    return RecordType(*std::move(layouts));
  });
}

const Schema& RecordType::schema() const noexcept {
  static const Schema none;
  return empty() ? none : layouts_->schema();
}
const Type& RecordType::type() const noexcept {
  return empty() ? detail::no_type() : layouts_->root();
}
const Layout& RecordType::layout() const noexcept {
  return empty() ? detail::no_layout() : layouts_->root_layout();
}
const StructLayout* RecordType::structure() const noexcept { return layout().structure_value; }
const StructLayout* RecordType::find(const StructType& type) const noexcept {
  return empty() ? nullptr : layouts_->find(type);
}

Value::operator bool() const noexcept {
  if (at_ == nullptr) {
    return false;
  }
  if (layout_->form != Form::boxed) {
    return true;
  }
  const void* object = nullptr;
  std::memcpy(&object, at_, sizeof object);
  return object != nullptr;
}

std::string_view Value::enum_name() const noexcept {
  if (at_ == nullptr || kind() != Kind::enumeration || type_->enumeration == nullptr) {
    return {};
  }
  const EnumValue* found =
      type_->enumeration->find(detail::load<std::int32_t>(*type_, *layout_, at_));
  return found == nullptr ? std::string_view() : found->name;
}

bool RecordView::has(FieldKey key) const noexcept {
  const int at = key.position_in(layout());
  return at >= 0 && has_position(static_cast<std::size_t>(at));
}

Value RecordView::value(FieldKey key) const noexcept {
  const int at = key.position_in(layout());
  return at < 0 ? Value() : value_at(static_cast<std::size_t>(at));
}

const Field* RecordView::which() const noexcept {
  const Fields present = fields();
  const auto first = present.begin();
  return first == present.end() ? nullptr : (*first).field;
}

Bytes RecordView::unknown() const noexcept {
  if (object_ == nullptr || layout_->unknown_offset < 0) {
    return {};
  }
  const detail::Pair p = detail::load_pair(object_ + layout_->unknown_offset);
  return {p.data, p.count};
}

namespace detail {
namespace {

template <class T>
Integer load_integer(const Value& v) noexcept {
  const T n = load<T>(v.type(), v.layout(), v.data());
  return {static_cast<std::uint64_t>(n), std::signed_integral<T>};
}

std::unexpected<Error> out_of_range(const Type& type) {
  return std::unexpected(
      Error(Errc::number_out_of_range, "the number does not fit " + type.to_string()));
}

// Stores `value` as a T if a T can hold it.
template <class T>
Result<void> store_as(const Type& type, void* to, Integer value) {
  const auto as_signed = static_cast<std::int64_t>(value.bits);
  if (value.is_signed ? !std::in_range<T>(as_signed) : !std::in_range<T>(value.bits)) {
    return out_of_range(type);
  }
  const T narrowed = static_cast<T>(value.bits);
  std::memcpy(to, &narrowed, sizeof narrowed);
  return {};
}

// Not all integers beyond 2^53 are exact as double: those are that convert back to themselves.
Result<double> exact_real(Integer n) {
  const double d = n.is_signed ? static_cast<double>(static_cast<std::int64_t>(n.bits))
                               : static_cast<double>(n.bits);
  const double limit = n.is_signed ? 0x1p63 : 0x1p64;
  const bool back =
      d < limit && (n.is_signed ? static_cast<std::uint64_t>(static_cast<std::int64_t>(d))
                                : static_cast<std::uint64_t>(d)) == n.bits;
  if (!back) {
    return std::unexpected(
        Error(Errc::number_out_of_range, "the integer is not exact as floating point"));
  }
  return d;
}

std::unexpected<Error> wrong_kind(const Type& type, std::string_view given) {
  return std::unexpected(
      Error(Errc::type_mismatch, std::string(given) + " for a value of type " + type.to_string()));
}

}  // namespace

Result<Integer> integer_of(const Value& v) {
  switch (v.kind()) {
    case Kind::i8: return load_integer<std::int8_t>(v);
    case Kind::i16: return load_integer<std::int16_t>(v);
    case Kind::i32:
    case Kind::enumeration: return load_integer<std::int32_t>(v);
    case Kind::i64: return load_integer<std::int64_t>(v);
    case Kind::u8: return load_integer<std::uint8_t>(v);
    case Kind::u16: return load_integer<std::uint16_t>(v);
    case Kind::u32: return load_integer<std::uint32_t>(v);
    case Kind::u64: return load_integer<std::uint64_t>(v);
    default: return std::unexpected(mismatch(v, "an integer"));
  }
}

Result<double> real_of(const Value& v) {
  if (v.kind() == Kind::float64) {
    return load<double>(v.type(), v.layout(), v.data());
  }
  if (v.kind() == Kind::float32) {
    return static_cast<double>(load<float>(v.type(), v.layout(), v.data()));
  }
  const auto n = integer_of(v);
  if (!n) {
    return std::unexpected(mismatch(v, "a number"));
  }
  return exact_real(*n);
}

bool overflows_float(double d) noexcept {
  // The bound is half a unit above the largest float: smaller values round to a float.
  return std::isfinite(d) && std::fabs(d) >= 0x1.ffffffp127;
}

Error mismatch(const Value& v, std::string_view expected) {
  return Error(Errc::type_mismatch, "the value has the type " + v.type().to_string() +
                                        ", which is not " + std::string(expected));
}

Error no_value() { return Error(Errc::not_found, "there is no value"); }
Error no_record() { return Error(Errc::not_found, "there is no struct"); }

const Layout& no_layout() noexcept {
  static const Layout none;
  return none;
}
const StructType& no_struct_type() noexcept {
  static const StructType none;
  return none;
}
const StructLayout& no_struct_layout() noexcept {
  static const StructLayout none;
  return none;
}

Error no_field(const StructLayout& layout, const FieldKey& key) {
  return Error(Errc::not_found, layout.name + " has no field " + key.to_string());
}

Error other_alternative(const RecordView& union_value, std::size_t wanted) {
  const Field* set = union_value.which();
  return Error(Errc::not_found, "the union " + union_value.layout().name + " holds " +
                                    (set == nullptr ? "nothing" : "'" + set->name + "'") +
                                    ", not '" + union_value.type().fields[wanted].name + "'");
}

Result<void> store_bool(const Type& type, void* to, bool value) {
  if (type.kind != Kind::boolean) {
    return wrong_kind(type, "a bool");
  }
  *static_cast<std::uint8_t*>(to) = value ? 1 : 0;
  return {};
}

Result<void> store_integer(const Type& type, void* to, Integer value) {
  switch (type.kind) {
    case Kind::i8: return store_as<std::int8_t>(type, to, value);
    case Kind::i16: return store_as<std::int16_t>(type, to, value);
    case Kind::i32:
    case Kind::enumeration: return store_as<std::int32_t>(type, to, value);
    case Kind::i64: return store_as<std::int64_t>(type, to, value);
    case Kind::u8: return store_as<std::uint8_t>(type, to, value);
    case Kind::u16: return store_as<std::uint16_t>(type, to, value);
    case Kind::u32: return store_as<std::uint32_t>(type, to, value);
    case Kind::u64: return store_as<std::uint64_t>(type, to, value);
    case Kind::float32:
    case Kind::float64: {
      const auto d = exact_real(value);
      if (!d || (type.kind == Kind::float32 && static_cast<double>(static_cast<float>(*d)) != *d)) {
        return out_of_range(type);
      }
      return store_real(type, to, *d);
    }
    default: return wrong_kind(type, "an integer");
  }
}

Result<void> store_real(const Type& type, void* to, double value) {
  if (type.kind == Kind::float64) {
    std::memcpy(to, &value, sizeof value);
    return {};
  }
  if (type.kind != Kind::float32) {
    return wrong_kind(type, "a floating-point number");
  }
  if (overflows_float(value)) {
    return out_of_range(type);
  }
  const auto narrowed = static_cast<float>(value);
  std::memcpy(to, &narrowed, sizeof narrowed);
  return {};
}

}  // namespace detail
}  // namespace wirejit
