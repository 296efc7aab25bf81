// Elements that are reached one by one, through ElementOps: lists append them (ListOps), sets and
// maps insert them (SetOps, MapOps).
#include "memory/charge.h"
#include "memory/elements.h"

namespace wirejit::memory {

using jit::Arg;
using jit::Builder;
using jit::Cond;
using jit::Context;
using jit::HelperResult;
using jit::Label;
using jit::Reg;
using jit::Slot;
using lower::Lowering;

namespace {

// ---- What Programs call

std::uint64_t set_size(const ElementOps* ops, const void* c) noexcept { return ops->size(c); }
const void* set_first(const ElementOps* ops, const void* c, Iteration* it) noexcept {
  ops->first(c, it);
  return it->element;
}
const void* set_next(const ElementOps* ops, const void* c, Iteration* it) noexcept {
  ops->next(c, it);
  return it->element;
}
void clear_set(const ElementOps* ops, void* c) noexcept { ops->clear(c); }

// The iteration is at the element to be written. Once it has come to the end it stays there, and
// elements are appended.
HelperResult list_element(Context& ctx, const ListOps* ops, void* c, Iteration* it,
                          std::uint64_t bytes) noexcept {
  if (const void* const there = it->element; there != nullptr) {
    ops->next(c, it);
    return found(there);
  }
  return charge(ctx, bytes) ? found_or_rejected(ctx, ops->append(c)) : HelperResult{0, 0};
}
void truncate_list(const ListOps* ops, void* c, std::size_t count) noexcept {
  ops->truncate(c, count);
}

// What a node of a tree or hash table costs beside what it holds, roughly.
constexpr std::uint64_t node_bytes = 64;

HelperResult inserted(Context& ctx, Inserted result) noexcept {
  if (result.value == nullptr && result.fresh == Inserted::collisions) [[unlikely]] {
    return jit::fail(ctx, Errc::collision_limit, nullptr);  // at_cursor
  }
  return found_or_rejected(ctx, result.value);
}
HelperResult set_insert_word(Context& ctx, const SetOps* ops, void* c, std::uint64_t word,
                             std::uint64_t held) noexcept {
  return charge(ctx, node_bytes + held) ? inserted(ctx, ops->insert_word(c, word))
                                        : HelperResult{0, 0};
}
HelperResult set_insert_bytes(Context& ctx, const SetOps* ops, void* c, const char* data,
                              std::size_t size, std::uint64_t held) noexcept {
  return charge(ctx, node_bytes + held + size) ? inserted(ctx, ops->insert_bytes(c, data, size))
                                               : HelperResult{0, 0};
}
HelperResult make_key(Context& ctx, const SetOps* ops, std::uint64_t held) noexcept {
  if (!charge(ctx, node_bytes + held)) {
    return {0, 0};
  }
  void* key = ops->make_key();
  if (key == nullptr) {
    return rejected(ctx);
  }
  return jit::push_object(ctx, key, ops->destroy_key) ? found(key) : HelperResult{0, 0};
}
// The object that was made last.
HelperResult insert_object(Context& ctx, const SetOps* ops, void* c) noexcept {
  void* key = jit::pop_object(ctx);
  const Inserted result = ops->insert_object(c, key);
  ops->destroy_key(key);
  return inserted(ctx, result);
}

struct Calls {
  jit::Helper size = jit::helper<&set_size>("memory.set_size");     // -> count
  jit::Helper first = jit::helper<&set_first>("memory.set_first");  // -> element or null
  jit::Helper next = jit::helper<&set_next>("memory.set_next");     // -> element or null
  jit::Helper clear = jit::helper<&clear_set>("memory.clear_set");
  // -> element or failure
  jit::Helper list_element = jit::helper<&memory::list_element>("memory.list_element");
  jit::Helper truncate_list = jit::helper<&memory::truncate_list>("memory.truncate_list");
  // -> value or failure
  jit::Helper insert_word = jit::helper<&set_insert_word>("memory.insert_word");
  jit::Helper insert_bytes = jit::helper<&set_insert_bytes>("memory.insert_bytes");
  jit::Helper make_key = jit::helper<&memory::make_key>("memory.make_key");  // -> object or failure
  jit::Helper insert_object = jit::helper<&memory::insert_object>("memory.insert_object");
};
const Calls& calls() {
  static const Calls all;
  return all;
}

Arg address_of(Slot slot) { return Arg::address_of_slot(slot.number); }

// ---- Common to all

// Read: saved[1] is the container, saved[2] an Iteration.
class Iterated : public Elements {
 public:
  void open(const Container& c, const Address& a, Slot* own) const override {
    own[0] = c.b.new_slots(sizeof(Iteration) / 8);
    c.b.add_imm(Reg::t0, a.base, a.at);
    c.b.put(c.scope.saved[1], Reg::t0);
    c.b.call(calls().size, {ops(c.s), Reg::t0});
    c.b.put(c.count.slot, Reg::t0);
  }

