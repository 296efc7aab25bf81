// Building and changing records.
// Entry: Record, List, Map, MutableValue, RootValue. Invariant: memory that default bytes point at
// is never written: it is copied into the record's arena before a change.
#include <wirejit/record.h>

#include "record/copy.h"
#include "record/layout.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <new>

namespace wirejit {

using detail::load_pair;
using detail::Pair;

namespace {

void store_pair(void* at, Pair p) noexcept { std::memcpy(at, &p, sizeof p); }

// std::expected::and_then, which GCC 12 does not have.
template <class T, class F>
auto then(Result<T> r, F f) -> decltype(f(*r)) {
  if (!r) {
    return std::unexpected(std::move(r).error());
  }
  return f(*r);
}

std::unexpected<Error> not_a(const Value& v, std::string_view expected) {
  return std::unexpected(detail::mismatch(v, expected));
}

bool is_list(const Value& v) noexcept { return v.kind() == Kind::list || v.kind() == Kind::set; }

// The elements of a list or the entries of a map, to be written.
std::uint8_t* writable(Pair p) noexcept { return const_cast<std::uint8_t*>(p.data); }

// Makes room for `count` elements. `own` is the array that this handle allocated, with room for
// `capacity` elements.
Result<void> make_room(const Layout& layout, void* at, Arena& arena, std::size_t count,
                       const std::uint8_t*& own, std::size_t& capacity) {
  const Pair p = load_pair(at);
  const std::size_t room = p.data == own ? capacity : p.count;
  if (count <= room) {
    return {};
  }
  const std::size_t doubled = room > std::numeric_limits<std::size_t>::max() / 2 ? count : room * 2;
  const std::size_t new_capacity = std::max({count, doubled, std::size_t{4}});
  auto memory = record::allocate_array(arena, new_capacity, layout.stride);
  if (!memory) {
    return std::unexpected(std::move(memory).error());
  }
  if (p.count != 0) {
    std::memcpy(*memory, p.data, p.count * layout.stride);
  }
  own = static_cast<const std::uint8_t*>(*memory);
  capacity = new_capacity;
  store_pair(at, {own, p.count});
  return {};
}

void erase_at_index(const Layout& layout, void* at, std::size_t i) noexcept {
  const Pair p = load_pair(at);
  std::uint8_t* hole = writable(p) + i * layout.stride;
  std::memmove(hole, hole + layout.stride, (p.count - i - 1) * layout.stride);
  store_pair(at, {p.data, p.count - 1});
}

}  // namespace

// ---- MutableValue

Result<Record> MutableValue::record() {
  if (kind() != Kind::structure) {
    return not_a(*this, "a struct");
  }
  const StructLayout& layout = *layout_->structure_value;
  if (layout_->form == Form::structure) {
    return Record(layout, storage(), *arena_);
  }
  void* object = nullptr;
  std::memcpy(&object, at_, sizeof object);
  const bool is_shared = shared_ != nullptr && std::memcmp(at_, shared_, sizeof object) == 0;
  if (object != nullptr && !is_shared) {
    return Record(layout, object, *arena_);
  }
  auto made = object == nullptr ? Record::make(*arena_, layout)
                                : Record::copy(*arena_, RecordView(layout, object));
  if (made) {
    object = made->storage();
    std::memcpy(storage(), &object, sizeof object);
  }
  return made;
}

namespace {

// Copies the array at `at` if it is shared with a default.
Result<void> unshare(const Layout& layout, void* at, const void* shared, Arena& arena) {
  if (shared == nullptr || load_pair(at).data != load_pair(shared).data) {
    return {};
  }
  return record::copy_value(layout, at, at, arena);
}

}  // namespace

Result<List> MutableValue::list() {
  if (!is_list(*this)) {
    return not_a(*this, "a list or set");
  }
  if (auto own = unshare(*layout_, storage(), shared_, *arena_); !own) {
    return std::unexpected(std::move(own).error());
  }
  return List(*type_, *layout_, storage(), *arena_);
}

Result<Map> MutableValue::map() {
  if (kind() != Kind::map) {
    return not_a(*this, "a map");
  }
  if (auto own = unshare(*layout_, storage(), shared_, *arena_); !own) {
    return std::unexpected(std::move(own).error());
  }
  return Map(*type_, *layout_, storage(), *arena_);
}

Result<void> MutableValue::copy_from(const Value& from) {
  if (!from) {
    return std::unexpected(detail::no_value());
  }
  if (kind() == Kind::structure && from.kind() == Kind::structure) {
    return copy_from(detail::load<RecordView>(from.type(), from.layout(), from.data()));
  }
  if (!record::same_form(*layout_, from.layout())) {
    return not_a(from, type_->to_string() + " of the same record type");
  }
  return record::copy_value(*layout_, from.data(), storage(), *arena_);
}

Result<void> MutableValue::copy_from(const RecordView& from) {
  if (!from) {
    return std::unexpected(detail::no_value());
  }
  if (kind() != Kind::structure || layout_->structure_value != &from.layout()) {
    return std::unexpected(
        Error(Errc::type_mismatch, "the record is of type " + from.layout().name + ", not " +
                                       type_->to_string() + " of the same record type"));
  }
  auto copy = Record::copy(*arena_, from);
  if (!copy) {
    return std::unexpected(std::move(copy).error());
  }
  void* object = copy->storage();
  if (layout_->form == Form::boxed) {
    std::memcpy(storage(), &object, sizeof object);
  } else {
    std::memcpy(storage(), object, layout_->size);
  }
  return {};
}

Result<void> MutableValue::set_text(Bytes bytes) {
  if (kind() != Kind::string && kind() != Kind::binary) {
    return not_a(*this, "text or bytes");
  }
  const std::string_view copy = arena_->copy(as_text(bytes));
  if (copy.data() == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  store_pair(storage(), {reinterpret_cast<const std::uint8_t*>(copy.data()), copy.size()});
  return {};
}

Result<void> MutableValue::set_uuid(const Uuid& uuid) {
  if (kind() != Kind::uuid) {
    return not_a(*this, "a uuid");
  }
  std::memcpy(storage(), uuid.data(), uuid.size());
  return {};
}

// ---- List

MutableValue List::operator[](std::size_t i) const noexcept {
  assert(i < size());
  return {*type_->element, *layout_->element, writable(load_pair(at_)) + i * layout_->stride,
          *arena_};
}

Result<void> List::reserve(std::size_t count) {
  if (at_ == nullptr) {
    return std::unexpected(detail::no_value());
  }
  return make_room(*layout_, at_, *arena_, count, grown_, capacity_);
}

Result<void> List::resize(std::size_t count) {
  if (auto room = reserve(count); !room) {
    return room;
  }
  const Pair p = load_pair(at_);
  for (std::size_t i = p.count; i < count; ++i) {
    record::init_value(*layout_->element, writable(p) + i * layout_->stride);
  }
  store_pair(at_, {p.data, count});
  return {};
}

Result<MutableValue> List::append() {
  const std::size_t last = size();
  if (auto room = resize(last + 1); !room) {
    return std::unexpected(std::move(room).error());
  }
  return (*this)[last];
}

Result<Record> List::append_record() {
  if (at_ != nullptr && type_->element->kind != Kind::structure) {
    return std::unexpected(Error(Errc::type_mismatch, "the elements are not structs"));
  }
  return then(append(), [](MutableValue v) { return v.record(); });
}

Result<List> List::append_list() {
  if (at_ != nullptr && type_->element->kind != Kind::list && type_->element->kind != Kind::set) {
    return std::unexpected(Error(Errc::type_mismatch, "the elements are not lists"));
  }
  return then(append(), [](MutableValue v) { return v.list(); });
}

Result<Map> List::append_map() {
  if (at_ != nullptr && type_->element->kind != Kind::map) {
    return std::unexpected(Error(Errc::type_mismatch, "the elements are not maps"));
  }
  return then(append(), [](MutableValue v) { return v.map(); });
}

void List::erase(std::size_t i) noexcept {
  assert(i < size());
  erase_at_index(*layout_, at_, i);
}

void List::clear() noexcept {
  if (at_ != nullptr) {
    store_pair(at_, {load_pair(at_).data, 0});
  }
}

// ---- Map

Map::Entry Map::operator[](std::size_t i) const noexcept {
  assert(i < size());
  std::uint8_t* entry = writable(load_pair(at_)) + i * layout_->stride;
  return {{*type_->key, *layout_->key, entry, *arena_},
          {*type_->value, *layout_->element, entry + layout_->value_offset, *arena_}};
}

Result<void> Map::reserve(std::size_t count) {
  if (at_ == nullptr) {
    return std::unexpected(detail::no_value());
  }
  return make_room(*layout_, at_, *arena_, count, grown_, capacity_);
}

Result<Map::Entry> Map::append() {
  const std::size_t last = size();
  if (auto room = reserve(last + 1); !room) {
    return std::unexpected(std::move(room).error());
  }
  const Pair p = load_pair(at_);
  std::uint8_t* entry = writable(p) + last * layout_->stride;
  std::memset(entry, 0, layout_->stride);  // padding, too
  record::init_value(*layout_->key, entry);
  record::init_value(*layout_->element, entry + layout_->value_offset);
  store_pair(at_, {p.data, last + 1});
  return (*this)[last];
}

void Map::erase_at(std::size_t i) noexcept {
  assert(i < size());
  erase_at_index(*layout_, at_, i);
}

void Map::clear() noexcept {
  if (at_ != nullptr) {
    store_pair(at_, {load_pair(at_).data, 0});
  }
}

// ---- Record

Result<Record> Record::make(Arena& arena, const StructLayout& layout) {
  if (layout.default_bytes == nullptr) {
    return std::unexpected(
        Error(Errc::type_mismatch, "the layout of " + layout.name + " is not one of records"));
  }
  auto object = record::allocate_array(arena, 1, layout.size);
  if (!object) {
    return std::unexpected(std::move(object).error());
  }
  std::memcpy(*object, layout.default_bytes, layout.size);
  return Record(layout, *object, arena);
}

Result<Record> Record::make(Arena& arena, const RecordType& type) {
  if (type.structure() == nullptr) {
    return std::unexpected(
        Error(Errc::type_mismatch, "the root of the record type is not a struct"));
  }
  return make(arena, *type.structure());
}

Result<Record> Record::copy(Arena& arena, const RecordView& from) {
  if (!from) {
    return std::unexpected(detail::no_record());
  }
  auto object = record::allocate_array(arena, 1, from.layout().size);
  if (!object) {
    return std::unexpected(std::move(object).error());
  }
  if (auto done = record::copy_struct(from.layout(), from.data(), *object, arena); !done) {
    return std::unexpected(std::move(done).error());
  }
  return Record(from.layout(), *object, arena);
}

MutableValue Record::place(std::size_t i) const noexcept {
  const Member& m = layout_->members[i];
  return {*layout_->schema->fields[i].type, *m.layout, bytes() + m.offset, *arena_,
          layout_->default_bytes + m.offset};
}

Result<std::size_t> Record::position(const FieldKey& key) const {
  if (object_ == nullptr) {
    return std::unexpected(detail::no_record());
  }
  const int at = key.position_in(*layout_);
  if (at < 0) {
    return std::unexpected(detail::no_field(*layout_, key));
  }
  return static_cast<std::size_t>(at);
}

void Record::mark(std::size_t i) noexcept {
  if (layout_->flavor == StructFlavor::union_) {
    for (std::size_t j = 0; j < layout_->members.size(); ++j) {
      if (j != i && has_position(j)) {
        clear_position(j);
      }
    }
  }
  bytes()[i / 8] = static_cast<std::uint8_t>(bytes()[i / 8] | (1U << (i % 8)));
}

void Record::clear_position(std::size_t i) noexcept {
  const Member& m = layout_->members[i];
  bytes()[i / 8] = static_cast<std::uint8_t>(bytes()[i / 8] & ~(1U << (i % 8)));
  std::memcpy(bytes() + m.offset, layout_->default_bytes + m.offset, m.layout->size);
}

Result<MutableValue> Record::edit(FieldKey key) {
  const auto i = position(key);
  if (!i) {
    return std::unexpected(i.error());
  }
  MutableValue v = place(*i);
  // A shared default is copied before the caller may change it.
  if (v.kind() == Kind::structure) {
    if (auto own = v.record(); !own) {
      return std::unexpected(std::move(own).error());
    }
  } else if (v.kind() == Kind::map || is_list(v)) {
    if (auto own = unshare(*v.layout_, v.storage(), v.shared_, *arena_); !own) {
      return std::unexpected(std::move(own).error());
    }
  }
  mark(*i);
  return v;
}

namespace {

// The error for a field of another kind; edits check the kind before the field becomes present.
std::unexpected<Error> wrong_field(const StructLayout& layout, std::size_t i,
                                   std::string_view expected) {
  return std::unexpected(Error(Errc::type_mismatch, layout.name + "." + layout.members[i].name +
                                                        " is not a " + std::string(expected)));
}

}  // namespace

Result<Record> Record::edit_record(FieldKey key) {
  const auto i = position(key);
  if (i && layout_->schema->fields[*i].type->kind != Kind::structure) {
    return wrong_field(*layout_, *i, "struct");
  }
  return then(edit(key), [](MutableValue v) { return v.record(); });
}

Result<List> Record::edit_list(FieldKey key) {
  const auto i = position(key);
  if (i) {
    const Kind kind = layout_->schema->fields[*i].type->kind;
    if (kind != Kind::list && kind != Kind::set) {
      return wrong_field(*layout_, *i, "list or set");
    }
  }
  return then(edit(key), [](MutableValue v) { return v.list(); });
}

Result<Map> Record::edit_map(FieldKey key) {
  const auto i = position(key);
  if (i && layout_->schema->fields[*i].type->kind != Kind::map) {
    return wrong_field(*layout_, *i, "map");
  }
  return then(edit(key), [](MutableValue v) { return v.map(); });
}

bool Record::clear(FieldKey key) noexcept {
  const int at = object_ == nullptr ? -1 : key.position_in(*layout_);
  if (at >= 0) {
    clear_position(static_cast<std::size_t>(at));
  }
  return at >= 0;
}

void Record::reset() noexcept {
  if (object_ != nullptr) {
    std::memcpy(bytes(), layout_->default_bytes, layout_->size);
  }
}

Result<void> Record::set_unknown(Bytes unknown) {
  if (object_ == nullptr) {
    return std::unexpected(detail::no_record());
  }
  if (layout_->unknown_offset < 0) {
    return std::unexpected(
        Error(Errc::unsupported, "records of this type do not keep unknown fields"));
  }
  Pair p{nullptr, 0};
  if (!unknown.empty()) {
    const std::string_view copy = arena_->copy(as_text(unknown));
    if (copy.data() == nullptr) {
      return std::unexpected(Error(Errc::no_memory));
    }
    p = {reinterpret_cast<const std::uint8_t*>(copy.data()), copy.size()};
  }
  store_pair(bytes() + layout_->unknown_offset, p);
  // 0: the bytes are written to any format.
  std::memset(bytes() + layout_->unknown_offset + sizeof p, 0, 8);
  return {};
}

// ---- RootValue

Result<RootValue> RootValue::make(RecordType type) {
  if (type.empty()) {
    return std::unexpected(Error(Errc::not_found, "the record type is empty"));
  }
  RootValue made;
  made.type_ = std::move(type);
  if (auto ready = made.reset(); !ready) {
    return std::unexpected(std::move(ready).error());
  }
  return made;
}

Result<void> RootValue::reset() {
  if (arena_ == nullptr) {  // moved from
    arena_.reset(new (std::nothrow) Arena());
    if (arena_ == nullptr) {
      return std::unexpected(Error(Errc::no_memory));
    }
  }
  arena_->reset();
  auto room = record::allocate_array(*arena_, 1, type_.layout().size);
  if (!room) {
    return std::unexpected(std::move(room).error());
  }
  root_ = *room;
  record::init_value(type_.layout(), root_);
  return {};
}

Result<RootValue> RootValue::clone() const {
  if (root_ == nullptr) {
    return std::unexpected(detail::no_value());
  }
  auto made = make(type_);
  if (made) {
    if (auto copied = made->value().set(value()); !copied) {
      return std::unexpected(std::move(copied).error());
    }
  }
  return made;
}

RecordView RootValue::record() const noexcept {
  const StructLayout* s = type_.structure();
  return s == nullptr || root_ == nullptr ? RecordView() : RecordView(*s, root_);
}

Record RootValue::record() noexcept {
  const StructLayout* s = type_.structure();
  return s == nullptr || root_ == nullptr ? Record() : Record(*s, root_, *arena_);
}

}  // namespace wirejit
