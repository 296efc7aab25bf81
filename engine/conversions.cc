// Conversions. Each type that was named has a place in a table which readers go through without a
// lock; what stands there is made under one, is interpreted until the type was named a few times,
// and is charged to the engine. Modules refer to the Conversions that made them, which outlive
// them.
#include "engine/conversions.h"

#include "engine/call.h"
#include "engine/kept_modules.h"
#include "engine/retry.h"
#include "jit/scratch.h"
#include "lower/format.h"
#include "memory/reader.h"
#include "memory/writer.h"
#include "record/layout.h"

#include <wirejit/buffer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace wirejit::engine {

namespace {

using jit::Attempt;
using jit::Context;

// A type is compiled to machine code when it was named so often; what a peer names once is not
// worth that.
constexpr std::uint32_t interpreted_times = 16;

// A conversion that was made: in one pass, or through a record.
struct Made final : Kept {
  std::shared_ptr<const record::RecordLayouts> layouts;  // null: in one pass
  std::shared_ptr<const Compiled> first;         // the pass, or to a record
  std::shared_ptr<const Compiled> second;        // from a record
  bool is_final = false;                         // no better one is made later
};

// One conversion of one type. Slots are never removed, so that readers may walk them.
struct Slot {
  Slot(const StructType& t, std::string k, bool r) : type(&t), key(std::move(k)), by_record(r) {}
  const StructType* type;
  std::string key;  // Way::key
  bool by_record;
  std::atomic<std::uint32_t> named{0};
  std::atomic<Errc> refused{Errc::ok};  // why there is none, and never will be
  KeptModules::Place place;
  Slot* next = nullptr;  // in its bucket; older
};

// What a call uses, until it goes.
class Lease {
 public:
  explicit Lease(const Kept* made) noexcept : made_(static_cast<const Made*>(made)) {}
  Lease(Lease&& other) noexcept : made_(std::exchange(other.made_, nullptr)) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease() {
    if (made_ != nullptr) {
      KeptModules::release(made_);
    }
  }
  explicit operator bool() const noexcept { return made_ != nullptr; }
  const Made& operator*() const noexcept { return *made_; }
  const Made* operator->() const noexcept { return made_; }

 private:
  const Made* made_;
};

class EngineConversions final : public lower::Conversions {
 public:
  EngineConversions(EngineImpl& engine, const Schema& schema, const Request& like)
      : engine_(engine.weak_from_this()),
        kind_(engine.kind()),
        generates_(engine.generates_code()),
        kept_(engine.kept()),
        schema_(schema),
        options_(like.options),
        limits_(like.limits) {
    options_.conversions = this;
    options_.alias_input = true;  // a record does not outlive the call
  }
  EngineConversions(const EngineConversions&) = delete;
  EngineConversions& operator=(const EngineConversions&) = delete;
  ~EngineConversions() override;

  [[nodiscard]] const StructType* find(std::string_view full_name) const noexcept override {
    const StructType* s = schema_.find_struct(full_name);
    return s != nullptr && s->full_name == full_name ? s : nullptr;
  }

  bool convert(Context& ctx, const StructType& type, const lower::Way& way, Bytes input,
               Buffer& out, std::uint64_t limit, Asked asked) const noexcept override;

 private:
  static constexpr std::size_t buckets = 256;

  std::shared_ptr<const EngineImpl> engine() const {
    std::shared_ptr<const EngineImpl> engine = engine_.lock();
    return engine != nullptr ? engine
                             : std::make_shared<const EngineImpl>(EngineOptions{.kind = kind_});
  }
  Request request(const Type& type, const lower::Way& way, bool interpreted) const;
  Result<std::unique_ptr<Made>> make(const StructType& type, const lower::Way& way, bool by_record,
                                     bool interpreted) const;

  std::atomic<Slot*>& bucket(const StructType& type) const noexcept {
    return slots_[reinterpret_cast<std::uintptr_t>(&type) / alignof(StructType) % buckets];
  }
  Slot* find_slot(const StructType& type, const lower::Way& way, bool by_record) const noexcept;
  Result<Lease> lease(const StructType& type, const lower::Way& way, bool by_record) const;
  Result<Lease> make_and_lease(const StructType& type, const lower::Way& way, bool by_record) const;

