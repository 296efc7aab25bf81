/// @file
/// Building and changing records.
/// Entry: RootValue (owns everything) or Record::make (in an Arena of yours). Invariant: records
/// live in an Arena and own nothing; strings and whole values that are set are copied into it, and
/// nothing in it is freed before it is reset.
///
///     auto schema = thrift::load_file("orders.thrift");
///     auto type = RecordType::make(*schema, "Order");
///     auto root = RootValue::make(*type);
///     Record order = root->record();
///     auto done = order.set("id", 7);  // Result<void>: not_found, type_mismatch, ...
///     Result<List> lines = order.edit_list("lines");
///     Result<Record> line = lines->append_record();
///     done = line->set("sku", "A-1");
///
/// Handles (Record, List, Map, MutableValue) are a few words, to be passed by value. They stay
/// valid as long as the Arena is not reset and the RecordType lives; handles of a container's
/// elements also end when the container grows. Handles that were made of nothing are empty: they
/// change nothing, and what returns a Result says not_found. Changing one record from several
/// threads needs a lock, as does allocating in one Arena. Default values are shared by all records
/// of a type until they are changed: then the record gets a copy.
#pragma once

#include <wirejit/record_view.h>

#include <ranges>

namespace wirejit {

class Record;
class List;
class Map;

/// A place that holds a value and may be changed.
class MutableValue : public Value {
 public:
  /// An empty one.
  MutableValue() = default;
  /// For the library: a place in the arena. `shared`: the bytes of the default value that it may
  /// still share with other records, or null.
  MutableValue(const Type& type, const Layout& layout, void* at, Arena& arena,
               const void* shared = nullptr) noexcept
      : Value(type, layout, at), arena_(&arena), shared_(shared) {}

  /// Sets the value from: bool; integers and enums (if they fit); floating point (rounded); text
  /// and Bytes; Uuid; ranges of all these (list, set), ranges of pairs (map); and by deep copy
  /// Value, RecordView, ListView, MapView of the same RecordType. Errors: type_mismatch,
  /// number_out_of_range, depth_limit, no_memory; then the value is the old one, except that a list
  /// or map may have been filled in part.
  template <class T>
  Result<void> set(const T& value);

  /// The struct, to be changed; it is made if there is none. Errors: type_mismatch, no_memory.
  [[nodiscard]] Result<Record> record();
  /// The list or set, to be changed. Errors: type_mismatch, no_memory.
  [[nodiscard]] Result<List> list();
  /// The map, to be changed. Errors: type_mismatch, no_memory.
  [[nodiscard]] Result<Map> map();

  /// The arena that it is in. Only if not empty.
  [[nodiscard]] Arena& arena() const noexcept { return *arena_; }
  /// For the library: where the value lies; null if it is empty.
  [[nodiscard]] void* storage() const noexcept {
    return const_cast<void*>(at_);
  }  // ours is never const

 private:
  friend class Record;
  Result<void> copy_from(const Value& from);
  Result<void> copy_from(const RecordView& from);
  Result<void> set_text(Bytes bytes);
  Result<void> set_uuid(const Uuid& uuid);

  Arena* arena_ = nullptr;
  const void* shared_ = nullptr;
};

/// A list or set that may be changed. No check for equal elements of a set is made. Keep the List
/// while appending: it remembers how much room it has made.
class List {
 public:
  /// An empty one.
  List() = default;
  /// For the library: a list in the arena, whose two words lie at `at`.
  List(const Type& type, const Layout& layout, void* at, Arena& arena) noexcept
      : type_(&type), layout_(&layout), at_(at), arena_(&arena) {}

