/// @file
/// Reading records: Value, RecordView, ListView and MapView, data that has no C++ type. Entry:
/// RecordView. Invariant: views own nothing, change nothing and are a few words, to be passed by
/// value.
///
///     Result<std::int64_t> id = order.get<std::int64_t>("id");
///     for (RecordView line : order.list<RecordView>("lines")) {
///       std::cout << line.get<std::string_view>("sku").value_or("") << "\n";
///     }
///     for (auto [field, value] : order.fields()) {
///       std::cout << field->name << ": " << value << "\n";
///     }
///
/// A view stays valid as long as the Arena that holds the data is not reset, the RecordType lives,
/// and nobody changes the data. Strings are views, too. Reading one record from several threads is
/// safe.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/detail/record_access.h>
#include <wirejit/record_type.h>

#include <bit>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace wirejit {

/// Bounds of the text that to_string makes.
struct PrintOptions {
  int max_depth = 8;              ///< structs and containers within one another
  std::size_t max_elements = 64;  ///< of each container
  std::size_t max_string = 256;   ///< bytes of each string
  std::size_t max_size = 65536;   ///< bytes in all, nearly
};

/// Equality and copies go this deep; deeper values compare as unequal and are not copied.
inline constexpr int max_record_depth = 1000;

/// One value of any type. Empty where a field is unknown or a struct is absent.
class Value {
 public:
  /// An empty one.
  Value() = default;
  /// For the library: a value that lies at `at`.
  Value(const Type& type, const Layout& layout, const void* at) noexcept
      : type_(&type), layout_(&layout), at_(at) {}

  /// Whether there is a value. False also for a struct field that is null.
  explicit operator bool() const noexcept;
  /// The kind of its type; void_ if it is empty and has no type.
  [[nodiscard]] Kind kind() const noexcept { return type_ == nullptr ? Kind::void_ : type_->kind; }
  /// Its type; void if it is empty and has no type.
  [[nodiscard]] const Type& type() const noexcept {
    return type_ != nullptr ? *type_ : detail::no_type();
  }
  /// For the library: how it lies in memory; a layout without a size if it is empty and has no
  /// type.
  [[nodiscard]] const Layout& layout() const noexcept {
    return layout_ != nullptr ? *layout_ : detail::no_layout();
  }
  /// For the library: where it lies; null if it is empty.
  [[nodiscard]] const void* data() const noexcept { return at_; }

  /// The value as a T: bool; integers (any kind of integer or enum whose value fits); C++ enums;
  /// double (from floating point, and from integers where exact); float (the same, rounded; not
  /// from what is too large); std::string_view, std::string, Bytes (string, binary); Uuid;
  /// RecordView; ListView<E> (list, set), MapView<K, V>; Value. Errors: type_mismatch,
  /// number_out_of_range, not_found (no value).
  template <class T>
  [[nodiscard]] Result<T> as() const;

  /// The name of an enum's value; empty if the enum does not list it, and of other kinds. It lives
  /// as long as the schema.
  [[nodiscard]] std::string_view enum_name() const noexcept;
  /// The value as text for people, within the bounds of the options. It is no JSON.
  [[nodiscard]] std::string to_string(const PrintOptions& options = {}) const;

  /// Deep equality. Maps and sets compare as unordered, presence counts, unknown fields compare
  /// byte by byte; NaN equals NaN, and -0.0 equals 0.0.
  friend bool operator==(const Value& a, const Value& b);
  /// Writes what to_string() says.
  friend std::ostream& operator<<(std::ostream& out, const Value& value);

 protected:
  /// For the library: the type, or null.
  const Type* type_ = nullptr;
  /// For the library: how it lies in memory, or null.
  const Layout* layout_ = nullptr;
  /// For the library: where it lies, or null.
  const void* at_ = nullptr;
};

/// A field with its value, as iteration gives it.
struct FieldValue {
  const Field* field;  ///< never null; it lives as long as the schema
  Value value;         ///< what the field has
};