  bool run_once(Context& ctx, const StructType& type, const lower::Way& way, Bytes input,
                Buffer& out, std::uint64_t limit) const;
  bool through_record(Context& ctx, const StructType& type, const lower::Way& way, Bytes input,
                      Buffer& out, std::uint64_t limit) const;
  bool attempt(Context& ctx, const StructType& type, const lower::Way& way, Bytes input,
               Buffer& out, std::uint64_t limit, Again again) const;

  std::weak_ptr<const EngineImpl> engine_;
  EngineOptions::Kind kind_;
  bool generates_;
  std::shared_ptr<KeptModules> kept_;
  Schema schema_;
  lower::CompileOptions options_;
  Limits limits_;
  mutable std::mutex mutex_;  // held while one is made, so that others wait
  mutable std::array<std::atomic<Slot*>, buckets> slots_{};
};

EngineConversions::~EngineConversions() {
  for (const std::atomic<Slot*>& bucket : slots_) {
    Slot* at = bucket.load();
    while (at != nullptr) {
      const std::unique_ptr<Slot> slot(std::exchange(at, at->next));
      kept_->forget(slot->place);
    }
  }
}

// ---- Making them

Request EngineConversions::request(const Type& type, const lower::Way& way,
                                   bool interpreted) const {
  Request r;
  r.type = &type;
  r.formats = {{&way.from.impl(), &type}, {&way.to.impl(), &type}};
  r.options = options_;
  r.limits = limits_;
  r.error_paths = false;
  r.interpreted = interpreted;
  r.keeps = {schema_.data(), way.from.owner(), way.to.owner()};
  return r;
}

Result<std::unique_ptr<Made>> EngineConversions::make(const StructType& type, const lower::Way& way,
                                                      bool by_record, bool interpreted) const {
  auto made = std::make_unique<Made>();
  const Type& root = *schema_.type_of(type);
  const auto build = [&](Request r, std::shared_ptr<const Compiled>& to) -> Result<void> {
    Result<std::shared_ptr<const Compiled>> built = engine()->build(std::move(r));
    if (!built) {
      return std::unexpected(std::move(built.error()));
    }
    to = std::move(*built);
    made->bytes += to->bytes();
    return {};
  };
  Request read = request(root, way, interpreted);
  read.reader = way.from.impl().make_reader(read.options);
  if (!by_record) {
    read.writer = way.to.impl().make_writer(read.options);
    const Result<void> built = build(std::move(read), made->first);
    return built ? Result<std::unique_ptr<Made>>(std::move(made)) : std::unexpected(built.error());
  }
  Result<std::shared_ptr<const record::RecordLayouts>> layouts =
      record::RecordLayouts::make(schema_, root, {.keep_unknown = options_.keep_unknown});
  if (!layouts) {
    return std::unexpected(std::move(layouts.error()));
  }
  made->layouts = std::move(*layouts);
  const Layout& layout = made->layouts->root_layout();
  Request write = request(root, way, interpreted);
  write.writer = way.to.impl().make_writer(write.options);
  write.reader = std::make_unique<memory::MemoryReader>(
      layout, memory::MemoryReader::equal_keys(options_.reject_duplicate_keys, *write.writer));
  read.writer = std::make_unique<memory::MemoryWriter>(layout, true, write.writer->needs().unique_keys);
  if (Result<void> built = build(std::move(read), made->first); !built) {
    return std::unexpected(std::move(built.error()));
  }
  if (Result<void> built = build(std::move(write), made->second); !built) {
    return std::unexpected(std::move(built.error()));
  }
  return made;
}

Slot* EngineConversions::find_slot(const StructType& type, const lower::Way& way,
                                   bool by_record) const noexcept {
  Slot* at = bucket(type).load(std::memory_order_acquire);
  while (at != nullptr && (at->type != &type || at->by_record != by_record || at->key != way.key)) {
    at = at->next;
  }
  return at;
}

Result<Lease> EngineConversions::lease(const StructType& type, const lower::Way& way,
                                       bool by_record) const {
  if (Slot* const slot = find_slot(type, way, by_record); slot != nullptr) {
    if (const Errc why = slot->refused.load(std::memory_order_relaxed); why != Errc::ok) {
      return std::unexpected(Error(why));
    }
    Lease found(slot->place.acquire());
    if (found && (found->is_final ||
                  slot->named.fetch_add(1, std::memory_order_relaxed) < interpreted_times)) {
      return found;
    }
  }
  return make_and_lease(type, way, by_record);
}

Result<Lease> EngineConversions::make_and_lease(const StructType& type, const lower::Way& way,
                                                bool by_record) const {
  const std::lock_guard lock(mutex_);
  Slot* slot = find_slot(type, way, by_record);
  if (slot == nullptr) {
    std::atomic<Slot*>& head = bucket(type);
    auto fresh = std::make_unique<Slot>(type, way.key, by_record);
    fresh->next = head.load(std::memory_order_relaxed);
    slot = fresh.release();
    head.store(slot, std::memory_order_release);
  }
  bool interpreted = false;
  if (Lease found(slot->place.acquire()); found) {
    if (found->is_final || slot->named.load() < interpreted_times) {
      return found;  // another thread made it
    }
  } else {
    slot->named.store(1);  // what was evicted begins anew
    interpreted = kind_ != EngineOptions::Kind::jit;
  }
  Result<std::unique_ptr<Made>> made = make(type, way, by_record, interpreted);
  if (!made) {
    if (made.error().code() != Errc::no_memory) {
      slot->refused.store(made.error().code(), std::memory_order_relaxed);
    }
    return std::unexpected(std::move(made.error()));
  }
  (*made)->is_final = !interpreted || !generates_;
  return Lease(kept_->put(slot->place, std::move(*made)));
}

// ---- Running

// The inner call's Context: what the outer one has left.
void begin(const Compiled& c, const Context& outer, Context& ctx) noexcept {
  c.begin(ctx);
  ctx.attempt = outer.attempt;
  ctx.depth_left = outer.depth_left - 1;  // the root counts
  ctx.memory_left = outer.memory_left;
  std::memcpy(ctx.writer_state, outer.writer_state, sizeof ctx.writer_state);
}

// With an address, also where there is nothing.
Bytes addressed(Bytes input) noexcept {
  static constexpr std::uint8_t nothing = 0;
  return input.data() != nullptr ? input : Bytes(&nothing, 0);
}

// Runs, and hands what failed over to the outer call. What the inner one allocated is freed with it
// and so not charged to the outer one.
bool run(const Compiled& c, Context& outer, Context& ctx, Buffer* out) noexcept {
  const bool ok = c.run(ctx) != 0 && (out == nullptr || take_output(ctx, *out));
  if (ctx.scratch != nullptr) {
    jit::free_scratch(ctx);
  }
  if (!ok) {
    outer.error = ctx.error;
    outer.error_at = ctx.error_at == jit::at_cursor ? ctx.r0 : ctx.error_at;
  }
  return ok;
}

bool refuse(Context& ctx, const Error& e, Bytes input) noexcept {
  jit::fail(ctx, e.code(), input.data());
  return false;
}

bool EngineConversions::through_record(Context& ctx, const StructType& type, const lower::Way& way,
                                       Bytes input, Buffer& out, std::uint64_t limit) const {
  const Result<Lease> by_record = lease(type, way, true);
  if (!by_record) {
    return refuse(ctx, by_record.error(), input);
  }
  const Made& made = **by_record;
  Arena arena;
  const std::size_t size = made.layouts->root_layout().size;
  void* const object = arena.allocate(size, 8);
  if (object == nullptr) {
    jit::fail(ctx, Errc::no_memory, input.data());
    return false;
  }
  std::memset(object, 0, size);
  Context read;
  begin(*made.first, ctx, read);
  set_input(read, addressed(input));
  read.arena = &arena;
  read.w0 = reinterpret_cast<std::uint64_t>(object);
  if (!run(*made.first, ctx, read, nullptr)) {
    return false;
  }
  Context write;
  begin(*made.second, ctx, write);
  write.memory_left = read.memory_left;
  write.r0 = reinterpret_cast<std::uint64_t>(object);
  set_output(write, out, limit);
  if (!run(*made.second, ctx, write, &out)) {
    ctx.error_at = reinterpret_cast<std::uint64_t>(input.data());  // no position in a record
    return false;
  }
  return true;
}

bool EngineConversions::run_once(Context& ctx, const StructType& type, const lower::Way& way,
                                 Bytes input, Buffer& out, std::uint64_t limit) const {
  const Result<Lease> pass = lease(type, way, false);
  if (!pass) {
    return refuse(ctx, pass.error(), input);
  }
  const Compiled& c = *(*pass)->first;
  Context inner;
  begin(c, ctx, inner);
  set_input(inner, addressed(input));
  set_output(inner, out, limit);
  return run(c, ctx, inner, &out);
}

// As the outermost call is being attempted; but what can be seen to give up is not run before.
bool EngineConversions::attempt(Context& ctx, const StructType& type, const lower::Way& way,
                                Bytes input, Buffer& out, std::uint64_t limit, Again again) const {
  const lower::FormatImpl& from = way.from.impl();
  const Type& root = *schema_.type_of(type);
  if (ctx.attempt == Attempt::optimistic) {
    if (again == Again::unknown) {
      again = from.comes_again(ctx, root, addressed(input)) ? Again::yes : Again::no;
    }
    if (again == Again::no) {
      return run_once(ctx, type, way, input, out, limit);
    }
  }
  if (!from.has_normal_form()) {
    return through_record(ctx, type, way, input, out, limit);
  }
  Buffer normal;
  Limits limits = limits_;
  limits.depth = static_cast<std::uint32_t>(ctx.depth_left);
  limits.memory = ctx.memory_left;
  const Result<void> made = from.normal_form(root, input, options_, limits, normal);
  if (!made) {
    return refuse(ctx, made.error(), input);
  }
  const std::uint64_t charged = std::min<std::uint64_t>(normal.capacity(), ctx.memory_left);
  ctx.memory_left -= charged;
  const bool done = ctx.attempt == Attempt::record
                        ? through_record(ctx, type, way, normal.bytes(), out, limit)
                        : run_once(ctx, type, way, normal.bytes(), out, limit);
  ctx.memory_left += charged;
  if (!done) {
    ctx.error_at = reinterpret_cast<std::uint64_t>(input.data());  // no position in the input
  }
  return done;
}

bool EngineConversions::convert(Context& ctx, const StructType& type, const lower::Way& way,
                                Bytes input, Buffer& out, std::uint64_t limit,
                                Asked asked) const noexcept {
  if (ctx.depth_left <= 0) {
    jit::fail(ctx, Errc::depth_limit, input.data());
    return false;
  }
  const std::size_t before = out.size();
  constexpr std::size_t first_output = 512;
  if (out.capacity() == 0 &&
      !out.reserve(std::clamp<std::size_t>(input.size(), 64, first_output))) {
    jit::fail(ctx, Errc::no_memory, input.data());
    return false;
  }
  try {
    if (attempt(ctx, type, way, input, out, limit, asked.again)) {
      return true;
    }
  } catch (const std::bad_alloc&) {
    jit::fail(ctx, Errc::no_memory, input.data());
  }
  out.set_size(before);
  // What may do better on another attempt is left to the outermost call, at once.
  const Output output = asked.by_writer ? Output::payload : Output::bytes;
  if (ctx.attempt != Attempt::record && may_run_again(ctx.error, output)) {
    ctx.error = jit::restart_code;
  }
  return false;
}

}  // namespace

void add_conversions(Request& request, EngineImpl& engine, const Schema& schema) {
  const auto made = std::make_shared<const EngineConversions>(engine, schema, request);
  request.options.conversions = made.get();
  request.keeps.push_back(made);
}

}  // namespace wirejit::engine