  /// The list, for reading. Valid until the list is changed.
  [[nodiscard]] ListView<> view() const noexcept {
    return at_ == nullptr ? ListView<>() : ListView<>(*type_, *layout_, at_);
  }
  /// How many elements it has.
  [[nodiscard]] std::size_t size() const noexcept {
    return at_ == nullptr ? 0 : detail::load_pair(at_).count;
  }
  /// True if it has no elements.
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  /// The element at position `i`, which is less than size(). The handle ends when the list grows.
  [[nodiscard]] MutableValue operator[](std::size_t i) const noexcept;
  /// Makes room for that many elements in all. Errors of all that grow: no_memory, size_limit; the
  /// list is as before.
  Result<void> reserve(std::size_t count);
  /// Makes it have that many elements. New ones are zero, empty, or a struct's defaults; those
  /// beyond `count` are dropped.
  Result<void> resize(std::size_t count);
  /// Adds an element, which is zero, empty, or a struct's defaults.
  [[nodiscard]] Result<MutableValue> append();
  /// Adds a value. Errors: those of MutableValue::set, too; the list is as before.
  template <class T>
  Result<void> append(const T& value);
  /// Adds a struct with its defaults. Errors: type_mismatch, too (then the list is as before).
  [[nodiscard]] Result<Record> append_record();
  /// Adds an empty list or set. Errors: type_mismatch, too (then the list is as before).
  [[nodiscard]] Result<List> append_list();
  /// Adds an empty map. Errors: type_mismatch, too (then the list is as before).
  [[nodiscard]] Result<Map> append_map();
  /// Drops the element at position `i`, which is less than size(). The others keep their order.
  void erase(std::size_t i) noexcept;
  /// Drops all elements.
  void clear() noexcept;

  /// The elements as text, as of ListView.
  [[nodiscard]] std::string to_string(const PrintOptions& options = {}) const {
    return view().to_string(options);
  }
  /// Writes what to_string() says.
  friend std::ostream& operator<<(std::ostream& out, const List& list) {
    return out << list.view();
  }
  /// Deep equality, as of ListView.
  friend bool operator==(const List& a, const List& b) { return a.view() == b.view(); }

 private:
  const Type* type_ = nullptr;
  const Layout* layout_ = nullptr;
  void* at_ = nullptr;
  Arena* arena_ = nullptr;
  const std::uint8_t* grown_ = nullptr;  // the array that has `capacity_` elements' room
  std::size_t capacity_ = 0;
};

/// A map that may be changed. Keep the Map while inserting. Look-ups walk the entries: many keys
/// that are known to be distinct are better appended.
class Map {
 public:
  /// A key with its value. The handles end when the map grows.
  struct Entry {
    MutableValue key;    ///< who changes it keeps keys distinct
    MutableValue value;  ///< the value
  };

  /// An empty one.
  Map() = default;
  /// For the library: a map in the arena, whose two words lie at `at`.
  Map(const Type& type, const Layout& layout, void* at, Arena& arena) noexcept
      : type_(&type), layout_(&layout), at_(at), arena_(&arena) {}

  /// The map, for reading. Valid until the map is changed.
  [[nodiscard]] MapView<> view() const noexcept {
    return at_ == nullptr ? MapView<>() : MapView<>(*type_, *layout_, at_);
  }
  /// How many entries it has.
  [[nodiscard]] std::size_t size() const noexcept {
    return at_ == nullptr ? 0 : detail::load_pair(at_).count;
  }
  /// True if it has no entries.
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  /// The entry at position `i`, which is less than size().
  [[nodiscard]] Entry operator[](std::size_t i) const noexcept;
  /// Makes room for that many entries in all. Errors of all that grow: no_memory, size_limit; the
  /// map is as before.
  Result<void> reserve(std::size_t count);
  /// Adds an entry, whose key and value are zero, empty, or a struct's defaults, without a look-up.
  [[nodiscard]] Result<Entry> append();
  /// Adds an entry without a look-up: the key must not be there. Errors: those of
  /// MutableValue::set, too; the map is as before.
  template <class Q, class T>
  Result<void> append(const Q& key, const T& value);
  /// The value of a key, for changing; a new one if the key is not there. O(n). Errors: those of
  /// MutableValue::set for the key, too; the map is as before.
  template <class Q>
  [[nodiscard]] Result<MutableValue> at(const Q& key);
  /// Sets the value of a key, new or not. O(n). Errors: those of MutableValue::set, too.
  template <class Q, class T>
  Result<void> set(const Q& key, const T& value);
  /// The struct that is the value of a key, for changing; a new one if the key is not there. O(n).
  /// Errors: those of at() and MutableValue::record.
  template <class Q>
  [[nodiscard]] Result<Record> record(const Q& key);
  /// Drops the entry of a key. False if there was no such key. O(n).
  template <class Q>
  bool erase(const Q& key);
  /// Drops the entry at position `i`, which is less than size(). The others keep their order.
  void erase_at(std::size_t i) noexcept;
  /// Drops all entries.
  void clear() noexcept;