/// A struct, union or exception. Empty (false) for an absent one. An empty view may be asked for
/// anything: it has no field, get() is not_found, find() is nothing, parts are empty, and its type
/// has no fields; so a chain of reads needs no check between its steps.
class RecordView {
 public:
  /// An empty one.
  RecordView() = default;
  /// For the library: a record that lies at `object`, or null.
  RecordView(const StructLayout& layout, const void* object) noexcept
      : layout_(&layout), object_(static_cast<const std::uint8_t*>(object)) {}

  /// Whether there is a record.
  explicit operator bool() const noexcept { return object_ != nullptr; }
  /// For the library: how the record lies in memory; of an empty one a layout without fields.
  [[nodiscard]] const StructLayout& layout() const noexcept {
    return layout_ != nullptr ? *layout_ : detail::no_struct_layout();
  }
  /// Its type; of an empty one a type without fields.
  [[nodiscard]] const StructType& type() const noexcept {
    return layout_ != nullptr && layout_->schema != nullptr ? *layout_->schema
                                                            : detail::no_struct_type();
  }
  /// For the library: where it lies; null if it is empty.
  [[nodiscard]] const void* data() const noexcept { return object_; }

  /// True if the field is present; false also for fields that the type lacks.
  [[nodiscard]] bool has(FieldKey key) const noexcept;
  /// The value; of an absent field the default, else zero or empty. See Value::as for T.
  /// Errors: not_found (no such field, absent struct, a union's other alternative, an empty view),
  /// those of Value::as.
  template <class T>
  [[nodiscard]] Result<T> get(FieldKey key) const;
  /// The value if the field is present and is a T.
  template <class T>
  [[nodiscard]] std::optional<T> find(FieldKey key) const;
  /// The value whether present or not; empty if there is no such field.
  [[nodiscard]] Value value(FieldKey key) const noexcept;
  /// The struct in a field; empty where get would fail.
  [[nodiscard]] RecordView record(FieldKey key) const;
  /// The list or set in a field, whose elements are read as T; empty where get would fail.
  template <class T = Value>
  [[nodiscard]] ListView<T> list(FieldKey key) const;
  /// The map in a field, whose keys and values are read as K and V; empty where get would fail.
  template <class K = Value, class V = Value>
  [[nodiscard]] MapView<K, V> map(FieldKey key) const;

  /// True if the field is present. `h` must be of this record's layout.
  template <class T>
  [[nodiscard]] bool has(const FieldHandle<T>& h) const noexcept {
    return has_position(h.position());
  }
  /// What the field has, without a check; of an absent field the default, else zero or empty; of an
  /// empty view zero or empty. `h` must be of this record's layout.
  template <class T>
  [[nodiscard]] T get(const FieldHandle<T>& h) const noexcept;
  /// The value if the field is present. `h` must be of this record's layout.
  template <class T>
  [[nodiscard]] std::optional<T> find(const FieldHandle<T>& h) const noexcept {
    return has(h) ? std::optional<T>(get(h)) : std::nullopt;
  }

  /// A union's field that is set (of a struct: the first that is present), or null.
  [[nodiscard]] const Field* which() const noexcept;
  /// Unknown fields as the source format wrote them; empty unless kept. Valid as the record is.
  [[nodiscard]] Bytes unknown() const noexcept;

  /// A range of fields that are present, with their values.
  class Fields;
  /// The fields that are present, in the schema's order.
  [[nodiscard]] Fields fields() const noexcept;

  /// True if the field at position `i` of type().fields is present.
  [[nodiscard]] bool has_position(std::size_t i) const noexcept {
    return object_ != nullptr && (object_[i / 8] >> (i % 8) & 1) != 0;
  }
  /// The value of the field at position `i` of type().fields, present or not.
  [[nodiscard]] Value value_at(std::size_t i) const noexcept {
    if (object_ == nullptr) {
      return {};
    }
    const Member& m = layout_->members[i];
    return {*layout_->schema->fields[i].type, *m.layout, object_ + m.offset};
  }

  /// The record as text for people, within the bounds of the options. It is no JSON.
  [[nodiscard]] std::string to_string(const PrintOptions& options = {}) const;
  /// Deep equality, as of Value. Records of different types are equal if their present fields agree
  /// in id and value.
  friend bool operator==(const RecordView& a, const RecordView& b);
  /// Writes what to_string() says.
  friend std::ostream& operator<<(std::ostream& out, const RecordView& record);

