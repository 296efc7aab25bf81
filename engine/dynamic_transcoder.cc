// The DynamicTranscoder of an engine. Each type that was named has a slot in a table that is read
// without a lock. What a slot holds is made under a lock, is interpreted until the type was named a
// few times, and is charged to the engine. Modules refer to the DynamicTranscoder that made them,
// which outlives them.
#include "engine/dynamic_transcoder.h"

#include "core/schema_data.h"
#include "engine/fallback.h"
#include "engine/kept_modules.h"
#include "engine/request.h"

#include <wirejit/buffer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

namespace wirejit::engine {

namespace {

using jit::Context;

// A type is compiled to machine code when it was named so often; what a peer names once is not
// worth that.
constexpr std::uint32_t interpreted_times = 16;

// A conversion that was made: in one pass, or through a record.
struct Made final : Kept {
  Handle pass;
  RecordPair pair;
  bool is_final = false;  // no better one is made later
};

// One conversion of one type. Slots are never removed, so that readers may walk them.
struct Slot {
  Slot(const StructType& t, const lower::FormatPair& f, bool r)
      : type(&t), formats(f), by_record(r) {}
  const StructType* type;
  lower::FormatPair formats;
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

class EngineTranscoder final : public lower::DynamicTranscoder {
 public:
  EngineTranscoder(const EngineImpl& engine, const Schema& schema, const Options& options)
      : engine_(engine),
        generates_(engine.generates_code()),
        kept_(engine.kept()),
        schema_(schema),
        options_{options} {
    options_.error_paths = false;
    options_.alias_input = true;  // nothing outlives the call
  }
  EngineTranscoder(const EngineTranscoder&) = delete;
  EngineTranscoder& operator=(const EngineTranscoder&) = delete;
  ~EngineTranscoder() override;

  [[nodiscard]] const StructType* find(std::string_view full_name) const noexcept override {
    const StructType* s = schema_.data()->struct_names.find(full_name);
    return s != nullptr && s->full_name == full_name ? s : nullptr;
  }

  bool convert(Context& ctx, const StructType& type, const lower::FormatPair& formats, Bytes input,
               Buffer& out, std::uint64_t limit, Asked asked) const noexcept override;

 private:
  class LeasedPasses;
  static constexpr std::size_t buckets = 256;

  Result<std::unique_ptr<Made>> make(const StructType& type, const lower::FormatPair& formats,
                                     bool by_record, bool interpreted) const;

  std::atomic<Slot*>& bucket(const StructType& type) const noexcept {
    return slots_[reinterpret_cast<std::uintptr_t>(&type) / alignof(StructType) % buckets];
  }
  Slot* find_slot(const StructType& type, const lower::FormatPair& formats,
                  bool by_record) const noexcept;
  Result<Lease> lease(const StructType& type, const lower::FormatPair& formats,
                      bool by_record) const;
  Result<Lease> make_and_lease(const StructType& type, const lower::FormatPair& formats,
                               bool by_record) const;