  void each(const Container& c, const std::function<void()>& body) const override {
    const Label head = c.b.label();
    const Label done = c.b.label();
    const Slot left = c.b.new_slot();
    c.b.get(Reg::t0, c.count.slot);
    c.b.put(left, Reg::t0);
    c.b.branch_imm(Cond::eq, Reg::t0, 0, done);
    c.b.call(calls().first, {ops(c.s), c.address(), address_of(c.scope.saved[2])},
             {.to0 = Reg::r0});
    c.b.bind(head);
    body();
    const Label last = c.b.label();
    c.b.add_slot(left, -1);
    c.b.branch_slot(Cond::eq, left, 0, last);
    c.b.call(calls().next, {ops(c.s), c.address(), address_of(c.scope.saved[2])}, {.to0 = Reg::r0});
    c.b.jump(head, jit::Bound::count);
    c.b.bind(last);
    c.b.bind(done);
  }

  void clear(Lowering& l, const Layout& s, std::int64_t at) const override {
    l.b.add_imm(Reg::t0, Reg::w0, at);
    l.b.call(calls().clear, {ops(s), Reg::t0});
  }

 protected:
  ~Iterated() = default;
  // The ElementOps that the container's table begins with.
  static const void* ops(const Layout& s) {
    const ElementOps* const ops = s.form == Form::list  ? static_cast<const ElementOps*>(s.list)
                                  : s.form == Form::map ? s.map
                                                        : s.set;
    return ops;
  }
};

// ---- Lists
//
// Elements that are there are used again, one by one, until they are used up; further ones are
// appended, whether the count is known or not: each is charged when it comes.
// saved[2]: an Iteration, at the next element.
class List final : public Iterated {
 public:
  void begin(const Container& c, Slot* own) const override {
    own[0] = c.b.new_slots(sizeof(Iteration) / 8);
    c.b.call(calls().first, {ops(c.s), c.address(), address_of(c.scope.saved[2])});
  }
  void begin_element(const Container& c) const override {
    c.b.call(calls().list_element,
             {static_cast<const void*>(c.s.list), c.address(), address_of(c.scope.saved[2]),
              c.s.list->element_bytes + bytes_at_birth(*c.s.element)},
             gives_w0);
  }
  void end(const Container& c) const override {
    c.b.call(calls().truncate_list, {static_cast<const void*>(c.s.list), c.address(), c.size()});
  }
};

// ---- Sets and maps

const SetOps& set_ops(const Layout& s) { return s.form == Form::map ? *s.map : *s.set; }
const void* set_table(const Layout& s) { return &set_ops(s); }

// Bytes of a set's element, of an entry's key and value.
std::uint64_t node_size(const Layout& s) {
  std::uint64_t size = s.element->size + bytes_at_birth(*s.element);
  if (s.form == Form::map) {
    size += s.key->size + bytes_at_birth(*s.key);
  }
  return size;
}

class Inserting : public Iterated {
 public:
  [[nodiscard]] bool inserts() const override { return true; }

  void begin(const Container& c, Slot*) const override {
    c.b.get(Reg::w0, c.scope.saved[1]);
    c.b.call(calls().clear, {ops(c.s), Reg::w0});
  }
  void begin_element(const Container& c) const override {
    if (inserts_objects(c.s)) {
      c.b.call(calls().make_key, {set_table(c.s), node_size(c.s)}, gives_w0);
    }
  }

 protected:
  ~Inserting() = default;
  static void insert_made(const Container& c, const Builder::CallOptions& options) {
    c.b.call(calls().insert_object, {set_table(c.s), c.address()}, options);
  }
};

class Set final : public Inserting {
 public:
  void end_element(const Container& c) const override {
    if (inserts_objects(c.s)) {
      insert_made(c, may_fail);
      c.b.get(Reg::w0, c.scope.saved[1]);
    }
  }
};

class Map final : public Inserting {
 public:
  void begin_value(const Container& c) const override {
    if (inserts_objects(c.s)) {
      insert_made(c, gives_w0);
    }
  }
  void end_element(const Container& c) const override { c.b.get(Reg::w0, c.scope.saved[1]); }
};

constexpr List lists;
constexpr Set sets;
constexpr Map maps;

}  // namespace

bool inserts_objects(const Layout& container) {
  const SetOps& ops = set_ops(container);
  return ops.insert_word == nullptr && ops.insert_bytes == nullptr;
}

void insert_word(Lowering& l, const Layout& container) {
  l.b.call(calls().insert_word, {set_table(container), Reg::w0, Reg::t0, node_size(container)},
           may_fail);
}

void insert_bytes(Lowering& l, const Layout& container) {
  l.b.call(calls().insert_bytes,
           {set_table(container), Reg::w0, Reg::t0, Reg::t1, node_size(container)}, may_fail);
}

const Elements& list_elements = lists;
const Elements& set_elements = sets;
const Elements& map_elements = maps;

}  // namespace wirejit::memory