 protected:
  /// For the library: how the record lies in memory, or null.
  const StructLayout* layout_ = nullptr;
  /// For the library: where it lies, or null.
  const std::uint8_t* object_ = nullptr;
};

namespace detail {

// An empty value prints as empty brackets.
[[nodiscard]] std::string print_list(const Value& list, const PrintOptions& options);
[[nodiscard]] std::string print_map(const Value& map, const PrintOptions& options);
std::ostream& print_list(std::ostream& out, const Value& list);
std::ostream& print_map(std::ostream& out, const Value& map);

}  // namespace detail

/// The elements of a list, or of a set in the order in which they came.
template <class T>
class ListView {
 public:
  /// What elements are read as.
  using value_type = T;
  /// Gives elements by value.
  using iterator = detail::IndexIterator<ListView>;

  /// An empty one.
  ListView() = default;
  /// For the library: a list whose two words lie at `at`.
  ListView(const Type& type, const Layout& layout, const void* at) noexcept
      : type_(&type), layout_(&layout), words_(detail::load_pair(at)) {}

  /// How many elements it has.
  [[nodiscard]] std::size_t size() const noexcept { return words_.count; }
  /// True if it has no elements.
  [[nodiscard]] bool empty() const noexcept { return words_.count == 0; }
  /// The element at position `i`, which is less than size().
  [[nodiscard]] T operator[](std::size_t i) const noexcept {
    assert(i < size());
    return detail::load<T>(*type_->element, *layout_->element, words_.data + i * layout_->stride);
  }
  /// The first element.
  [[nodiscard]] iterator begin() const noexcept { return {*this, 0}; }
  /// After the last element.
  [[nodiscard]] iterator end() const noexcept { return {*this, size()}; }
  /// The elements of a list of numbers, where they lie in memory. Valid as the record is.
  [[nodiscard]] std::span<const T> span() const noexcept
    requires(std::is_arithmetic_v<T> && !std::same_as<T, bool>)
  {
    return {reinterpret_cast<const T*>(words_.data), words_.count};
  }
  /// The same as a Value, valid while this view lives; empty if the view was made of nothing.
  [[nodiscard]] Value value() const noexcept {
    return type_ == nullptr ? Value() : Value(*type_, *layout_, &words_);
  }

  /// The elements as text, within the bounds of the options.
  [[nodiscard]] std::string to_string(const PrintOptions& options = {}) const {
    return detail::print_list(value(), options);
  }
  /// Writes what to_string() says.
  friend std::ostream& operator<<(std::ostream& out, const ListView& list) {
    return detail::print_list(out, list.value());
  }
  /// Deep equality, as of Value; all empty ones are equal.
  friend bool operator==(const ListView& a, const ListView& b) {
    return a.empty() || b.empty() ? a.empty() && b.empty() : a.value() == b.value();
  }

 private:
  const Type* type_ = nullptr;
  const Layout* layout_ = nullptr;
  detail::Pair words_{};
};

/// The entries of a map in the order in which they came. If a key came twice, the last entry counts
/// in look-ups. find() walks the entries: to look up often in a large map, make a MapIndex.
template <class K, class V>
class MapView {
 public:
  /// What keys are read as.
  using key_type = K;
  /// What values are read as.
  using mapped_type = V;
  /// A key with its value.
  struct Entry {
    K key;    ///< the key
    V value;  ///< the value
  };
  /// Gives entries by value.
  using iterator = detail::IndexIterator<MapView>;

  /// An empty one.
  MapView() = default;
  /// For the library: a map whose two words lie at `at`.
  MapView(const Type& type, const Layout& layout, const void* at) noexcept
      : type_(&type), layout_(&layout), words_(detail::load_pair(at)) {}