  EngineRef engine_;
  bool generates_;
  std::shared_ptr<KeptModules> kept_;
  Schema schema_;
  lower::CompileOptions options_;
  mutable std::mutex mutex_;  // held while one is made, so that others wait
  mutable std::array<std::atomic<Slot*>, buckets> slots_{};
};

EngineTranscoder::~EngineTranscoder() {
  for (const std::atomic<Slot*>& bucket : slots_) {
    Slot* at = bucket.load();
    while (at != nullptr) {
      const std::unique_ptr<Slot> slot(std::exchange(at, at->next));
      kept_->forget(slot->place);
    }
  }
}

// ---- Making them

Result<std::unique_ptr<Made>> EngineTranscoder::make(const StructType& type,
                                                     const lower::FormatPair& formats,
                                                     bool by_record, bool interpreted) const {
  auto made = std::make_unique<Made>();
  const std::shared_ptr<const EngineImpl> engine = engine_.lock();
  const Wanted wanted{.from = formats.from,
                      .to = formats.to,
                      .schema = schema_,
                      .type = schema_.type_of(type),
                      .options = options_};
  if (by_record) {
    Result<RecordPair> pair = make_record_pair(*engine, wanted, this, interpreted);
    if (!pair) {
      return std::unexpected(std::move(pair.error()));
    }
    made->bytes = pair->decoder->bytes() + pair->encoder->bytes();
    made->pair = std::move(*pair);
    return made;
  }
  Result<Request> request = make_request(*engine, wanted, this);
  if (!request) {
    return std::unexpected(std::move(request.error()));
  }
  request->interpreted = interpreted;
  Result<Handle> pass = engine->build(std::move(*request));
  if (!pass) {
    return std::unexpected(std::move(pass.error()));
  }
  made->bytes = (*pass)->bytes();
  made->pass = std::move(*pass);
  return made;
}

Slot* EngineTranscoder::find_slot(const StructType& type, const lower::FormatPair& formats,
                                  bool by_record) const noexcept {
  Slot* at = bucket(type).load(std::memory_order_acquire);
  while (at != nullptr &&
         (at->type != &type || at->by_record != by_record || at->formats != formats)) {
    at = at->next;
  }
  return at;
}

Result<Lease> EngineTranscoder::lease(const StructType& type, const lower::FormatPair& formats,
                                      bool by_record) const {
  if (Slot* const slot = find_slot(type, formats, by_record); slot != nullptr) {
    if (const Errc why = slot->refused.load(std::memory_order_relaxed); why != Errc::ok) {
      return std::unexpected(Error(why));
    }
    Lease found(slot->place.acquire());
    if (found && (found->is_final ||
                  slot->named.fetch_add(1, std::memory_order_relaxed) < interpreted_times)) {
      return found;
    }
  }
  return make_and_lease(type, formats, by_record);
}

Result<Lease> EngineTranscoder::make_and_lease(const StructType& type,
                                               const lower::FormatPair& formats,
                                               bool by_record) const {
  const std::lock_guard lock(mutex_);
  Slot* slot = find_slot(type, formats, by_record);
  if (slot == nullptr) {
    std::atomic<Slot*>& head = bucket(type);
    auto fresh = std::make_unique<Slot>(type, formats, by_record);
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
    interpreted = engine_.kind() != EngineOptions::Kind::jit;
  }
  Result<std::unique_ptr<Made>> made = make(type, formats, by_record, interpreted);
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

// What a call needs of them, until it goes.
class EngineTranscoder::LeasedPasses final : public Passes {
 public:
  LeasedPasses(const EngineTranscoder& of, const StructType& type, const lower::FormatPair& formats)
      : Passes({lower::impl_of(formats.from), *of.schema_.type_of(type), of.options_}),
        of_(of),
        struct_(type),
        formats_(formats) {}

  [[nodiscard]] Result<const Compiled*> one_pass() override {
    Result<const Made*> made = lease(false);
    return made ? Result<const Compiled*>((*made)->pass.get())
                : std::unexpected(std::move(made.error()));
  }
  [[nodiscard]] Result<const RecordPair*> by_record() override {
    Result<const Made*> made = lease(true);
    return made ? Result<const RecordPair*>(&(*made)->pair)
                : std::unexpected(std::move(made.error()));
  }

 private:
  Result<const Made*> lease(bool by_record) {
    Result<Lease> lease = of_.lease(struct_, formats_, by_record);
    if (!lease) {
      return std::unexpected(std::move(lease.error()));
    }
    lease_.emplace(std::move(*lease));  // one attempt takes one of both
    return &**lease_;
  }

  const EngineTranscoder& of_;
  const StructType& struct_;
  const lower::FormatPair& formats_;
  std::optional<Lease> lease_;
};

bool EngineTranscoder::convert(Context& ctx, const StructType& type,
                               const lower::FormatPair& formats, Bytes input, Buffer& out,
                               std::uint64_t limit, Asked asked) const noexcept {
  if (ctx.depth_left <= 0) {
    jit::fail(ctx, Errc::depth_limit, input.data());
    return false;
  }
  if (out.capacity() == 0 &&
      !out.reserve(std::clamp<std::size_t>(input.size(), 64, first_output))) {
    jit::fail(ctx, Errc::no_memory, input.data());
    return false;
  }
  try {
    LeasedPasses passes(*this, type, formats);
    const Call call{
        .input = input, .out = &out, .attempt = attempt_of(ctx), .outer = &ctx, .limit = limit};
    if (attempt_of(ctx) == Attempt::optimistic && asked.again == Again::unknown) {
      const bool again =
          lower::impl_of(formats.from).comes_again(ctx, passes.source.type, addressed(input));
      asked.again = again ? Again::yes : Again::no;
    }
    const Attempted done = convert_once(call, passes, asked.again == Again::yes);
    if (done) {
      return true;
    }
    ctx.error = static_cast<std::uint16_t>(done.error().code);
    ctx.error_at = done.error().at;
  } catch (const std::bad_alloc&) {
    jit::fail(ctx, Errc::no_memory, input.data());
  }
  // What may do better on another attempt is left to the outermost call, at once.
  const Output output = asked.by_writer ? Output::payload : Output::bytes;
  if (attempt_of(ctx) != Attempt::record && may_run_again(ctx.error, output)) {
    ctx.error = jit::restart_code;
  }
  return false;
}

}  // namespace

void add_dynamic_transcoder(Request& request, const EngineImpl& engine, const Schema& schema) {
  const auto made = std::make_shared<const EngineTranscoder>(engine, schema, request.options);
  request.options.dynamic_transcoder = made.get();
  request.keeps.push_back(made);
}

}  // namespace wirejit::engine