  /// The entries as text, as of MapView.
  [[nodiscard]] std::string to_string(const PrintOptions& options = {}) const {
    return view().to_string(options);
  }
  /// Writes what to_string() says.
  friend std::ostream& operator<<(std::ostream& out, const Map& map) { return out << map.view(); }
  /// Deep equality, as of MapView.
  friend bool operator==(const Map& a, const Map& b) { return a.view() == b.view(); }

 private:
  template <class Q>
  [[nodiscard]] std::size_t index_of(const Q& key) const;

  const Type* type_ = nullptr;
  const Layout* layout_ = nullptr;
  void* at_ = nullptr;
  Arena* arena_ = nullptr;
  const std::uint8_t* grown_ = nullptr;
  std::size_t capacity_ = 0;
};

/// A struct, union or exception that may be changed.
class Record : public RecordView {
 public:
  /// An empty one.
  Record() = default;
  /// For the library: an object that lies in the arena.
  Record(const StructLayout& layout, void* object, Arena& arena) noexcept
      : RecordView(layout, object), arena_(&arena) {}

  /// For the library: a new record of that layout. Errors: no_memory, type_mismatch (the layout of
  /// a C++ struct).
  [[nodiscard]] static Result<Record> make(Arena& arena, const StructLayout& layout);
  /// A new record in an arena: all fields absent, or with their default values. The type and the
  /// arena must outlive it. Errors: no_memory, type_mismatch (the type is no struct).
  [[nodiscard]] static Result<Record> make(Arena& arena, const RecordType& type);
  /// A deep copy in an arena. Errors: no_memory, depth_limit, not_found (an empty view).
  [[nodiscard]] static Result<Record> copy(Arena& arena, const RecordView& from);

  /// Sets a field and makes it present; of a union, the only one. Errors: not_found, those of
  /// MutableValue::set.
  template <class T>
  Result<void> set(FieldKey key, const T& value);
  /// Sets a number by handle, without a check: it is cast to T. `h` must be of this record's
  /// layout.
  template <class T, class U>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  void set(const FieldHandle<T>& h, U value) noexcept;
  /// Sets any other value by handle. `h` must be of this record's layout. Errors: those of
  /// MutableValue::set.
  template <class T>
    requires(!std::is_arithmetic_v<T> && !std::is_enum_v<T>)
  Result<void> set(const FieldHandle<T>& h, const T& value);

  /// The field's value for changing; the field becomes present, with its default or empty. Errors:
  /// not_found, type_mismatch, no_memory.
  [[nodiscard]] Result<MutableValue> edit(FieldKey key);
  /// The struct in a field, for changing, as edit() and MutableValue::record().
  [[nodiscard]] Result<Record> edit_record(FieldKey key);
  /// The list or set in a field, for changing, as edit() and MutableValue::list().
  [[nodiscard]] Result<List> edit_list(FieldKey key);
  /// The map in a field, for changing, as edit() and MutableValue::map().
  [[nodiscard]] Result<Map> edit_map(FieldKey key);

  /// Makes a field absent; get then gives its default. False if the type has no such field.
  bool clear(FieldKey key) noexcept;
  /// Makes all fields absent, or gives them their default values, as make() does.
  void reset() noexcept;
  /// Replaces the unknown fields by a copy of `bytes`, which are then written to any format.
  /// Errors: unsupported (the type does not keep them), no_memory, not_found (an empty record).
  Result<void> set_unknown(Bytes bytes);

  /// The arena that it is in. Only if not empty.
  [[nodiscard]] Arena& arena() const noexcept { return *arena_; }
  /// For the library: where the record lies; null if it is empty.
  [[nodiscard]] void* storage() const noexcept {
    return const_cast<std::uint8_t*>(object_);
  }  // ours is never const