  /// How many entries it has; a key that came twice has two.
  [[nodiscard]] std::size_t size() const noexcept { return words_.count; }
  /// True if it has no entries.
  [[nodiscard]] bool empty() const noexcept { return words_.count == 0; }
  /// The entry at position `i`, which is less than size().
  [[nodiscard]] Entry operator[](std::size_t i) const noexcept { return {key(i), mapped(i)}; }
  /// The key of the entry at position `i`, which is less than size().
  [[nodiscard]] K key(std::size_t i) const noexcept {
    assert(i < size());
    return detail::load<K>(*type_->key, *layout_->key, words_.data + i * layout_->stride);
  }
  /// The value of the entry at position `i`, which is less than size().
  [[nodiscard]] V mapped(std::size_t i) const noexcept {
    assert(i < size());
    return detail::load<V>(*type_->value, *layout_->element,
                           words_.data + i * layout_->stride + layout_->value_offset);
  }
  /// The first entry.
  [[nodiscard]] iterator begin() const noexcept { return {*this, 0}; }
  /// After the last entry.
  [[nodiscard]] iterator end() const noexcept { return {*this, size()}; }
  /// The same as a Value, valid while this view lives; empty if the view was made of nothing.
  [[nodiscard]] Value value() const noexcept {
    return type_ == nullptr ? Value() : Value(*type_, *layout_, &words_);
  }

  /// The entries as text, within the bounds of the options.
  [[nodiscard]] std::string to_string(const PrintOptions& options = {}) const {
    return detail::print_map(value(), options);
  }
  /// Writes what to_string() says.
  friend std::ostream& operator<<(std::ostream& out, const MapView& map) {
    return detail::print_map(out, map.value());
  }
  /// Deep equality, as of Value; all empty ones are equal.
  friend bool operator==(const MapView& a, const MapView& b) {
    return a.empty() || b.empty() ? a.empty() && b.empty() : a.value() == b.value();
  }

  /// The value of a key (a number, a string, a Uuid, a RecordView or a Value), if it is there.
  /// O(n).
  template <class Q>
  [[nodiscard]] std::optional<V> find(const Q& key) const;

 private:
  template <class, class>
  friend class MapIndex;
  const Type* type_ = nullptr;
  const Layout* layout_ = nullptr;
  detail::Pair words_{};
};

/// An index of a map's keys: O(n log n) to make, O(log n) to ask. Thread-safe once made; valid as
/// long as the view.
template <class K = Value, class V = Value>
class MapIndex {
 public:
  /// Sorts the keys. Allocates 8 bytes for each entry.
  explicit MapIndex(const MapView<K, V>& map);
  /// The value of a key (a number, a string, a Uuid, a RecordView or a Value), if it is there.
  template <class Q>
  [[nodiscard]] std::optional<V> find(const Q& key) const;

 private:
  MapView<K, V> map_;
  std::vector<std::size_t> order_;  // entries sorted by key, and by place where keys are equal
};

/// A range of the fields of a record that are present, with their values. Valid as the record is.
class RecordView::Fields {
 public:
  /// Gives a FieldValue of each field that is present.
  class iterator {
   public:
    /// An input iterator: what it gives is no reference.
    using iterator_concept = std::input_iterator_tag;
    /// What it gives.
    using value_type = FieldValue;
    /// Of positions.
    using difference_type = std::ptrdiff_t;
    /// An iterator of no record.
    iterator() = default;
    /// The first field that is present, from position `at` of the type's fields on.
    iterator(const RecordView& record, std::size_t at) noexcept : record_(record), at_(at) {
      skip_absent();
    }
    /// The field with its value. Not after the last field.
    [[nodiscard]] FieldValue operator*() const noexcept {
      return {&record_.type().fields[at_], record_.value_at(at_)};
    }
    /// The next field that is present.
    iterator& operator++() noexcept {
      ++at_;
      skip_absent();
      return *this;
    }
    /// The next field that is present. Returns the position before.
    iterator operator++(int) noexcept {
      iterator old = *this;
      ++*this;
      return old;
    }
    /// True if both are at the same position. Only of one range.
    friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.at_ == b.at_; }

