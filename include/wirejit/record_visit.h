/// @file
/// Visitors of values that have no C++ type: visit looks at one value, walk at all that a value
/// holds. Entry: visit, RecordVisitor, walk. Invariant: neither changes the data; walk goes no
/// deeper than its limit.
///
///     std::string kind = visit(order.value("id"), [](auto part) -> std::string {
///       if constexpr (std::is_same_v<decltype(part), std::int64_t>) {
///         return "a signed integer";
///       } else {
///         return "something else";
///       }
///     });
#pragma once

#include <wirejit/record_view.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace wirejit {

/// A value of an enum.
class EnumView {
 public:
  /// A value of an enum. `type` may be null: an enum of which only the numbers are known. It must
  /// outlive the view.
  EnumView(const EnumType* type, std::int32_t number) noexcept : type_(type), number_(number) {}

  /// The enum, or null if only its numbers are known.
  [[nodiscard]] const EnumType* type() const noexcept { return type_; }
  /// The number, which need not be one that the enum lists.
  [[nodiscard]] std::int32_t number() const noexcept { return number_; }
  /// The number's name; empty if the enum does not list it.
  [[nodiscard]] std::string_view name() const noexcept {
    const EnumValue* found = type_ == nullptr ? nullptr : type_->find(number_);
    return found == nullptr ? std::string_view() : std::string_view(found->name);
  }

 private:
  const EnumType* type_;
  std::int32_t number_;
};

/// Calls `visitor` once, with the value as the C++ type that fits it, and returns what it returns:
///
/// - std::monostate: there is no value
/// - bool
/// - std::int64_t: any signed integer; std::uint64_t: any unsigned one
/// - double: any floating-point number
/// - std::string_view: a string; Bytes: binary
/// - Uuid
/// - EnumView
/// - RecordView: a struct, union or exception
/// - ListView<>: a list or set; MapView<>: a map
///
/// `visitor` takes each of these and returns the same type for all. What it is given is valid as
/// the value is. What it throws passes through.
template <class V>
auto visit(const Value& value, V&& visitor) -> std::invoke_result_t<V&, std::monostate> {
  if (!value) {
    return visitor(std::monostate());
  }
  const auto as = [&]<class T>(std::type_identity<T>) {
    return detail::load<T>(value.type(), value.layout(), value.data());
  };
  const auto widened = [&]<class T>(std::type_identity<T> type) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(as(type));
    } else if constexpr (std::is_signed_v<T>) {
      return static_cast<std::int64_t>(as(type));
    } else {
      return static_cast<std::uint64_t>(as(type));
    }
  };
  switch (value.kind()) {
    case Kind::void_: break;
    case Kind::boolean: return visitor(as(std::type_identity<bool>()));
    case Kind::i8: return visitor(widened(std::type_identity<std::int8_t>()));
    case Kind::i16: return visitor(widened(std::type_identity<std::int16_t>()));
    case Kind::i32: return visitor(widened(std::type_identity<std::int32_t>()));
    case Kind::i64: return visitor(widened(std::type_identity<std::int64_t>()));
    case Kind::u8: return visitor(widened(std::type_identity<std::uint8_t>()));
    case Kind::u16: return visitor(widened(std::type_identity<std::uint16_t>()));
    case Kind::u32: return visitor(widened(std::type_identity<std::uint32_t>()));
    case Kind::u64: return visitor(widened(std::type_identity<std::uint64_t>()));
    case Kind::float32: return visitor(widened(std::type_identity<float>()));
    case Kind::float64: return visitor(widened(std::type_identity<double>()));
    case Kind::string: return visitor(as(std::type_identity<std::string_view>()));
    case Kind::binary: return visitor(as(std::type_identity<Bytes>()));
    case Kind::uuid: return visitor(as(std::type_identity<Uuid>()));
    case Kind::enumeration:
      return visitor(EnumView(value.type().enumeration, as(std::type_identity<std::int32_t>())));
    case Kind::structure: return visitor(as(std::type_identity<RecordView>()));
    case Kind::list:
    case Kind::set: return visitor(as(std::type_identity<ListView<>>()));
    case Kind::map: return visitor(as(std::type_identity<MapView<>>()));
  }
  return visitor(std::monostate());
}

/// What walk() calls. Each function does nothing unless it is overridden. Where an enter function
/// returns false, walk leaves out what is inside and does not call the leave function.
///
/// For a struct with the list [7] in its field f the calls are: enter_record, enter_field(f),
/// enter_list, enter_element(0), scalar(7), leave_element(0), leave_list, leave_field(f),
/// leave_record.
class RecordVisitor {
 public:
  /// Does nothing.
  RecordVisitor() = default;
  RecordVisitor(const RecordVisitor&) = default;
  RecordVisitor& operator=(const RecordVisitor&) = default;
  virtual ~RecordVisitor() = default;

  /// A value that holds no other: a number, bool, string, binary, uuid or enum. visit() tells
  /// which.
  virtual void scalar(const Value& value);

  /// A struct, union or exception.
  virtual bool enter_record(const RecordView& record);
  /// The end of a struct, union or exception that was entered.
  virtual void leave_record(const RecordView& record);
  /// A field that is present, in the schema's order.
  virtual bool enter_field(const Field& field, const Value& value);
  /// The end of a field that was entered.
  virtual void leave_field(const Field& field, const Value& value);

  /// A list or set.
  virtual bool enter_list(const ListView<>& list);
  /// The end of a list or set that was entered.
  virtual void leave_list(const ListView<>& list);
  /// An element; `index` counts from 0.
  virtual bool enter_element(std::size_t index, const Value& value);
  /// The end of an element that was entered.
  virtual void leave_element(std::size_t index, const Value& value);

  /// A map.
  virtual bool enter_map(const MapView<>& map);
  /// The end of a map that was entered.
  virtual void leave_map(const MapView<>& map);
  /// An entry; `index` counts from 0. Inside it, the key is walked first, then the value.
  virtual bool enter_entry(std::size_t index, const Value& key, const Value& value);
  /// The end of an entry that was entered.
  virtual void leave_entry(std::size_t index, const Value& key, const Value& value);
};

/// Walks a value and all that it holds, depth first. The value itself is at depth 1, and what lies
/// directly in a struct, list or map is one deeper than it. An empty value is walked by no call.
/// Errors: depth_limit, where a value lies deeper than `max_depth`; the calls until then were made,
/// and no leave function is called after it. What the visitor throws passes through.
Result<void> walk(const Value& value, RecordVisitor& visitor, int max_depth = max_record_depth);
/// The same for a struct.
Result<void> walk(const RecordView& record, RecordVisitor& visitor,
                  int max_depth = max_record_depth);

}  // namespace wirejit