 private:
  [[nodiscard]] std::uint8_t* bytes() const noexcept { return const_cast<std::uint8_t*>(object_); }
  [[nodiscard]] MutableValue place(std::size_t i) const noexcept;
  [[nodiscard]] Result<std::size_t> position(const FieldKey& key) const;
  void mark(std::size_t i) noexcept;  // present; a union's others absent
  void clear_position(std::size_t i) noexcept;
  Arena* arena_ = nullptr;
};

/// A value of any record type with all that it needs: the type, an arena, and the root. Movable;
/// handles stay valid.
class RootValue {
 public:
  /// Zero, empty, or a struct with its defaults. Errors: no_memory, not_found (an empty type).
  [[nodiscard]] static Result<RootValue> make(RecordType type);
  /// Takes what `other` has: its value and its record are empty then, until reset().
  RootValue(RootValue&& other) noexcept
      : type_(other.type_),
        arena_(std::move(other.arena_)),
        root_(std::exchange(other.root_, nullptr)) {}
  /// Takes what `other` has: its value and its record are empty then, until reset().
  RootValue& operator=(RootValue&& other) noexcept {
    type_ = other.type_;
    arena_ = std::move(other.arena_);
    root_ = std::exchange(other.root_, nullptr);
    return *this;
  }

  /// The type of the value.
  [[nodiscard]] const RecordType& type() const noexcept { return type_; }
  /// The arena that the value is in. What was moved from has none.
  [[nodiscard]] Arena& arena() noexcept { return *arena_; }
  /// The value, for reading.
  [[nodiscard]] Value value() const noexcept {
    return root_ == nullptr ? Value() : Value(type_.type(), type_.layout(), root_);
  }
  /// The value, for changing.
  [[nodiscard]] MutableValue value() noexcept {
    return root_ == nullptr ? MutableValue()
                            : MutableValue(type_.type(), type_.layout(), root_, *arena_);
  }
  /// The struct, for reading; empty if the type is no struct.
  [[nodiscard]] RecordView record() const noexcept;
  /// The struct, for changing; empty if the type is no struct.
  [[nodiscard]] Record record() noexcept;
  /// The list or set, for changing. Errors: type_mismatch.
  [[nodiscard]] Result<List> list() noexcept { return value().list(); }
  /// The map, for changing. Errors: type_mismatch.
  [[nodiscard]] Result<Map> map() noexcept { return value().map(); }

  /// A deep copy with an arena of its own. Errors: no_memory, depth_limit, not_found (this was
  /// moved from).
  [[nodiscard]] Result<RootValue> clone() const;

  /// The value as text, as of Value.
  [[nodiscard]] std::string to_string(const PrintOptions& options = {}) const {
    return value().to_string(options);
  }
  /// Writes what to_string() says.
  friend std::ostream& operator<<(std::ostream& out, const RootValue& root) {
    return out << root.value();
  }
  /// Deep equality, as of Value.
  friend bool operator==(const RootValue& a, const RootValue& b) { return a.value() == b.value(); }

  /// Makes the value as make() does, in the same memory. Ends all views and handles. Errors:
  /// no_memory, not_found (an empty type).
  Result<void> reset();
  /// For the library: where the value lies; null after a move.
  [[nodiscard]] void* storage() noexcept { return root_; }