   private:
    // To a field that is present, or after the last one.
    void skip_absent() noexcept {
      while (at_ < record_.layout().members.size() && !record_.has_position(at_)) {
        ++at_;
      }
    }
    RecordView record_;
    std::size_t at_ = 0;
  };

  /// The fields of a record.
  explicit Fields(const RecordView& record) noexcept : record_(record) {}
  /// The first field that is present.
  [[nodiscard]] iterator begin() const noexcept { return {record_, 0}; }
  /// After the last field.
  [[nodiscard]] iterator end() const noexcept { return {record_, record_.layout().members.size()}; }

 private:
  RecordView record_;
};

inline RecordView::Fields RecordView::fields() const noexcept { return Fields(*this); }

namespace detail {

// A key as a Value of the map's key type. Scratch holds it where it is not in memory yet; empty if
// it cannot be one.
struct KeyScratch {
  alignas(8) std::uint8_t bytes[16];
};
template <class Q>
[[nodiscard]] Value key_value(const Type& type, const Layout& layout, const Q& key,
                              KeyScratch& scratch) {
  const Value made(type, layout, scratch.bytes);
  if constexpr (std::convertible_to<Q, Value>) {
    return static_cast<Value>(key).kind() == type.kind ? static_cast<Value>(key) : Value();
  } else if constexpr (std::convertible_to<Q, RecordView>) {
    const RecordView r = key;
    return type.kind == Kind::structure && r && &r.layout() == layout.structure_value
               ? Value(type, layout, r.data())
               : Value();
  } else if constexpr (std::same_as<Q, bool>) {
    return store_bool(type, scratch.bytes, key) ? made : Value();
  } else if constexpr (std::is_enum_v<Q>) {
    return key_value(type, layout, static_cast<std::int64_t>(key), scratch);
  } else if constexpr (std::integral<Q>) {
    return store_integer(type, scratch.bytes,
                         {static_cast<std::uint64_t>(key), std::signed_integral<Q>})
               ? made
               : Value();
  } else if constexpr (std::floating_point<Q>) {
    return store_real(type, scratch.bytes, key) ? made : Value();
  } else if constexpr (std::same_as<Q, Uuid>) {
    return type.kind == Kind::uuid ? Value(type, layout, key.data()) : Value();
  } else {
    Bytes bytes;
    if constexpr (std::convertible_to<Q, std::string_view>) {
      bytes = as_bytes(std::string_view(key));
    } else {
      bytes = key;
    }
    if (type.kind != Kind::string && type.kind != Kind::binary) {
      return {};
    }
    const Pair p{bytes.data(), bytes.size()};
    std::memcpy(scratch.bytes, &p, sizeof p);
    return made;
  }
}

inline constexpr std::size_t npos = static_cast<std::size_t>(-1);
// The last entry of that key, or npos.
[[nodiscard]] std::size_t find_entry(const Layout& layout, Pair words, const Value& key);
[[nodiscard]] std::vector<std::size_t> sort_entries(const Layout& layout, Pair words);
[[nodiscard]] std::size_t search_entries(const Layout& layout, Pair words, const Value& key,
                                         const std::vector<std::size_t>& order);

}  // namespace detail

template <class K, class V>
template <class Q>
std::optional<V> MapView<K, V>::find(const Q& key) const {
  if (empty()) {
    return std::nullopt;
  }
  detail::KeyScratch scratch;
  const Value wanted = detail::key_value(*type_->key, *layout_->key, key, scratch);
  const std::size_t at = wanted ? detail::find_entry(*layout_, words_, wanted) : detail::npos;
  return at == detail::npos ? std::nullopt : std::optional<V>(mapped(at));
}

template <class K, class V>
MapIndex<K, V>::MapIndex(const MapView<K, V>& map) : map_(map) {
  if (!map.empty()) {
    order_ = detail::sort_entries(*map.layout_, map.words_);
  }
}

template <class K, class V>
template <class Q>
std::optional<V> MapIndex<K, V>::find(const Q& key) const {
  if (order_.empty()) {
    return std::nullopt;
  }
  detail::KeyScratch scratch;
  const Value wanted = detail::key_value(*map_.type_->key, *map_.layout_->key, key, scratch);
  const std::size_t at =
      wanted ? detail::search_entries(*map_.layout_, map_.words_, wanted, order_) : detail::npos;
  return at == detail::npos ? std::nullopt : std::optional<V>(map_.mapped(at));
}

template <class T>
Result<T> Value::as() const {
  if (!*this) {
    return std::unexpected(detail::no_value());
  }
  if constexpr (std::is_enum_v<T>) {
    const auto n = as<std::underlying_type_t<T>>();
    return n ? Result<T>(static_cast<T>(*n)) : std::unexpected(n.error());
  } else if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    const auto n = detail::integer_of(*this);
    if (!n) {
      return std::unexpected(n.error());
    }
    const auto as_signed = static_cast<std::int64_t>(n->bits);
    if (n->is_signed ? !std::in_range<T>(as_signed) : !std::in_range<T>(n->bits)) {
      return std::unexpected(
          Error(Errc::number_out_of_range, "the number does not fit the type asked for"));
    }
    return static_cast<T>(n->bits);
  } else if constexpr (std::floating_point<T>) {
    const auto d = detail::real_of(*this);
    if (!d) {
      return std::unexpected(d.error());
    }
    if (sizeof(T) < sizeof(double) && detail::overflows_float(*d)) {
      return std::unexpected(
          Error(Errc::number_out_of_range, "the number does not fit the type asked for"));
    }
    return static_cast<T>(*d);
  } else {
    if (!detail::accepts<T>(*type_)) {
      return std::unexpected(detail::mismatch(*this, "the type asked for"));
    }
    return detail::load<T>(*type_, *layout_, at_);
  }
}

template <class T>
Result<T> RecordView::get(FieldKey key) const {
  if (object_ == nullptr) {
    return std::unexpected(detail::no_record());
  }
  const int at = key.position_in(*layout_);
  if (at < 0) {
    return std::unexpected(detail::no_field(*layout_, key));
  }
  const auto i = static_cast<std::size_t>(at);
  if (layout_->flavor == StructFlavor::union_ && !has_position(i)) {
    return std::unexpected(detail::other_alternative(*this, i));
  }
  return value_at(i).as<T>();
}

template <class T>
std::optional<T> RecordView::find(FieldKey key) const {
  if (object_ == nullptr) {
    return std::nullopt;
  }
  const int at = key.position_in(*layout_);
  if (at < 0 || !has_position(static_cast<std::size_t>(at))) {
    return std::nullopt;
  }
  Result<T> found = value_at(static_cast<std::size_t>(at)).as<T>();
  return found ? std::optional<T>(*std::move(found)) : std::nullopt;
}

inline RecordView RecordView::record(FieldKey key) const {
  return get<RecordView>(key).value_or(RecordView());
}

template <class T>
ListView<T> RecordView::list(FieldKey key) const {
  return get<ListView<T>>(key).value_or(ListView<T>());
}

template <class K, class V>
MapView<K, V> RecordView::map(FieldKey key) const {
  return get<MapView<K, V>>(key).value_or(MapView<K, V>());
}

template <class T>
T RecordView::get(const FieldHandle<T>& h) const noexcept {
  if (object_ == nullptr) {
    return T{};
  }
  assert(&h.owner() == layout_);
  return detail::load<T>(h.type(), h.layout(), object_ + h.offset());
}

template <class T>
Result<FieldHandle<T>> make_handle(const StructLayout& owner, FieldKey key) {
  const int at = key.position_in(owner);
  if (at < 0) {
    return std::unexpected(detail::no_field(owner, key));
  }
  const auto i = static_cast<std::size_t>(at);
  const Member& m = owner.members[i];
  const Type& type = *owner.schema->fields[i].type;
  if (!detail::accepts<T>(type)) {
    return std::unexpected(detail::mismatch(Value(type, *m.layout, nullptr), "the handle's type"));
  }
  FieldHandle<T> h;
  h.owner_ = &owner;
  h.type_ = &type;
  h.layout_ = m.layout;
  h.position_ = static_cast<std::uint32_t>(i);
  h.offset_ = m.offset;
  return h;
}

}  // namespace wirejit