 private:
  RootValue() = default;
  RecordType type_;
  std::unique_ptr<Arena> arena_;
  void* root_ = nullptr;
};

namespace detail {

template <class T>
struct IsPair : std::false_type {};
template <class A, class B>
struct IsPair<std::pair<A, B>> : std::true_type {};

}  // namespace detail

template <class T>
Result<void> MutableValue::set(const T& value) {
  if (at_ == nullptr) {
    return std::unexpected(detail::no_value());
  }
  if constexpr (std::convertible_to<const T&, Value>) {
    return copy_from(static_cast<const Value&>(value));
  } else if constexpr (std::convertible_to<const T&, RecordView>) {
    return copy_from(static_cast<const RecordView&>(value));
  } else if constexpr (detail::IsListView<T>::value || detail::IsMapView<T>::value) {
    return copy_from(value.value());
  } else if constexpr (std::same_as<T, bool>) {
    return detail::store_bool(*type_, storage(), value);
  } else if constexpr (std::is_enum_v<T>) {
    return set(static_cast<std::int64_t>(value));
  } else if constexpr (std::integral<T>) {
    return detail::store_integer(*type_, storage(),
                                 {static_cast<std::uint64_t>(value), std::signed_integral<T>});
  } else if constexpr (std::floating_point<T>) {
    return detail::store_real(*type_, storage(), static_cast<double>(value));
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    return set_text(as_bytes(std::string_view(value)));
  } else if constexpr (std::same_as<T, Uuid>) {
    return set_uuid(value);
  } else {
    static_assert(std::ranges::sized_range<const T>, "no type that records hold");
    using Element = std::ranges::range_value_t<const T>;
    if constexpr (detail::IsPair<Element>::value) {
      auto to = map();
      if (!to) {
        return std::unexpected(std::move(to).error());
      }
      to->clear();
      for (const auto& [key, mapped] : value) {
        if (auto done = to->append(key, mapped); !done) {
          return done;
        }
      }
      return {};
    } else {
      if constexpr (std::convertible_to<const T&, Bytes>) {
        if (kind() == Kind::binary || kind() == Kind::string) {
          return set_text(value);
        }
      }
      auto to = list();
      if (!to) {
        return std::unexpected(std::move(to).error());
      }
      to->clear();
      if (auto room = to->reserve(std::ranges::size(value)); !room) {
        return room;
      }
      for (const Element& element : value) {
        if (auto done = to->append(element); !done) {
          return done;
        }
      }
      return {};
    }
  }
}

template <class T>
Result<void> List::append(const T& value) {
  auto element = append();
  if (!element) {
    return std::unexpected(std::move(element).error());
  }
  auto done = element->set(value);
  if (!done) {
    erase(size() - 1);
  }
  return done;
}

template <class Q>
std::size_t Map::index_of(const Q& key) const {
  if (at_ == nullptr) {
    return detail::npos;
  }
  detail::KeyScratch scratch;
  const Value wanted = detail::key_value(*type_->key, *layout_->key, key, scratch);
  return wanted ? detail::find_entry(*layout_, detail::load_pair(at_), wanted) : detail::npos;
}

template <class Q, class T>
Result<void> Map::append(const Q& key, const T& value) {
  auto entry = append();
  if (!entry) {
    return std::unexpected(std::move(entry).error());
  }
  auto done = entry->key.set(key);
  if (done) {
    done = entry->value.set(value);
  }
  if (!done) {
    erase_at(size() - 1);
  }
  return done;
}

template <class Q>
Result<MutableValue> Map::at(const Q& key) {
  if (const std::size_t i = index_of(key); i != detail::npos) {
    return (*this)[i].value;
  }
  auto entry = append();
  if (!entry) {
    return std::unexpected(std::move(entry).error());
  }
  if (auto done = entry->key.set(key); !done) {
    erase_at(size() - 1);
    return std::unexpected(std::move(done).error());
  }
  return entry->value;
}

template <class Q, class T>
Result<void> Map::set(const Q& key, const T& value) {
  if (const std::size_t i = index_of(key); i != detail::npos) {
    return (*this)[i].value.set(value);
  }
  return append(key, value);
}

template <class Q>
Result<Record> Map::record(const Q& key) {
  auto value = at(key);
  if (!value) {
    return std::unexpected(std::move(value).error());
  }
  return value->record();
}

template <class Q>
bool Map::erase(const Q& key) {
  const std::size_t i = index_of(key);
  if (i == detail::npos) {
    return false;
  }
  erase_at(i);
  return true;
}

template <class T>
Result<void> Record::set(FieldKey key, const T& value) {
  const auto i = position(key);
  if (!i) {
    return std::unexpected(i.error());
  }
  auto done = place(*i).set(value);
  if (done) {
    mark(*i);
  }
  return done;
}

template <class T, class U>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
void Record::set(const FieldHandle<T>& h, U value) noexcept {
  if (object_ == nullptr) {
    return;
  }
  assert(&h.owner() == layout_);
  const T narrowed = static_cast<T>(value);
  std::memcpy(bytes() + h.offset(), &narrowed, sizeof narrowed);
  mark(h.position());
}

template <class T>
  requires(!std::is_arithmetic_v<T> && !std::is_enum_v<T>)
Result<void> Record::set(const FieldHandle<T>& h, const T& value) {
  if (object_ == nullptr) {
    return std::unexpected(detail::no_record());
  }
  assert(&h.owner() == layout_);
  auto done = place(h.position()).set(value);
  if (done) {
    mark(h.position());
  }
  return done;
}

}  // namespace wirejit
